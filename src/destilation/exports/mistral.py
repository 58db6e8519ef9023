"""Mistral's fine-tuning files. Names of calls are nine letters or digits; the last turn is the assistant's."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format
from destilation.exports.messages import Dialect, messages, tool_list
from destilation.exports.sinks import lines
from destilation.exports.style import Style

_DIALECT = Dialect()


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    tools = {"tools": tool_list(told.tools, style, _DIALECT)} if told.tools else {}
    return {"messages": messages(told, style, _DIALECT), **tools, **style.origin(entry)}


FORMAT = Format(
    name="mistral",
    title="Mistral fine-tuning",
    row=_row,
    sink=lines,
    reasonings=("none", "think", "field"),
    arguments=("string",),
    silent_calls=True,
    shape=shapes.row({"messages": shapes.messages("reasoning_content")}, {"tools": shapes.tools()}),
    trainer="upload the file as it is; reasoning as a field is read from tokenizer version 11 on",
)
