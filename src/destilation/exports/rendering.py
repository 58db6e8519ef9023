"""A chat template tried on rows: what it makes of them, and what it silently leaves out. Knows no folder.

Needs jinja2 (the extra `tokens`). Templates are foreign code: they run in jinja2's sandbox, with values that they
cannot change.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from destilation.errors import ConfigError
from destilation.exports.conversation import Conversation
from destilation.exports.format import Row
from destilation.exports.messages import messages
from destilation.exports.style import Style
from destilation.exports.trl import DIALECT

MOST_BYTES = 4 << 20


class RenderError(ValueError):
    """A template refuses a row; the message says why."""


class ChatTemplate:
    """A chat template as transformers renders it, in a sandbox."""

    def __init__(self, source: str, name: str, special: Mapping[str, str] = {}) -> None:
        self._faults, self._template = _compiled(source, name)
        self._special = {"bos_token": "", "eos_token": "", **special}

    def render(self, turns: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None) -> str:
        """The text that is trained on. Raises RenderError."""
        try:
            text = self._template.render(
                messages=turns, tools=tools, documents=None, add_generation_prompt=False, **self._special
            )
        except (self._faults, TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise RenderError(str(error)[:200] or type(error).__name__) from None
        return str(text)


def template_in(path: Path) -> ChatTemplate:
    """The chat template in a file: itself, or a `tokenizer_config.json` that has one. Raises ConfigError."""
    try:
        data = path.read_bytes()
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or 'is not UTF-8'}") from None
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path}: a chat template has at most {MOST_BYTES >> 20} MiB")
    if path.suffix != ".json":
        return ChatTemplate(text, str(path))
    try:
        document = msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.DecodeError:
        raise ConfigError(f"{path}: is no JSON object") from None
    source = document.get("chat_template")
    if isinstance(source, list):
        named = {each.get("name"): each.get("template") for each in source if isinstance(each, dict)}
        source = named.get("default")
    if not isinstance(source, str):
        raise ConfigError(f"{path}: has no chat_template")
    return ChatTemplate(source, str(path), _special(document))


def turns_of(row: Row, told: Conversation, style: Style) -> tuple[list[Any], list[Any] | None]:
    """The messages and tools of a row; of one that has none, what TRL would be given."""
    turns = row.get("messages") or [*row.get("prompt", ()), *row.get("completion", ())]
    if turns and isinstance(turns[0], Mapping):
        tools = row.get("tools")
        return list(turns), json.loads(tools) if isinstance(tools, str) else tools
    return messages(told, style, DIALECT), None


def missing(turns: Sequence[Mapping[str, Any]], rendered: str) -> list[str]:
    """Which parts of the messages do not occur in what became of them."""
    lost = []
    for turn in turns:
        role = turn["role"]
        if (content := turn.get("content")) and not _in(content, rendered):
            lost.append(f"the {role}'s text")
        if any(not _in(turn.get(key, ""), rendered) for key in ("reasoning_content", "reasoning", "thinking")):
            lost.append("the reasoning")
        if any(call["function"]["name"] not in rendered for call in turn.get("tool_calls", ())):
            lost.append("the tool call")
    return list(dict.fromkeys(lost))


def _in(text: str, rendered: str) -> bool:
    """Whether a text is there, as it is or inside JSON."""
    bare = text.strip()
    return bare in rendered or json.dumps(bare, ensure_ascii=False)[1:-1] in rendered


def _special(document: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name in ("bos_token", "eos_token", "unk_token", "pad_token"):
        value = document.get(name)
        value = value.get("content") if isinstance(value, dict) else value
        if isinstance(value, str):
            found[name] = value
    return found


def _compiled(source: str, name: str) -> tuple[type[Exception], Any]:
    try:
        from jinja2 import TemplateError, nodes
        from jinja2.exceptions import TemplateSyntaxError
        from jinja2.ext import Extension, loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError:
        raise ConfigError("--chat-template needs another package: pip install 'destilation[tokens]'") from None

    class Generation(Extension):
        """`{% generation %}` marks what is trained on; here it changes nothing."""

        tags = {"generation"}

        def parse(self, parser: Any) -> Any:
            """The block as it is."""
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body).set_lineno(line)

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None, **more: Any) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **more)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    try:
        return TemplateError, environment.from_string(source)
    except TemplateSyntaxError as error:
        raise ConfigError(f"{name}:{error.lineno}: {error.message}") from None
