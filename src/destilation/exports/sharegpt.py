"""ShareGPT's conversations, with tools as LLaMA-Factory reads them."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Call, Conversation, Entry, Turn, json_text
from destilation.exports.format import Format
from destilation.exports.messages import described
from destilation.exports.sinks import lines
from destilation.exports.style import Style

_SPEAKERS = {"user": "human", "assistant": "gpt", "tool": "observation"}


def row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    """One row; `system` and `tools` are always there, empty where there is none."""
    return {
        "conversations": [turn for each in told.turns if (turn := _turn(each, told.turns, style)) is not None],
        "system": style.system_of(told),
        "tools": json_text([described(tool) for tool in told.tools]) if told.tools else "",
        **style.origin(entry),
    }


def called(call: Call) -> dict[str, Any]:
    """A call as an object of its name and arguments."""
    return {"name": call.name, "arguments": dict(call.arguments)}


def _turn(turn: Turn, turns: tuple[Turn, ...], style: Style) -> dict[str, str] | None:
    """Turns have to alternate, so what several calls brought is one turn."""
    if turn.calls:
        calls = [called(call) for call in turn.calls]
        return {"from": "function_call", "value": style.content(turn) + json_text(calls if calls[1:] else calls[0])}
    if turn.role == "tool" and turn.number:
        return None
    value = style.content(turn)
    if turn.role == "tool":
        parts = [each.content for each in turns if each.role == "tool"]
        value = parts[0] if len(set(parts)) == 1 else f"[{', '.join(parts)}]"
    return {"from": _SPEAKERS[turn.role], "value": value}


FORMAT = Format(
    name="sharegpt",
    title="ShareGPT",
    row=row,
    sink=lines,
    reasonings=("think", "none"),
    arguments=("object",),
    shape=shapes.row(
        {
            "conversations": shapes.conversations("human", "gpt", "function_call", "observation"),
            "system": shapes.TEXT,
            "tools": shapes.TEXT,
        }
    ),
    trainer="columns conversations (from, value), system, tools (JSON text)",
)
