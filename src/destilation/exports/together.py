"""Together's conversational files: reasoning is beside the content under `reasoning`."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format
from destilation.exports.messages import Dialect, messages, tool_list
from destilation.exports.sinks import lines
from destilation.exports.style import Style

_DIALECT = Dialect(reasoning_key="reasoning", tool_name=False)


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    tools = {"tools": tool_list(told.tools, style, _DIALECT)} if told.tools else {}
    return {"messages": messages(told, style, _DIALECT), **tools}


FORMAT = Format(
    name="together",
    title="Together fine-tuning",
    row=_row,
    sink=lines,
    reasonings=("field", "think", "none"),
    arguments=("string",),
    provenance=False,
    shape=shapes.row({"messages": shapes.messages("reasoning")}, {"tools": shapes.tools()}, provenance=False),
    trainer="upload the file as it is: a file holds one format only",
)
