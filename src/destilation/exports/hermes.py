"""Hermes' function calling: ShareGPT's turns, with tools and calls in tags inside the text."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry, Turn, UnfitError, json_text
from destilation.exports.format import Format
from destilation.exports.messages import Dialect, tool_list
from destilation.exports.sharegpt import called
from destilation.exports.sinks import lines
from destilation.exports.style import Style

_SPEAKERS = {"user": "human", "assistant": "gpt", "tool": "tool"}
_OPENING = "You are a function calling AI model."


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    system = system_text(told, style)
    first = [{"from": "system", "value": system}] if system else []
    turns = [{"from": _SPEAKERS[turn.role], "value": turn_text(turn, style)} for turn in told.turns]
    return {"conversations": first + turns, **style.origin(entry)}


def system_text(told: Conversation, style: Style) -> str:
    """The system's turn, with the tools in it where there are some."""
    system = style.system_of(told)
    if not told.tools:
        return system
    tools = json_text(tool_list(told.tools, style, Dialect()))
    return f"{system or _OPENING} <tools>{tools}</tools>"


def turn_text(turn: Turn, style: Style) -> str:
    """A turn's text with calls and responses in tags. Raises UnfitError where a text would end a tag."""
    if turn.role == "tool":
        body = json_text({"name": turn.name, "content": turn.content})
        return f"<tool_response>\n{_held(body, 'tool_response')}\n</tool_response>"
    text = style.content(turn)
    if not turn.calls:
        return text
    bodies = [_held(json_text(called(call)), "tool_call") for call in turn.calls]
    blocks = "\n".join(f"<tool_call>\n{body}\n</tool_call>" for body in bodies)
    return f"{text.removesuffix(chr(10))}{blocks}"


def _held(body: str, tag: str) -> str:
    if f"</{tag}>" in body:
        raise UnfitError(f"its text holds the end of a {tag} tag")
    return body


FORMAT = Format(
    name="hermes",
    title="Hermes function calling",
    row=_row,
    sink=lines,
    reasonings=("think", "none"),
    arguments=("object",),
    shape=shapes.row({"conversations": shapes.conversations("system", "human", "gpt", "tool")}),
    trainer="read as sharegpt with the roles system, human, gpt, tool; the tags are part of the text",
)
