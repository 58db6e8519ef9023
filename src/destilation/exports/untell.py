"""The way back: a sample in a row of a foreign file, by the roles of a template's fields. Knows no file.

Rows are chat messages, ShareGPT's conversations, Alpaca's columns, prompt and completion, or columns by the names of
the fields. A conversation has one question; one that goes on after its answer is no sample of a template.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from destilation.core import tool_call
from destilation.core.fields import Field
from destilation.core.roles import Roles
from destilation.core.schema import faults
from destilation.core.template import Template
from destilation.exports.conversation import UnfitError
from destilation.exports.style import without_think
from destilation.exports.teller import joined, roles_of

_OURS = re.compile(r"(`{3,})([\w+#.-]*)\n(.*?)\n\1(?:\n\n(.*))?\Z", re.DOTALL)
_BLOCK = re.compile(r"^(`{3,}|~{3,})([\w+#.-]*)[^\n]*\n(.*?)\n?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_REASONING = ("reasoning_content", "reasoning", "thinking")
_SPEAKERS = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "system": "system",
    "function_call": "function_call",
    "observation": "tool",
    "tool": "tool",
}


class Found(Struct, frozen=True):
    """What a row says: a record of the template, what goes beside it, and what its code is written in."""

    record: Mapping[str, Any]
    beside: Mapping[str, Any] = {}
    language: str | None = None


class _Parts(Struct):
    """The parts of a conversation as they are found; `shown`: the reasoning stood beside the answer."""

    system: str = ""
    user: str | None = None
    reasoning: str = ""
    shown: bool = False
    calls: list[dict[str, Any]] = []
    responses: list[str] = []
    answer: str | None = None


class Untelling:
    """Finds samples of one template in rows. `columns` says which column is which field, where they differ."""

    def __init__(self, template: Template, columns: Mapping[str, str] = {}) -> None:
        self._template = template
        self._roles = roles_of(template)
        self._fields = {field.name: field for field in template.fields}
        self._columns = columns

    def found(self, row: Mapping[str, Any]) -> Found:
        """The sample. Raises UnfitError, which says what is missing or wrong."""
        named = {name: row[self._columns.get(name, name)] for name in self._fields if self._has(row, name)}
        language = None
        told: dict[str, Any] = {}
        if any(field.name not in named and field.required for field in self._template.sample_fields):
            parts = _parts(row, self._roles)
            told, language = self._told(parts)
        values = {**told, **{name: _typed(self._fields[name], value) for name, value in named.items()}}
        record = {field.name: values.get(field.name) for field in self._template.sample_fields}
        if wrong := faults({k: v for k, v in record.items() if v is not None}, self._template.sample_fields):
            raise UnfitError(wrong[0].text)
        beside = {f.name: values[f.name] for f in self._template.fields if not f.in_sample and values.get(f.name)}
        return Found(record, beside, language)

    def _has(self, row: Mapping[str, Any], name: str) -> bool:
        return row.get(self._columns.get(name, name)) is not None

    def _told(self, parts: _Parts) -> tuple[dict[str, Any], str | None]:
        roles, language = self._roles, None
        answer = parts.answer or ""
        told: dict[str, Any] = {roles.user: parts.user or ""}
        if roles.reasoning:
            told[roles.reasoning] = parts.reasoning
        if roles.system:
            told[roles.system] = parts.system
        if roles.tool_call:
            told[roles.tool_call] = _stored(parts.calls)
            told[roles.tool_response] = joined(parts.responses) if parts.responses else ""
        if roles.code:
            told[roles.code], language, answer = _code(answer, alone=not roles.assistant)
        if roles.assistant:
            told[roles.assistant] = answer
        return {name: _typed(self._fields[name], text) for name, text in told.items() if name}, language


def _stored(calls: list[dict[str, Any]]) -> str:
    try:
        return tool_call.canonical(calls if len(calls) > 1 else calls[0]) if calls else ""
    except tool_call.ToolCallError as error:
        raise UnfitError(str(error)) from None


def _typed(field: Field, value: Any) -> Any:
    """A value as the field has it: text that stands for another type is read as JSON."""
    if value == "" and not field.required:
        return None
    if field.type.kind == "string":
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        raise UnfitError(f"field '{field.name}' cannot be read as {field.type.kind}") from None


def _code(answer: str, *, alone: bool) -> tuple[str, str | None, str]:
    """(code, language, explanation): the block that the answer begins with, or else the first in it."""
    if match := _OURS.match(answer):
        return match.group(3), match.group(2) or None, match.group(4) or ""
    if match := _BLOCK.search(answer):
        rest = f"{answer[: match.start()].strip()}\n\n{answer[match.end() :].strip()}".strip()
        return match.group(3), match.group(2).lower() or None, rest
    if alone:
        return answer, None, ""
    raise UnfitError("its answer has no fenced code")


def _parts(row: Mapping[str, Any], roles: Roles) -> _Parts:
    messages = row.get("messages")
    if messages is None and isinstance(row.get("prompt"), list):
        messages = [*row["prompt"], *(row.get("completion") or [])]
    if isinstance(messages, list):
        return _checked(_of_messages(messages), roles)
    if isinstance(conversations := row.get("conversations"), list):
        return _checked(_of_conversations(conversations, _text(row.get("system"))), roles)
    if "instruction" in row and "output" in row:
        asked, more = _text(row["instruction"]), _text(row.get("input"))
        user = f"{asked}\n\n{more}" if more else asked
        return _checked(_Parts(system=_text(row.get("system")), user=user, answer=_text(row["output"])), roles)
    if "prompt" in row and "completion" in row:
        return _checked(_Parts(user=_text(row["prompt"]), answer=_text(row["completion"])), roles)
    there = ", ".join(str(name)[:40] for name in list(row)[:10])
    raise UnfitError(f"it has no messages, conversations, instruction and output, or prompt and completion: {there}")


def _checked(parts: _Parts, roles: Roles) -> _Parts:
    if parts.user is None:
        raise UnfitError("it has no question")
    if parts.answer is None:
        raise UnfitError("it has no answer")
    if roles.tool_call and not parts.calls:
        raise UnfitError("it calls no tool")
    if parts.calls and not roles.tool_call:
        raise UnfitError("it calls tools, and the template has no place for that")
    if roles.reasoning and not parts.shown and not parts.calls:
        parts.reasoning, parts.answer = without_think(parts.answer)
    return parts


def _of_messages(messages: Iterable[Any]) -> _Parts:
    parts = _Parts()
    for message in messages:
        if not isinstance(message, Mapping):
            raise UnfitError("a message is no object")
        role, content = message.get("role"), _text(message.get("content"))
        shown = next((message[key] for key in _REASONING if isinstance(message.get(key), str)), None)
        if calls := message.get("tool_calls"):
            _once(parts)
            parts.calls = [dict(call.get("function") or call) for call in calls]
            parts.reasoning = shown if shown is not None else without_think(content)[0]
        else:
            _hear(parts, str(role), content)
            if shown is not None and role == "assistant" and not parts.calls:
                parts.reasoning, parts.shown = shown, True
    return parts


def _of_conversations(turns: Iterable[Any], system: str) -> _Parts:
    parts = _Parts(system=system)
    for turn in turns:
        if not isinstance(turn, Mapping):
            raise UnfitError("a turn is no object")
        speaker, value = _SPEAKERS.get(str(turn.get("from")), ""), _text(turn.get("value"))
        if speaker == "function_call":
            _once(parts)
            parts.reasoning, body = without_think(value)
            try:
                calls = msgspec.json.decode(body)
            except (msgspec.DecodeError, RecursionError):
                raise UnfitError("its tool call cannot be read") from None
            parts.calls = calls if isinstance(calls, list) else [calls]
        else:
            _hear(parts, speaker, value)
    return parts


def _once(parts: _Parts) -> None:
    if parts.calls:
        raise UnfitError("it calls tools more than once")


def _hear(parts: _Parts, role: str, text: str) -> None:
    if parts.answer is not None or (role == "user" and parts.user is not None):
        raise UnfitError("it goes on after its answer")
    if role == "system":
        parts.system = text
    elif role == "user":
        parts.user = text
    elif role == "assistant":
        parts.answer = text
    elif role == "tool":
        parts.responses.append(text)
    else:
        raise UnfitError(f"it has a turn of '{role[:40]}'")


def _text(value: Any) -> str:
    """Text as it is, in a list of parts as one; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, Mapping) and "text" in each for each in value):
        return "".join(str(each["text"]) for each in value)
    if not isinstance(value, str):
        raise UnfitError("a text is no string")
    return value
