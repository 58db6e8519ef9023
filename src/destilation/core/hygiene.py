"""What makes a well-formed value unfit to train on: emptiness, control characters, refusals, leaks.

Knows nothing about where the values came from. Each function gives the reasons it found, worded for a model.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

from destilation.core.verdict import Reason

MAX_DEPTH = 64
_CONTAINERS = (dict, list)
MAX_INTEGER = 2**63 - 1
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HARMLESS = bytes((*b"\t\n\r", *range(0x20, 0x7F)))
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKERS = re.compile(
    r"<\|[a-z_]{2,24}\|>|</?think(?:ing)?>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?tool_call>"
)
_PLACEHOLDER = re.compile(r"\{\{\s*+\w++\s*+\}\}|\blorem ipsum dolor\b", re.IGNORECASE)
# Notations in which doubled braces are braces: in code they mean much, of ours are only these.
DOUBLING = frozenset(("code", "latex"))
_OWN_PLACEHOLDER = re.compile(r"\{\{\s*+(?:domain|number)\s*+\}\}")
# One word in angle brackets may be an element of HTML or a type: only what names a content is a stub.
_STUB = re.compile(
    r"[.\u2026]+|<[\w-]+ [\w -]{1,40}>|<(?:your|insert|the|final)?[_-]?(?:answer|question|text|content|value|code"
    r"|string|explanation|reasoning|response|request|requirement|thought|placeholder)>"
    r"|\[(?:your|insert|the)\b[^\]]{0,40}\]|\(?(?:your|insert) [\w ]{1,30} here[.)]?"
    r"|todo\.?|tbd\.?",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\W*(?:(?:i'?m|i am) (?:very |really )?sorry\b|sorry,|i apologi[sz]e\b|unfortunately,)?[\s,.]*(?:but )?"
    r"(?:i (?:can(?:not|'t| not)|won'?t|am (?:unable|not able)|will not be able)|i'?m (?:unable|not able))"
    r"(?: to)? (?:be able to )?"
    r"(?:help|assist|provide|fulfil+|comply|answer|create|generate|do that|continue|discuss|engage|write)\b"
    r"|\W*as an ai(?: language model| assistant| model)?(?:,| i\b)"
    r"|\W*(?:i'?m|i am) (?:just |only )?an ai\b"
    r"|\W*(?:i'?m|i am) sorry, (?:but )?(?:i|that|this)\b",
    re.IGNORECASE,
)


def strings(value: Any, path: str) -> list[tuple[str, str]]:
    """Every string in a value with its path, keys of objects included."""
    if isinstance(value, str):
        return [(path, value)]
    found: list[tuple[str, str]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += [(f"{path} (a key)", key), *strings(inner, f"{path}.{key[:40]}")]
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            found += strings(inner, f"{path}[{place}]")
    return found


def depth(value: Any) -> int:
    """How deeply lists and objects are nested; 0 for a plain value. Works level by level, never recursing."""
    level, deep = [value], 0
    while nested := [each for each in level if isinstance(each, _CONTAINERS) and each]:
        deep += 1
        level = [inner for each in nested for inner in (each.values() if isinstance(each, dict) else each)]
    return deep + bool([each for each in level if isinstance(each, _CONTAINERS)])


def number_faults(value: Any, path: str) -> list[Reason]:
    """Numbers that JSON readers disagree about: infinities and integers beyond 64 bits."""
    if isinstance(value, float) and not math.isfinite(value):
        return [Reason("bad_number", f"field '{path}' holds a number too large to represent")]
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return [Reason("bad_number", f"field '{path}' holds an integer beyond 64 bits")]
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [fault for each in inner for fault in number_faults(each, path)][:1]
    return []


def character_faults(path: str, text: str) -> list[Reason]:
    """Characters that break terminals, encoders or tokenizers."""
    found: list[Reason] = []
    if text.isascii() and not text.encode().translate(None, _HARMLESS):
        return found
    if match := _CONTROL.search(text):
        code = f"U+{ord(match.group()):04X}"
        found.append(Reason("control_character", f"field '{path}' contains the control character {code}"))
    if _SURROGATE.search(text):
        found.append(Reason("lone_surrogate", f"field '{path}' contains half of a surrogate pair"))
    return found


def leak_faults(path: str, text: str, prompt_lines: Iterable[str], form: str = "text") -> list[Reason]:
    """Chat markup, unfilled placeholders, and whole lines of our own prompt. `form` is the field's format."""
    # The simple questions first: most texts hold none of it, and regular expressions are slow to find nothing.
    if ("<" in text or "[" in text) and (match := _MARKERS.search(text)):
        return [Reason("chat_markup", f"field '{path}' contains chat markup: {match.group()}")]
    placeholder = _OWN_PLACEHOLDER if form in DOUBLING else _PLACEHOLDER
    if ("{{" in text or "ipsum" in text.lower()) and (match := placeholder.search(text)):
        return [Reason("template_text", f"field '{path}' contains template text: {match.group()}")]
    for line in prompt_lines:
        if line in text:
            return [Reason("leaked_prompt", f"field '{path}' repeats the instructions instead of content")]
    return []


def content_faults(path: str, text: str, description: str) -> list[Reason]:
    """Nothing at all, a stub in place of content, or the field's own description."""
    bare = text.strip()
    if not bare:
        return [Reason("empty_field", f"field '{path}' is empty")]
    if _STUB.fullmatch(bare) or _same(bare, description.strip()):
        return [Reason("placeholder", f"field '{path}' is a placeholder, not content")]
    return []


def _same(text: str, description: str) -> bool:
    # A letter folds to three at most: what is longer than that is another text.
    return bool(description) and len(text) <= 3 * len(description) and text.casefold() == description.casefold()


def is_refusal(text: str) -> bool:
    """Whether a text opens as models do when they decline."""
    return _REFUSAL.match(text[:400].replace("\u2019", "'")) is not None
