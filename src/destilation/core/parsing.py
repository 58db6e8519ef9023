"""The record, and the reasoning, in what a model said. Knows JSON and think tags, not fields or their types.

Real answers wrap their JSON in fences and prose, think aloud first, and leave a comma too many; all of that
is read. What is not one whole JSON object is a fault, worded for the model that made it.
"""

import json
import re
from collections.abc import Collection
from typing import Any

from destilation.core.verdict import Reason

MAX_CHARS = 1_000_000
_MAX_CANDIDATES = 64
_THINK = re.compile(r"\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.DOTALL)
_LATE_THINK = re.compile(r"([^{]*?)</think(?:ing)?>", re.DOTALL)
_NUMBERED = re.compile(r'"record_(\d{1,3})"\s*:\s*')
_LIST = re.compile(r'"records"\s*:\s*\[|\A\s*(?:```\w*\s*)?\[')
_LAST_COMMA = re.compile(r",(?=\s*[}\]])")
_STRING_OR_COMMA = re.compile(rf'"(?:[^"\\]|\\.)*+"|"(?P<unclosed>.*)|{_LAST_COMMA.pattern}', re.DOTALL)


def split_reasoning(text: str) -> tuple[str | None, str]:
    """(reasoning, answer): a leading think block, closed or not, is taken off; None where there is none."""
    match = _THINK.match(text) or _LATE_THINK.match(text)
    if match is None:
        return None, text
    return match.group(1).strip() or None, text[match.end() :].lstrip("\n")


def voices(text: str, native: str | None, names: Collection[str], *, beside: bool = False) -> tuple[str | None, str]:
    """(reasoning, answer) in what was said, whatever the server takes for which: None where nothing was reasoned.

    The reasoning stands beside the answer (`native`) or before it in think tags; servers that constrain every
    token put the record itself where the reasoning belongs, behind it or alone. Without `names` the answer is plain
    text, and is kept as it is; `beside` says that the server sends reasoning beside the answer if there is any.
    """
    shown = native is not None and bool(native.strip())
    # Think tags in a plain answer of such a server are no block of it, but a leak, to be refused as such.
    told, answer = (None, text) if (shown or beside) and not names else split_reasoning(text)
    reasoning = native if shown else told
    if reasoning is not None and names and not answer.strip():
        before, record = _record_at_the_end(reasoning, names)
        if record:
            return before.strip() or None, record
    return reasoning, answer


def _record_at_the_end(text: str, names: Collection[str]) -> tuple[str, str]:
    """The text before the last JSON object that has one of the names, and that object; nothing where none is."""
    start, stop = text.rfind("{"), max(0, len(text) - MAX_CHARS)
    for _ in range(_MAX_CANDIDATES):
        if start < stop:
            break
        try:
            record, _ = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            pass
        else:
            if isinstance(record, dict) and any(name in record for name in names):
                return text[:start], text[start:]
        start = text.rfind("{", 0, start)
    return text, ""


def find_record(text: str, names: Collection[str]) -> dict[str, Any] | Reason:
    """The JSON object in an answer that knows most of the names (the first of equals), or what is wrong."""
    if len(text) > MAX_CHARS:
        return Reason("too_long", f"the answer has {len(text)} characters, at most {MAX_CHARS} are read")
    if not text.strip():
        return Reason("no_answer", "the answer is empty")
    if "{" not in text:
        return Reason("not_json", "the answer contains no JSON object")
    found = _first_objects(text, names)
    if isinstance(found, Reason) and (mended := _without_trailing_commas(text)) != text:
        again = _first_objects(mended, names)
        return found if isinstance(again, Reason) else again
    return found


def find_records(text: str, count: int) -> list[str] | None:
    """The first `count` records of an answer with several, each as it stands there; empty for one that is missing.

    They are what stands below numbered keys, each to its end or, where it is no sound object, to the next; without such
    keys the objects of a list, or all that there are. None: there are none. What one of them is does not depend on
    how many are wanted.
    """
    if len(text) > MAX_CHARS:
        return None
    numbered = _numbered(text)
    if numbered:
        return [numbered.get(number, "") for number in range(1, count + 1)]
    listed, whole = _objects(text)
    again, _ = (listed, whole) if whole else _objects(_without_trailing_commas(text))
    found = (again if len(again) > len(listed) else listed)[:count]
    return [*found, *[""] * (count - len(found))] if found else None


def _numbered(text: str) -> dict[int, str]:
    found: dict[int, str] = {}
    match = _NUMBERED.search(text)
    for _ in range(_MAX_CANDIDATES):
        if match is None:
            break
        start = match.end()
        try:
            _, end = _SLICER.raw_decode(text, start) if text.startswith("{", start) else (None, -1)
        except (ValueError, RecursionError):
            end = -1
        if end < 0:
            after = _NUMBERED.search(text, start)
            end = len(text) if after is None else after.start()
        found.setdefault(int(match[1]), text[start:end])
        match = _NUMBERED.search(text, end)
    return found


def _objects(text: str) -> tuple[list[str], bool]:
    opened = _LIST.search(text)
    found: list[str] = []
    start = text.find("{", opened.end() if opened else 0)
    while start >= 0:
        try:
            _, end = _SLICER.raw_decode(text, start)
        except (ValueError, RecursionError):
            return [*found, text[start:]], False
        found.append(text[start:end])
        start = text.find("{", end)
        if opened and "]" in text[end : max(start, end)]:
            break
    return found, True


class _FaultError(ValueError):
    """Valid JSON syntax that is no valid record, whatever stands around it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.reason = reason


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _FaultError(Reason("duplicate_key", f"the key '{twice[:80]}' occurs twice in one object"))
    return record


def _constant(name: str) -> Any:
    raise _FaultError(Reason("not_json", f"{name} is not a JSON number"))


# Not strict: models put bare line breaks into strings; other control characters are refused later.
_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, strict=False)

_SLICER = json.JSONDecoder(strict=False)


def _first_objects(text: str, names: Collection[str]) -> dict[str, Any] | Reason:
    best: dict[str, Any] | None = None
    most = -1
    first_fault: Reason | None = None
    start = text.find("{")
    for _ in range(_MAX_CANDIDATES):
        if start < 0:
            break
        try:
            record, end = _DECODER.raw_decode(text, start)
        except _FaultError as error:
            return error.reason
        except RecursionError:
            return Reason("too_deep", "the JSON is nested too deeply")
        except ValueError as error:
            fault = _syntax(error, text)
            first_fault = first_fault or fault
            if fault.code == "cut_off":
                break  # what stands whole inside half an object is not the record
            end = max(start + 1, getattr(error, "pos", 0))
        else:
            known = sum(name in record for name in names)
            if known > most:
                best, most = record, known
        start = text.find("{", end)
    return best if best is not None else first_fault or Reason("not_json", "the answer is no JSON object")


def _syntax(error: ValueError, text: str) -> Reason:
    if not isinstance(error, json.JSONDecodeError):
        return Reason("not_json", "a number in the JSON has too many digits")
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return Reason("cut_off", "the JSON object is cut off before its end")
    near = text[max(0, error.pos - 20) : error.pos + 20]
    return Reason("not_json", f"the JSON is broken at character {error.pos}, near {near!r}: {error.msg}")


def _without_trailing_commas(text: str) -> str:
    return _STRING_OR_COMMA.sub(_without_comma, text)


def _without_comma(match: re.Match[str]) -> str:
    rest = match["unclosed"]
    if rest is not None:
        return f'"{_LAST_COMMA.sub("", rest)}'
    return "" if match.group() == "," else match.group()
