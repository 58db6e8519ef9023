"""JSON Schemas of rows, put together from parts. Knows no format by name."""

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]

TEXT: Shape = {"type": "string"}
_ORIGIN: Shape = {"id": TEXT, "provider": TEXT, "model": TEXT, "topic": TEXT}


def row(required: Mapping[str, Shape], optional: Mapping[str, Shape] = {}, *, provenance: bool = True) -> Shape:
    """An object with these keys and no others, but for where a row is from."""
    return {
        "type": "object",
        "properties": {**required, **optional, **(_ORIGIN if provenance else {})},
        "required": list(required),
        "additionalProperties": False,
    }


def exactly(**properties: Shape) -> Shape:
    """An object with just these keys."""
    return row(properties, provenance=False)


def messages(*reasoning_keys: str, nothing: bool = False) -> Shape:
    """A list of messages; `nothing`: the content of a turn that calls may be null."""
    call = row(
        {"type": {"const": "function"}, "function": exactly(name=TEXT, arguments={"type": ["string", "object"]})},
        {"id": {"type": "string", "pattern": "^[a-zA-Z0-9]{9}$"}},
        provenance=False,
    )
    answer = row(
        {"role": {"const": "assistant"}, "content": {"type": ["string", "null"] if nothing else "string"}},
        {**dict.fromkeys(reasoning_keys, TEXT), "tool_calls": {"type": "array", "items": call, "minItems": 1}},
        provenance=False,
    )
    plain = exactly(role={"enum": ["system", "user"]}, content=TEXT)
    tool = row({"role": {"const": "tool"}, "content": TEXT}, {"name": TEXT, "tool_call_id": TEXT}, provenance=False)
    return {"type": "array", "minItems": 1, "items": {"anyOf": [plain, answer, tool]}}


def tools(parameters: str = "object") -> Shape:
    """A list of functions; `parameters` is the JSON type of their schemas."""
    function = row({"name": TEXT, "parameters": {"type": parameters}}, {"description": TEXT}, provenance=False)
    return {"type": "array", "minItems": 1, "items": exactly(type={"const": "function"}, function=function)}


def conversations(*speakers: str) -> Shape:
    """A list of turns in ShareGPT's words."""
    turn = exactly(**{"from": {"enum": list(speakers)}, "value": TEXT})
    return {"type": "array", "minItems": 1, "items": turn}
