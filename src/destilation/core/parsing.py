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
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+"|,(?=\s*[}\]])', re.DOTALL)


def split_reasoning(text: str) -> tuple[str | None, str]:
    """(reasoning, answer): a leading think block, closed or not, is taken off; None where there is none."""
    match = _THINK.match(text) or _LATE_THINK.match(text)
    if match is None:
        return None, text
    return match.group(1).strip() or None, text[match.end() :]


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
    return _STRING_OR_COMMA.sub(lambda match: "" if match.group() == "," else match.group(), text)
