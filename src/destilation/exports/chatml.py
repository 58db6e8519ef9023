"""ChatML as one text a row, for trainers that take plain text and mask nothing."""

import re
from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry, UnfitError
from destilation.exports.format import Format
from destilation.exports.hermes import system_text, turn_text
from destilation.exports.sinks import lines
from destilation.exports.style import Style

_MARKER = re.compile(r"<\|im_(?:start|end)\|>")


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    system = system_text(told, style)
    turns = [("system", system)] if system else []
    turns += [(turn.role, turn_text(turn, style)) for turn in told.turns]
    return {"text": "".join(_turn(role, text) for role, text in turns), **style.origin(entry)}


def _turn(role: str, text: str) -> str:
    if _MARKER.search(text):
        raise UnfitError("its text holds a ChatML marker")
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


FORMAT = Format(
    name="chatml",
    title="ChatML text",
    row=_row,
    sink=lines,
    reasonings=("think", "none"),
    arguments=("object",),
    shape=shapes.row({"text": shapes.TEXT}),
    trainer='the column text, with a tokenizer that knows "<|im_start|>" and "<|im_end|>"',
)
