"""Alpaca's columns: instruction, input, output. No tools."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format
from destilation.exports.sinks import lines
from destilation.exports.style import Style


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    return {
        "instruction": told.turns[0].content,
        "input": "",
        "output": style.content(told.turns[-1]),
        "system": style.system_of(told),
        **style.origin(entry),
    }


FORMAT = Format(
    name="alpaca",
    title="Alpaca",
    row=_row,
    sink=lines,
    reasonings=("think", "none"),
    arguments=(),
    shape=shapes.row(dict.fromkeys(("instruction", "input", "output", "system"), shapes.TEXT)),
    trainer="columns instruction, input (always empty), output, system",
)
