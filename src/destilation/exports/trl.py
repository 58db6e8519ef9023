"""TRL's conversational form: `messages`, and `tools` where some are used."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format
from destilation.exports.messages import Dialect, messages, tool_list
from destilation.exports.sinks import lines
from destilation.exports.style import Style

DIALECT = Dialect(ids=False)


def row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    """One row."""
    tools = {"tools": tool_list(told.tools, style, DIALECT)} if told.tools else {}
    return {"messages": messages(told, style, DIALECT), **tools, **style.origin(entry)}


FORMAT = Format(
    name="trl",
    title="TRL, conversational",
    row=row,
    sink=lines,
    arguments=("object", "string"),
    shape=shapes.row({"messages": shapes.messages("reasoning_content", "thinking")}, {"tools": shapes.tools()}),
    trainer="SFTTrainer with assistant_only_loss=True; it reads the column tools by itself",
)
