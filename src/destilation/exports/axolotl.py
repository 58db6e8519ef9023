"""Axolotl's `chat_template` data sets: TRL's rows, with arguments and parameters as JSON text, which it parses."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format
from destilation.exports.messages import Dialect, messages, tool_list
from destilation.exports.sinks import lines
from destilation.exports.style import Style

_DIALECT = Dialect(parameters_as_text=True)


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    tools = {"tools": tool_list(told.tools, style, _DIALECT)} if told.tools else {}
    return {"messages": messages(told, style, _DIALECT), **tools, **style.origin(entry)}


FORMAT = Format(
    name="axolotl",
    title="Axolotl",
    row=_row,
    sink=lines,
    shape=shapes.row(
        {"messages": shapes.messages("reasoning_content", "thinking")},
        {"tools": {"anyOf": [shapes.tools("string"), shapes.tools()]}},
    ),
    trainer="type: chat_template, field_messages: messages, field_tools: tools, roles_to_train: [assistant]",
)
