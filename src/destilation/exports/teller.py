"""Makes a conversation of a sample, by the roles of its template's fields. Knows no format.

No text is rewritten: fields are moved into turns, code gets a fence around it, and tool calls become calls.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from destilation.core.roles import Roles
from destilation.core.template import Template
from destilation.core.tool import Tool
from destilation.exports.conversation import Call, Conversation, Entry, Turn, UnfitError

_TICKS = re.compile("`+")
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")


def roles_of(template: Template) -> Roles:
    """The template's roles; where it names none, the first field is the question and the last the answer."""
    if template.export is not None:
        return template.export
    fields = template.sample_fields
    last = fields[-1]
    between = fields[1:-1]
    return Roles(
        user=fields[0].name,
        reasoning=next((f.name for f in between if f.format == "reasoning" or f.source == "reasoning"), ""),
        assistant="" if last.format == "code" or len(fields) == 1 else last.name,
        code=last.name if last.format == "code" and len(fields) > 1 else "",
    )


def left_out(template: Template) -> list[str]:
    """The fields of a sample that are no part of the conversation."""
    roles = msgspec.to_builtins(roles_of(template))
    return [field.name for field in template.sample_fields if field.name not in roles.values()]


class Teller:
    """Tells samples of one template as conversations.

    `tools` are those there are, by name; `declared`: the job declares them, so that all are offered each time.
    """

    def __init__(self, template: Template, tools: Mapping[str, Tool] = {}, *, declared: bool = False) -> None:
        self.template_id = template.id
        self.roles = roles_of(template)
        self._tools = tools
        self._declared = declared
        self._languages = {field.name: field.language for field in template.fields}

    @property
    def inferred(self) -> tuple[Tool, ...]:
        """The tools that were learnt from calls; none where they are declared."""
        return () if self._declared else tuple(self._tools.values())

    @property
    def calls(self) -> bool:
        """Whether the samples call tools."""
        return bool(self.roles.tool_call)

    def tell(self, entry: Entry) -> Conversation:
        """The sample as a conversation. Raises UnfitError where a part is missing that no conversation can lack."""
        roles = self.roles
        asked = entry.text(roles.user)
        if not asked and roles.user not in entry.record:
            raise UnfitError(f"what the user asked ('{roles.user}') is not known")
        reasoning = entry.text(roles.reasoning) if roles.reasoning else ""
        turns = [Turn(role="user", content=asked)]
        tools: tuple[Tool, ...] = ()
        thinks = bool(roles.reasoning)
        if self.calls:
            calls = calls_in(entry.text(roles.tool_call))
            turns.append(Turn(role="assistant", reasoning=reasoning, thinks=thinks, calls=calls))
            turns += _responses(calls, entry.text(roles.tool_response))
            tools = self._offered(calls)
            reasoning, thinks = "", False
        turns.append(Turn(role="assistant", content=self._answer(entry), reasoning=reasoning, thinks=thinks))
        system = entry.text(roles.system) if roles.system else ""
        return Conversation(turns=tuple(turns), system=system, tools=tools)

    def _offered(self, calls: Sequence[Call]) -> tuple[Tool, ...]:
        """All the tools that are declared; of those that were made up, the ones that are called."""
        if self._declared:
            return tuple(self._tools.values())
        called = dict.fromkeys(call.name for call in calls)
        return tuple(self._tools.get(name) or Tool(name, "", _FREE) for name in called)

    def _answer(self, entry: Entry) -> str:
        said = entry.text(self.roles.assistant) if self.roles.assistant else ""
        if not self.roles.code:
            return said
        block = fenced(entry.text(self.roles.code), entry.language or self._languages.get(self.roles.code) or "")
        return f"{block}\n\n{said}" if said else block


_FREE: Mapping[str, Any] = {"type": "object", "properties": {}}


def fenced(code: str, language: str) -> str:
    """Code in a fence that is longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(code)), default=0))
    return f"{fence}{language if _LANGUAGE.fullmatch(language) else ''}\n{code}\n{fence}"


def calls_in(text: str) -> tuple[Call, ...]:
    """The calls in their stored form (`core/tool_call.py`). Raises UnfitError."""
    try:
        if text.lstrip().startswith("["):
            return tuple(msgspec.json.decode(text, type=list[Call]))
        return (msgspec.json.decode(text, type=Call),)
    except (msgspec.DecodeError, RecursionError):
        raise UnfitError("its tool call cannot be read") from None


def _responses(calls: Sequence[Call], text: str) -> list[Turn]:
    """A tool's turn for each call: its part of a list of as many answers, else the whole of what came back."""
    parts = parts_of(text, len(calls))
    return [
        Turn(role="tool", content=part, number=number, name=call.name)
        for number, (call, part) in enumerate(zip(calls, parts, strict=True))
    ]


def parts_of(text: str, calls: int) -> list[str]:
    """What was answered to each of several calls. Only what `joined` puts together again is taken apart."""
    if calls > 1 and text.startswith("["):
        try:
            parts = [bytes(part).decode() for part in msgspec.json.decode(text, type=list[msgspec.Raw])]
        except (msgspec.DecodeError, RecursionError):
            parts = []
        if len(parts) == calls and joined(parts) == text:
            return parts
    return [text] * calls


def joined(parts: Sequence[str]) -> str:
    """The whole again of what `parts_of` gave."""
    return parts[0] if len(set(parts)) == 1 else f"[{', '.join(parts)}]"
