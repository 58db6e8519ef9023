"""Conversations as `messages` with roles, in the dialects that trainers read. Knows no whole row."""

from typing import Any

from msgspec import Struct

from destilation.core.tool import Tool
from destilation.exports.conversation import Call, Conversation, Turn, json_text
from destilation.exports.style import Style


class Dialect(Struct, frozen=True, kw_only=True):
    """Where the readers of messages differ.

    `reasoning_key` is beside the content, `ids` name the calls and their answers, `tool_name` is told in the tool's
    turn, `nothing` is the content of a turn that only calls. `parameters`: the schema of a tool is text, where the
    arguments are.
    """

    reasoning_key: str = "reasoning_content"
    ids: bool = True
    tool_name: bool = True
    nothing: str | None = ""
    parameters_as_text: bool = False


def messages(told: Conversation, style: Style, dialect: Dialect) -> list[dict[str, Any]]:
    """The messages, the system's first where there is one. Raises UnfitError."""
    system = style.system_of(told)
    first = [{"role": "system", "content": system}] if system else []
    return first + [_message(turn, style, dialect) for turn in told.turns]


def tool_list(tools: tuple[Tool, ...], style: Style, dialect: Dialect) -> list[dict[str, Any]]:
    """The tools as OpenAI declares them."""
    text = dialect.parameters_as_text and style.arguments == "string"
    return [_declared(tool, as_text=text) for tool in tools]


def described(tool: Tool) -> dict[str, Any]:
    """A tool as a function: name, description where there is one, parameters."""
    told = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, **told, "parameters": dict(tool.parameters)}


def _declared(tool: Tool, *, as_text: bool) -> dict[str, Any]:
    function = described(tool)
    if as_text:
        function["parameters"] = json_text(tool.parameters)
    return {"type": "function", "function": function}


def _message(turn: Turn, style: Style, dialect: Dialect) -> dict[str, Any]:
    if turn.role == "tool":
        name = {"name": turn.name} if dialect.tool_name else {}
        number = {"tool_call_id": call_id(turn.number)} if dialect.ids else {}
        return {"role": "tool", "content": turn.content, **name, **number}
    if turn.role == "user":
        return {"role": "user", "content": turn.content}
    said: str | None = style.content(turn)
    if turn.calls and not said:
        said = dialect.nothing
    message: dict[str, Any] = {"role": "assistant", "content": said, **style.beside(turn, dialect.reasoning_key)}
    if turn.calls:
        message["tool_calls"] = [_call(call, number, style, dialect) for number, call in enumerate(turn.calls)]
    return message


def _call(call: Call, number: int, style: Style, dialect: Dialect) -> dict[str, Any]:
    arguments = call.arguments_text if style.arguments == "string" else dict(call.arguments)
    named = {"id": call_id(number)} if dialect.ids else {}
    return {**named, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def call_id(number: int) -> str:
    """The name of a call within its conversation: nine digits, which every reader takes."""
    return f"{number + 1:09d}"
