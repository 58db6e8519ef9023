"""Foreign text in colours: the fields of a JSON record, code by its language. Everything is made safe to show first."""

import json
import re
from collections.abc import Mapping
from typing import Any

from textual.content import Content
from textual.highlight import guess_language, highlight

from destilation.core.display import display_safe

MOST_TEXT = 200_000
MOST_COLOURED = 50_000
"""Characters beyond which colours take too long."""
_FENCE = re.compile(r"^```([\w+#-]*)[^\n]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)


def shown(text: str) -> str:
    """Foreign text on as many lines as it has, each safe to show."""
    return "\n".join(display_safe(line.expandtabs(4), 20_000) for line in text[:MOST_TEXT].split("\n"))


def coloured(text: str, code: Mapping[str, str]) -> Content:
    """An answer: a record field by field, anything else as text. `code` has the language of fields that hold code."""
    record = record_of(text)
    if record is None:
        return prose(text)
    parts = []
    for name, value in record:
        if not isinstance(value, str):
            told = _code(json.dumps(value, ensure_ascii=False, indent=2), "json")
        elif name in code and "```" not in value:
            told = _code(value, code[name] or guess_language(value, None))
        else:
            told = prose(value)
        parts.append(Content.assemble((f"{shown(name)}\n", "bold $accent"), told))
    return Content("\n\n").join(parts)


def prose(text: str) -> Content:
    """Text, in which code between fences has colours."""
    parts, end = [], 0
    for fence in _FENCE.finditer(text[:MOST_TEXT]):
        parts += [Content(shown(text[end : fence.start(2)])), _code(fence[2], fence[1].lower() or "text")]
        end = fence.end(2)
    return Content("").join([*parts, Content(shown(text[end:]))])


def record_of(text: str) -> list[tuple[str, Any]] | None:
    """The pairs of the JSON object that a text is, in order and with names that come twice; else None."""
    try:
        found = json.loads(text, object_pairs_hook=_Pairs, strict=False)
    except (ValueError, RecursionError):
        return None
    return found.pairs if isinstance(found, _Pairs) and found.pairs else None


class _Pairs(dict[str, Any]):
    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _code(text: str, language: str) -> Content:
    safe = shown(text)
    if len(safe) > MOST_COLOURED or not safe.strip():
        return Content(safe)
    told = highlight(safe, language=language)
    return told if told.plain == safe else Content.assemble(told, safe[len(told.plain) :])
