"""A template: the blueprint of one sample, which makes a Task into a Prompt. Knows no file and no provider.

Placeholders are substituted once and in one pass: what is put in is never read again, so no value of a job
can smuggle in another placeholder, and nothing is ever executed.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from destilation.core.answer_form import answer_form
from destilation.core.fields import Field
from destilation.core.job import Reasoning
from destilation.core.provider import Message, Prompt, Shape, Wording
from destilation.core.roles import Roles
from destilation.core.schema import json_schema
from destilation.core.task import Pick, Task
from destilation.core.tool import Tool, in_words

PLACEHOLDERS: Mapping[str, str] = {
    "domain": "the job's domain",
    "number": "the number of the task, different for each sample wanted",
    "topic": "the topic at the top that the sample is about; the domain where it is not divided",
    "subtopic": "the narrowest topic that the sample is about",
    "topic_path": "the topics from the top down",
    "brief": "topic and axes in words, a line each",
}

_TOKEN = re.compile(r"\{\{(.*?)\}\}|\{\{", re.DOTALL)


class PlaceholderError(ValueError):
    """A pattern that cannot be rendered; `position` is the offset in characters, `name` what stood there."""

    def __init__(self, message: str, position: int, name: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.name = name


def placeholders(pattern: str, known: Collection[str] = PLACEHOLDERS) -> list[str]:
    """The names in a pattern, in order. Raises PlaceholderError for an unclosed or unknown one."""
    names = []
    for match in _TOKEN.finditer(pattern):
        if match.group(1) is None:
            raise PlaceholderError("'{{' is never closed by '}}'", match.start())
        name = match.group(1).strip()
        if name not in known:
            raise PlaceholderError(f"unknown placeholder '{{{{{name}}}}}'", match.start(), name)
        names.append(name)
    return names


def render(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern with each placeholder replaced by its value; raises KeyError for a value not given."""
    parts = [*_parts(pattern)]
    parts[1::2] = [values[name] for name in parts[1::2]]
    return "".join(parts)


@lru_cache
def _parts(pattern: str) -> tuple[str, ...]:
    """Text and the names of placeholders in turn, beginning and ending with text."""
    parts = _TOKEN.split(pattern)
    parts[1::2] = [name.strip() for name in parts[1::2]]
    return tuple(parts)


class Given(Struct, frozen=True, kw_only=True):
    """How a template is asked for where some of its fields are there already.

    `fields` are given as seeds, `text` is the field that is then the whole text of the answer (None: the others
    are asked for as JSON), and the prompts take the place of the template's own.
    """

    fields: tuple[str, ...]
    user_prompt_pattern: str
    system_prompt: str = ""
    text: str | None = None


class _Form(NamedTuple):
    """What is asked for whatever the task: the record's shape, and the paragraphs at the end of the prompt."""

    shape: Shape | None
    more: tuple[str, ...]


