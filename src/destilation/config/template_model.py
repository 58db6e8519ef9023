"""The shape of `[[templates]]` and `[[tools]]`: which keys there are, and of which type. Knows no file."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from destilation.config.model import Number, Table, wrong
from destilation.core.tool import schema_problem


def _tool_name(name: str) -> str:
    # What OpenAI's API takes as the name of a function.
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
        raise wrong("must be 1 to 64 of A-Z a-z 0-9 _ -")
    return name


def _parameters(schema: dict[str, Any]) -> dict[str, Any]:
    if problem := schema_problem(schema):
        raise wrong(problem)
    return schema


class FieldTable(Table):
    """An entry of a template's `schema`."""

    name: str
    type: str = "string"
    description: str = ""
    required: bool = True
    enum: list[str | int | float] | None = None
    items: str | dict[str, Any] | None = None
    fields: list[dict[str, Any]] | None = None
    min: Number | None = None
    max: Number | None = None
    format: Literal[
        "text", "code", "reasoning", "tool_call", "json", "xml", "markdown", "latex", "regex", "url", "date"
    ] = "text"
    source: Literal["json", "text", "reasoning", "seed", "check"] = "json"
    language: str | None = None
    in_sample: bool = True


class ExportTable(Table):
    """`export` of a template: which field is which part of a conversation."""

    user: str
    assistant: str = ""
    code: str = ""
    reasoning: str = ""
    tool_call: str = ""
    tool_response: str = ""
    system: str = ""
    topic: str = ""


class TemplateTable(Table):
    """An entry of `[[templates]]`."""

    id: str
    description: str = ""
    fields_: Annotated[list[dict[str, Any]], Field(alias="schema")]
    system_prompt: str = ""
    user_prompt_pattern: str
    dedup_fields: list[str] = []
    export: ExportTable | None = None


class ToolTable(Table):
    """An entry of `[[tools]]`."""

    name: Annotated[str, AfterValidator(_tool_name)]
    description: str = ""
    parameters: Annotated[dict[str, Any], AfterValidator(_parameters)] = {"type": "object", "properties": {}}
