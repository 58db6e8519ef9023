"""What a record is made of: fields and their types. Knows nothing about prompts or answers."""

from typing import Literal

from msgspec import Struct

from destilation.core.tool import Tool

Kind = Literal["string", "integer", "number", "boolean", "array", "object"]
Format = Literal["text", "code", "reasoning", "tool_call", "json", "xml", "markdown", "latex", "regex", "url", "date"]
Source = Literal["json", "text", "reasoning", "seed", "check"]


class Type(Struct, frozen=True):
    """The type of a value. `items` is for arrays (None: any), `fields` for objects (empty: any).

    `minimum` and `maximum` bound a number's value, a string's characters, an array's items; both inclusive.
    """

    kind: Kind
    enum: tuple[str | int | float, ...] = ()
    items: "Type | None" = None
    fields: tuple["Field", ...] = ()
    minimum: float | None = None
    maximum: float | None = None


class Field(Struct, frozen=True):
    """One named value of a record.

    `format` says what a string holds: plain text, code (a fence around it is taken off; `language` is what it
    is written in, None: told by the fence or found out), reasoning (think tags are taken off), a tool call (kept as
    the JSON text of `{"name", "arguments"}`; `tools` are those there are, none: any), or text in a notation that is
    checked.
    `source` says where the value comes from: a key of the JSON answer, the whole text of the answer, the
    model's native reasoning (or, where it gives none, a key of the JSON answer), a seed (given by the user or
    by an earlier stage), or a note of a check.
    `in_sample` is false for what is asked for but kept in the provenance only.
    """

    name: str
    type: Type = Type("string")
    description: str = ""
    required: bool = True
    format: Format = "text"
    in_sample: bool = True
    source: Source = "json"
    language: str | None = None
    tools: tuple[Tool, ...] = ()
