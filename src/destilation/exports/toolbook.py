"""The tools of a dataset that declares none, as far as its calls tell of them. Knows no format.

Memory is bounded: beyond ten thousand tools, or a hundred arguments of one, no more are learnt.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from destilation.core.tool import Tool
from destilation.exports.conversation import Call

MOST_TOOLS = 10_000
MOST_ARGUMENTS = 100
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


class _Seen:
    def __init__(self) -> None:
        self.calls = 0
        self.arguments: dict[str, tuple[int, set[str]]] = {}


class ToolBook:
    """Learns calls, and tells the tools."""

    def __init__(self) -> None:
        self._tools: dict[str, _Seen] = {}

    def learn(self, calls: Iterable[Call]) -> None:
        """Take note of calls."""
        for call in calls:
            if call.name not in self._tools and len(self._tools) >= MOST_TOOLS:
                continue
            seen = self._tools.setdefault(call.name, _Seen())
            seen.calls += 1
            for name, value in call.arguments.items():
                if name in seen.arguments or len(seen.arguments) < MOST_ARGUMENTS:
                    count, kinds = seen.arguments.get(name, (0, set()))
                    seen.arguments[name] = (count + 1, kinds | {_kind(value)})

    def tools(self) -> Mapping[str, Tool]:
        """By name: an argument that every call has is required, one of several types has none."""
        return {name: Tool(name, "", _schema(seen)) for name, seen in self._tools.items()}


def _schema(seen: _Seen) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _property(kinds) for name, (_, kinds) in seen.arguments.items()},
        "required": [name for name, (count, _) in seen.arguments.items() if count == seen.calls],
    }


def _property(kinds: set[str]) -> dict[str, Any]:
    told = kinds - {"null"}
    if told == {"integer", "number"}:
        return {"type": "number"}
    if len(told) != 1:
        return {}
    (kind,) = told
    return {"type": kind, "items": {}} if kind == "array" else {"type": kind}


def _kind(value: object) -> str:
    return next((kind for python, kind in _KINDS if isinstance(value, python)), "null")
