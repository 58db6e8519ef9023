"""A sample as a conversation: the one form that every chat format is made from. Knows no format and no template."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from destilation.core.tool import Tool


class UnfitError(ValueError):
    """A sample that has no place in a format; the message says why, and is counted."""


class Call(Struct, frozen=True):
    """One call of a tool."""

    name: str
    arguments: Mapping[str, Any]

    @property
    def arguments_text(self) -> str:
        """The arguments as JSON text."""
        return json_text(self.arguments)


class Turn(Struct, frozen=True, kw_only=True):
    """What one side says. `thinks`: reasoning belongs before it, and is in `reasoning` where there is some.

    `number` is the number of the call that a tool's turn answers, from 0, and `name` that tool.
    """

    role: Literal["user", "assistant", "tool"]
    content: str = ""
    reasoning: str = ""
    thinks: bool = False
    calls: tuple[Call, ...] = ()
    number: int = 0
    name: str = ""


class Conversation(Struct, frozen=True, kw_only=True):
    """The turns, from the user's first to the assistant's last, and the tools that there are."""

    turns: tuple[Turn, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """One sample with what its provenance tells: `number` is its line from 1, `line` the record as it is stored.

    `beside` is what was asked for and is not in the sample, `language` what its code is written in, `topic` what it is
    about, from the top down with " > " between.
    """

    number: int
    id: str
    line: bytes
    record: Mapping[str, Any]
    beside: Mapping[str, Any] = {}
    language: str | None = None
    provider: str = ""
    model: str = ""
    topic: str = ""

    def text(self, name: str) -> str:
        """A field as text: strings as they are, other values as JSON, empty where there is none."""
        value = self.record[name] if name in self.record else self.beside.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json_text(value)


def json_text(value: object) -> str:
    """Compact JSON, with all of Unicode as it is."""
    return msgspec.json.encode(value).decode()
