"""The tools that a job declares: how they are told to a model, and whether a call fits them. Knows no answer.

A tool's parameters are a JSON Schema. Servers take only a part of it (see schema.py), so what is sent is lowered to
that part: every property is required, what is optional may be null, bounds and patterns are left out. A call is
checked against the whole schema afterwards.
"""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import fastjsonschema
import msgspec
from msgspec import Struct

_PLAIN = frozenset(("string", "number", "integer", "boolean"))
_MOST_DEEP = 8
# Free-form objects cannot be told to strict servers, so arguments travel as pairs; see tool_call.py.
_PAIRS: Mapping[str, object] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "value": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]},
        },
        "required": ["name", "value"],
        "additionalProperties": False,
    },
}


class Tool(Struct, frozen=True):
    """A function that may be called: `parameters` is the JSON Schema of the object of its arguments."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = {}


def call_schema(tools: Sequence[Tool]) -> dict[str, object]:
    """The JSON Schema of a call of one of the tools (none: of any tool), as strict servers take it."""
    if not tools:
        return _call({"type": "string"}, _PAIRS)
    calls = [_call({"type": "string", "enum": [tool.name]}, _lowered(tool.parameters, 0) or _PAIRS) for tool in tools]
    return calls[0] if len(calls) == 1 else {"anyOf": calls}


def _call(name: Mapping[str, object], arguments: Mapping[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {"name": dict(name), "arguments": dict(arguments)},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _lowered(schema: object, depth: int) -> dict[str, object] | None:
    """The part of a schema that all servers take; None where it cannot be said in that part."""
    if not isinstance(schema, Mapping) or depth > _MOST_DEEP:
        return None
    told = {"description": schema["description"]} if isinstance(schema.get("description"), str) else {}
    if isinstance(options := schema.get("enum"), list) and options and all(isinstance(each, str) for each in options):
        return {"type": "string", "enum": options, **told}
    kind = schema.get("type", "object" if "properties" in schema else None)
    if isinstance(kind, str) and kind in _PLAIN:
        return {"type": kind, **told}
    if kind == "array":
        items = _lowered(schema.get("items"), depth + 1)
        return None if items is None else {"type": "array", "items": items, **told}
    if kind == "object" and isinstance(schema.get("properties"), Mapping):
        return _lowered_object(schema, depth, told)
    return None


def _lowered_object(schema: Mapping[str, Any], depth: int, told: Mapping[str, object]) -> dict[str, object] | None:
    required, properties = schema.get("required", []), {}
    for name, inner in schema["properties"].items():
        lowered = _lowered(inner, depth + 1)
        if lowered is None:
            return None
        properties[name] = lowered if name in required else {"anyOf": [lowered, {"type": "null"}]}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **told,
    }


def in_words(tools: Sequence[Tool]) -> str:
    """The tools in words, a line each, for a prompt."""
    return "\n".join(["These tools are there, and no others:", *(_line(tool) for tool in tools)])


def _line(tool: Tool) -> str:
    description = f"{tool.description.rstrip('.')}. " if tool.description else ""
    return f"- {tool.name}: {description}arguments: {msgspec.json.encode(tool.parameters).decode()}"


def fitted(call: Mapping[str, Any], tools: Sequence[Tool]) -> dict[str, Any]:
    """A call in its stored form, with what the way of asking did to its arguments undone.

    Optional arguments that came as null are left out; what is declared as another type and came as text (pairs hold
    only text, numbers and booleans) is read as JSON where it is some.
    """
    tool = next((each for each in tools if each.name == call["name"]), None)
    properties = {} if tool is None else tool.parameters.get("properties", {})
    required = () if tool is None else tool.parameters.get("required", ())
    arguments = {
        name: _read(value, properties[name]) if isinstance(properties.get(name), Mapping) else value
        for name, value in call["arguments"].items()
        if value is not None or name not in properties or name in required
    }
    return {"name": call["name"], "arguments": arguments}


def _read(value: object, schema: Mapping[str, Any]) -> object:
    kind = schema.get("type")
    if not isinstance(value, str) or not isinstance(kind, str) or kind == "string":
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def call_faults(call: str, tools: Sequence[Tool]) -> list[str]:
    """What is wrong with a stored tool call (see tool_call.py) where these are the tools, worded for its author."""
    document = json.loads(call)
    calls = document if isinstance(document, list) else [document]
    return [fault for each in calls if (fault := _fault(each, tools)) is not None]


def _fault(call: Mapping[str, Any], tools: Sequence[Tool]) -> str | None:
    name, known = str(call["name"]), {tool.name: tool for tool in tools}
    if name not in known:
        near = difflib.get_close_matches(name[:80], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
        return f"there is no tool '{name[:80]}'; {hint}"
    try:
        _checker(_key(known[name].parameters))(call["arguments"])
    except fastjsonschema.JsonSchemaValueException as error:
        where = ".".join(str(step) for step in error.path[1:])
        return f"the argument {where or 'object'} of '{name}' is wrong: {error.message.replace('data', name, 1)}"
    return None


def schema_problem(parameters: Mapping[str, Any]) -> str | None:
    """Why a schema cannot be that of a tool's parameters; None where it can."""
    if parameters and parameters.get("type", "object") != "object":
        return 'must be a JSON Schema of type "object"'
    try:
        _checker(_key(parameters))
    except (fastjsonschema.JsonSchemaDefinitionException, TypeError, ValueError, KeyError, AttributeError) as error:
        return f"is no JSON Schema: {str(error)[:200] or type(error).__name__}"
    return None


def _key(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, sort_keys=True, default=str)


@cache
def _checker(key: str) -> Callable[[Any], Any]:
    check: Callable[[Any], Any] = fastjsonschema.compile(json.loads(key), use_default=False, handlers=_NO_HANDLERS)
    return check


def _refuse(uri: str) -> Any:
    raise fastjsonschema.JsonSchemaDefinitionException(f"it refers to {uri[:80]}, and nothing is fetched")


_NO_HANDLERS = dict.fromkeys(("http", "https", "ftp", "file", ""), _refuse)
