"""What a record is made of: fields and their types. Knows nothing about prompts or answers."""

from typing import Literal

from msgspec import Struct

Kind = Literal["string", "integer", "number", "boolean", "array", "object"]
Format = Literal["text", "code", "reasoning", "tool_call"]


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

    `format` says what a string holds: plain text, code (a fence around it is taken off), reasoning (think
    tags are taken off) or a tool call (kept as the JSON text of `{"name", "arguments"}`).
    `in_sample` is false for what is asked for but kept in the provenance only.
    """

    name: str
    type: Type = Type("string")
    description: str = ""
    required: bool = True
    format: Format = "text"
    in_sample: bool = True
