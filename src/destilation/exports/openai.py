"""OpenAI's fine-tuning files: chat messages, with tools. https://platform.openai.com/docs/guides/supervised-fine-tuning"""

from collections.abc import Sequence
from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format, Row
from destilation.exports.messages import Dialect, messages, tool_list
from destilation.exports.sinks import lines
from destilation.exports.style import Style

_DIALECT = Dialect(tool_name=False, nothing=None)


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    row: dict[str, Any] = {"messages": messages(told, style, _DIALECT)}
    if told.tools:
        row["tools"] = tool_list(told.tools, style, _DIALECT)
        row["parallel_tool_calls"] = any(len(turn.calls) > 1 for turn in told.turns)
    return row


def rules(row: Row) -> Sequence[str]:
    """What OpenAI's documentation asks for beyond the shape, as far as this row breaks it."""
    found = []
    waiting: list[str] = []
    declared = {tool["function"]["name"] for tool in row.get("tools", ())}
    for message in row["messages"]:
        role = message["role"]
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                found.append("a tool answers a call that was not made")
            else:
                waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            found.append("a call is not answered")
        waiting = [call["id"] for call in message.get("tool_calls", ())]
        found += [
            f"tool '{call['function']['name'][:60]}' is called and not declared"
            for call in message.get("tool_calls", ())
            if call["function"]["name"] not in declared
        ]
        if message["content"] is None and not waiting:
            found.append("a turn says nothing and calls nothing")
    if row["messages"][-1]["role"] != "assistant":
        found.append("the last turn is not the assistant's")
    return found


FORMAT = Format(
    name="openai",
    title="OpenAI chat fine-tuning",
    row=_row,
    sink=lines,
    reasonings=("none", "think"),
    arguments=("string",),
    provenance=False,
    shape=shapes.row(
        {"messages": shapes.messages(nothing=True)},
        {"tools": shapes.tools(), "parallel_tool_calls": {"type": "boolean"}},
        provenance=False,
    ),
    rules=rules,
    least=10,
    trainer="upload the file as it is; at least 10 rows",
)
