"""TRL's prompt and completion. No tools: the completion would hold the tool's answer, and a model would learn it."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format
from destilation.exports.messages import messages
from destilation.exports.sinks import lines
from destilation.exports.style import Style
from destilation.exports.trl import DIALECT


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    turns = messages(told, style, DIALECT)
    return {"prompt": turns[:-1], "completion": turns[-1:], **style.origin(entry)}


FORMAT = Format(
    name="trl-pc",
    title="TRL, prompt and completion",
    row=_row,
    sink=lines,
    arguments=(),
    shape=shapes.row({"prompt": shapes.messages(), "completion": shapes.messages("reasoning_content", "thinking")}),
    trainer="SFTTrainer; the loss is on the completion only",
)
