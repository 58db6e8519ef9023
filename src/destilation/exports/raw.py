"""The records themselves, line for line as in `samples.jsonl`."""

from typing import Any

from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format
from destilation.exports.sinks import lines
from destilation.exports.style import Style


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    return {**entry.record, **style.origin(entry)}


FORMAT = Format(
    name="raw",
    title="the samples as they are",
    row=_row,
    sink=lines,
    reasonings=("field",),
    flat=True,
    trainer="columns are the template's fields",
)
