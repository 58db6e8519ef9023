"""A tool call in any shape that models give it, and its one stored form.

Stored is the JSON text of `{"name": ..., "arguments": {...}}`, or of a list of such objects for parallel
calls. Arguments may come as an object, as the JSON text of one (OpenAI's way), or as name/value pairs (the
shape we ask for, because strict servers cannot be told of an object with free keys).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from destilation.core.tool import Tool, fitted


class ToolCallError(ValueError):
    """No tool call; the message tells the model what is wrong."""


def canonical(value: object, tools: Sequence[Tool] = ()) -> str:
    """The stored form of a tool call; `tools` are those that are declared. Raises ToolCallError."""
    if isinstance(value, str):
        value = _parsed(value, "the tool call")
    calls = [_call(each) for each in value] if isinstance(value, list) else _call(value)
    if not calls:
        raise ToolCallError("the list of tool calls is empty")
    made = [fitted(each, tools) for each in calls] if isinstance(calls, list) else fitted(calls, tools)
    return msgspec.json.encode(made).decode()


def _parsed(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ToolCallError(f"{what} is a string that is not JSON") from None


def _call(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ToolCallError('a tool call must be an object with "name" and "arguments"')
    inner = value.get("function")
    call = inner if isinstance(inner, Mapping) else value
    name, arguments = call.get("name"), call.get("arguments")
    if not isinstance(name, str) or not name.strip():
        raise ToolCallError('the tool call\'s "name" must be a non-empty string')
    return {"name": name, "arguments": _arguments(arguments)}


def _arguments(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        value = _parsed(value, 'the tool call\'s "arguments"')
    if isinstance(value, list):
        return _from_pairs(value)
    if not isinstance(value, dict):
        raise ToolCallError('the tool call\'s "arguments" must be an object or a list of name/value pairs')
    return value


def _from_pairs(pairs: list[Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for pair in pairs:
        if not isinstance(pair, dict) or set(pair) != {"name", "value"} or not isinstance(pair["name"], str):
            raise ToolCallError('each argument must be an object with "name" and "value"')
        if not pair["name"].strip():
            raise ToolCallError("an argument of the tool call has an empty name")
        if pair["name"] in arguments:
            raise ToolCallError(f"the argument '{pair['name'][:80]}' is given twice")
        arguments[pair["name"]] = pair["value"]
    return arguments
