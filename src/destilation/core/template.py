"""A template: the blueprint of one sample, which makes a Task into a Prompt. Knows no file and no provider.

Placeholders are substituted once and in one pass: what is put in is never read again, so no value of a job
can smuggle in another placeholder, and nothing is ever executed.
"""

import hashlib
import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from destilation.core.fields import Field, Type
from destilation.core.provider import Message, Prompt, Shape
from destilation.core.schema import json_schema
from destilation.core.task import Task

PLACEHOLDERS: Mapping[str, str] = {
    "domain": "the job's domain",
    "number": "the number of the task, different for each sample wanted",
}

_TOKEN = re.compile(r"\{\{(.*?)\}\}|\{\{", re.DOTALL)


class PlaceholderError(ValueError):
    """A pattern that cannot be rendered; `position` is the offset in characters, `name` what stood there."""

    def __init__(self, message: str, position: int, name: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.name = name


def placeholders(pattern: str) -> list[str]:
    """The names in a pattern, in order. Raises PlaceholderError for an unclosed or unknown one."""
    names = []
    for match in _TOKEN.finditer(pattern):
        if match.group(1) is None:
            raise PlaceholderError("'{{' is never closed by '}}'", match.start())
        name = match.group(1).strip()
        if name not in PLACEHOLDERS:
            raise PlaceholderError(f"unknown placeholder '{{{{{name}}}}}'", match.start(), name)
        names.append(name)
    return names


def render(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern with each placeholder replaced by its value; raises KeyError for a value not given."""
    return _TOKEN.sub(lambda match: values[match.group(1).strip()], pattern)


class Template(Struct, frozen=True, kw_only=True):
    """The blueprint of one sample.

    `fields` are what a provider is asked for; those with `in_sample` make a line of `samples.jsonl`.
    `dedup_fields` carry the content by which two samples are compared (empty: all fields of the sample).
    """

    id: str
    fields: tuple[Field, ...]
    system_prompt: str
    user_prompt_pattern: str
    description: str = ""
    dedup_fields: tuple[str, ...] = ()
    builtin: bool = False

    @property
    def sample_fields(self) -> tuple[Field, ...]:
        """The fields of a line of `samples.jsonl`, in order."""
        return tuple(field for field in self.fields if field.in_sample)

    @property
    def compared_fields(self) -> tuple[str, ...]:
        """The names of the fields by which duplicates are told."""
        return self.dedup_fields or tuple(field.name for field in self.sample_fields)

    @property
    def shape(self) -> Shape:
        """The record a provider is asked for."""
        return Shape(re.sub(r"[^a-zA-Z0-9_-]", "_", self.id)[:64], json_schema(self.fields))

    @property
    def digest(self) -> str:
        """Changes when what a sample is changes (fields), not when the wording of the prompts does."""
        encoded = msgspec.json.encode([self.id, self.sample_fields])
        return hashlib.sha256(encoded).hexdigest()[:16]

    def prompt(self, task: Task, seed: int = 0) -> Prompt:
        """The first Prompt of a Task."""
        values = {"domain": task.domain, "number": str(task.number)}
        system = render(self.system_prompt, values)
        user = f"{render(self.user_prompt_pattern, values)}\n\n{answer_form(self.fields)}"
        turns = [Message("system", system)] if system.strip() else []
        return Prompt(task, 1, (*turns, Message("user", user)), self.shape, seed)


def answer_form(fields: tuple[Field, ...]) -> str:
    """How the answer has to look, in words: for servers that ignore a schema, and for the model's benefit."""
    lines = [f'- "{field.name}": {_kind(field)}{_told(field)}' for field in fields]
    return "\n".join(["Answer with one JSON object and nothing else, with exactly these keys in this order:", *lines])


def _told(field: Field) -> str:
    optional = "" if field.required else ", or null"
    return optional + (f"; {field.description}" if field.description else "")


def _kind(field: Field) -> str:
    if field.format == "tool_call":
        return 'object {"name": string, "arguments": [{"name": string, "value": string, number or boolean}]}'
    return _type_words(field.type)


def _type_words(kind: Type) -> str:
    if kind.enum:
        return "one of " + ", ".join(msgspec.json.encode(choice).decode() for choice in kind.enum)
    if kind.items is not None:
        return f"array of ({_type_words(kind.items)})"
    if kind.fields:
        inner = ", ".join(f'"{field.name}": {_type_words(field.type)}' for field in kind.fields)
        return f"object {{{inner}}}"
    return kind.kind