class Template(Struct, frozen=True, kw_only=True, dict=True):
    """The blueprint of one sample.

    `fields` are what a sample is made of and what is asked for besides; those with `in_sample` make a line of
    `samples.jsonl`. `dedup_fields` carry the content by which two samples are compared (empty: all fields of the
    sample). `given` is how it is asked for where its first fields are there already; `axes` names the built-in axes
    that its samples differ by. `export` says which field is which part of a conversation (None: it is guessed).
    """

    id: str
    fields: tuple[Field, ...]
    system_prompt: str
    user_prompt_pattern: str
    description: str = ""
    dedup_fields: tuple[str, ...] = ()
    builtin: bool = False
    given: Given | None = None
    axes: tuple[str, ...] = ()
    export: Roles | None = None

    @cached_property
    def sample_fields(self) -> tuple[Field, ...]:
        """The fields of a line of `samples.jsonl`, in order."""
        return tuple(field for field in self.fields if field.in_sample)

    @property
    def compared_fields(self) -> tuple[str, ...]:
        """The names of the fields by which duplicates are told."""
        return self.dedup_fields or tuple(field.name for field in self.sample_fields)

    @property
    def shape(self) -> Shape | None:
        """The record a model without reasoning of its own is asked for; None: plain text."""
        return self._shape(self.asked(native=False))

    @cached_property
    def seeds(self) -> tuple[str, ...]:
        """The names of the fields that must be given."""
        return tuple(field.name for field in self.fields if field.source == "seed")

    @property
    def placeholders(self) -> frozenset[str]:
        """The names in both prompts."""
        return frozenset(
            match.group(1).strip()
            for pattern in (self.system_prompt, self.user_prompt_pattern)
            for match in _TOKEN.finditer(pattern)
            if match.group(1) is not None
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the user's seeds that the prompts name, as `{{seed.<column>}}`."""
        return tuple(sorted(name.removeprefix("seed.") for name in self.placeholders if name.startswith("seed.")))

    @cached_property
    def reasoned(self) -> tuple[str, ...]:
        """The names of the fields that take the model's own reasoning."""
        return tuple(field.name for field in self.fields if field.source == "reasoning")

    @cached_property
    def calls(self) -> frozenset[str]:
        """The names of the fields that are tool calls."""
        return frozenset(field.name for field in self.fields if field.format == "tool_call")

    @cached_property
    def plain(self) -> bool:
        """Whether a model that reasons natively answers in plain text: one field, no JSON."""
        return [field.source for field in self.asked(native=True)] == ["text"]

    def asked(self, *, native: bool) -> tuple[Field, ...]:
        """The fields that the answer has to bring, of a model that brings its reasoning beside it (`native`) or not."""
        return self._native_fields if native else self._plain_fields

    def with_given(self, names: Collection[str]) -> "Template":
        """The template for tasks whose seeds have these names.

        Where it names no seeds itself, it is asked for as its `given` has it, and what else is given is told.
        """
        told = [name for name in names if name not in self.seeds and name not in self.columns]
        if not told:
            return self
        given = self.given if self.given is not None and set(self.given.fields) <= set(told) else None
        first = () if given is None else given.fields
        text = None if given is None else given.text
        pattern = self.user_prompt_pattern if given is None else given.user_prompt_pattern
        more = "".join(f"\n\nThis {name} is given:\n{{{{{name}}}}}" for name in told if name not in first)
        return replace(
            self,
            fields=tuple(
                replace(field, source="seed")
                if field.name in told
                else replace(field, source="text")
                if field.name == text
                else field
                for field in self.fields
            ),
            system_prompt=self.system_prompt if given is None else given.system_prompt,
            user_prompt_pattern=pattern + more,
            given=None,
        )

    def only(self, names: Collection[str]) -> "Template":
        """The template for a stage that makes these fields and leaves the others to later ones, which are given them.

        So none may be missing, and reasoning that is all there is to make is the answer itself.
        """
        fields = tuple(replace(field, required=True) for field in self.fields if field.name in names)
        if [field.source for field in fields] == ["reasoning"]:
            fields = (replace(fields[0], source="json"),)
        pattern = f"{self.user_prompt_pattern}\nWrite only this much of it now: {', '.join(f.name for f in fields)}."
        return replace(self, fields=fields, user_prompt_pattern=pattern, dedup_fields=(), given=None)

    def with_tools(self, tools: tuple[Tool, ...]) -> "Template":
        """The template whose tool calls are of these tools."""
        fields = [replace(field, tools=tools) if field.format == "tool_call" else field for field in self.fields]
        return replace(self, fields=tuple(fields))

    def _shape(self, fields: tuple[Field, ...]) -> Shape | None:
        if [field.source for field in fields] == ["text"]:
            return None
        return Shape(self.shape_name, json_schema(fields))

    @property
    def shape_name(self) -> str:
        """The template's name as servers take it for a schema."""
        return re.sub(r"[^a-zA-Z0-9_-]", "_", self.id)[:64]

    @property
    def digest(self) -> str:
        """Changes when what a sample is changes (fields), not when the wording of the prompts does."""
        fields = [replace(field, source="json", tools=()) for field in self.sample_fields]
        encoded = msgspec.json.encode([self.id, fields])
        return hashlib.sha256(encoded).hexdigest()[:16]

    def prompt(
        self, task: Task, seed: int = 0, reasoning: Reasoning = "auto", stage: str = "", besides: str = ""
    ) -> Prompt:
        """The first Prompt of a Task, whose seed must have the fields that are given.

        `reasoning` says whether the model's own is wanted: where it shows some, always, or never. `besides` is said
        after the template's own words.
        """
        written = self._wording(task, besides, native=False)
        native = self._wording(task, besides, native=True) if self.reasoned and reasoning != "json" else None
        only = native is not None and reasoning == "native"
        return Prompt(task, 1, written.messages, written.shape, seed, native, only, stage, besides=besides)

    def _wording(self, task: Task, besides: str, *, native: bool) -> Wording:
        form = self._native_form if native else self._plain_form
        return Wording(self.messages(task, (besides, *form.more) if besides else form.more), form.shape)

    def messages(self, task: Task, more: Sequence[str] = ()) -> tuple[Message, ...]:
        """Both prompts for a task, with more paragraphs at the end of the user's."""
        values = {"domain": task.domain, "number": str(task.number), **about(task)}
        values |= {key: text for name, text in task.given.items() for key in (name, f"seed.{name}")}
        system, user = render(self.system_prompt, values), render(self.user_prompt_pattern, values)
        said = "\n\n".join([user, *self._tools_in_words, *more])
        turns = [Message("system", system)] if system.strip() else []
        return (*turns, Message("user", said))

    # These follow from the template, and every prompt needs them.

    @cached_property
    def _plain_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.source in ("json", "text", "reasoning"))

    @cached_property
    def _native_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.source in ("json", "text"))

    @cached_property
    def _plain_form(self) -> _Form:
        return self._form(self.asked(native=False))

    @cached_property
    def _native_form(self) -> _Form:
        return self._form(self.asked(native=True))

    def _form(self, asked: tuple[Field, ...]) -> _Form:
        shape = self._shape(asked)
        return _Form(shape, () if shape is None else (answer_form(asked),))

    @cached_property
    def _tools_in_words(self) -> tuple[str, ...]:
        tools = next((field.tools for field in self.asked(native=False) if field.tools), ())
        return (in_words(tools),) if tools else ()


def about(task: Task) -> dict[str, str]:
    """What the placeholders for topic and axes stand for in a task."""
    pick = task.pick or Pick()
    path = " > ".join(pick.path) or task.domain
    lines = [
        f"Topic: {path}",
        *(f"{name.replace('_', ' ').capitalize()}: {text}" for name, text in pick.values.items()),
    ]
    topics = {"topic": (*pick.path, task.domain)[0], "subtopic": (task.domain, *pick.path)[-1], "topic_path": path}
    return {**pick.values, **topics, "brief": "\n".join(lines)}
