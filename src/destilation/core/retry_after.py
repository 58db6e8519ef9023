"""How long a server asks to be left alone, read from its headers. Knows no clock: the time is an argument.

Formats: RFC 9110 section 10.2.3 (seconds or a date), `retry-after-ms` and Go-like durations as OpenAI sends
them, epochs in seconds or milliseconds as others do. What cannot be read is None, never an error.
"""

import math
import re
from calendar import timegm
from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz

MOST_SECONDS = 86_400.0

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|us|\u00b5s|ns|h|m|s))+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|us|\u00b5s|ns|h|m|s)")
_UNIT = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "\u00b5s": 1e-6, "ns": 1e-9}
_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_EPOCH_S = 1e9
_EPOCH_MS = 1e12
_EXHAUSTED = ("requests", "tokens")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from `now` (epoch) until the server wants to be asked again, 0 to 86 400; None when unsaid.

    `headers` has lower-case names. The millisecond header is the most exact and comes first, as in OpenAI's
    own client; resets of limits count only where the server named no wait.
    """
    exact = _number(headers.get("retry-after-ms", ""))
    if exact is not None:
        return clamped(exact / 1000)
    named = headers.get("retry-after", "").strip()
    seconds = _number(named)
    if seconds is None:
        seconds = _until(named, now)
    return clamped(seconds) if seconds is not None else _reset(headers, now)


def clamped(seconds: float) -> float:
    """The wait within what is honoured: nothing for the past, at most a day."""
    return min(max(seconds, 0.0), MOST_SECONDS)


def span(text: str, now: float) -> float | None:
    """A reset value in seconds from now: `6m0s`, `12ms`, seconds, an epoch or a date; None for -1 and junk."""
    text = text.strip()
    if _DURATION.fullmatch(text):
        return sum(float(amount) * _UNIT[unit] for amount, unit in _PART.findall(text))
    number = _number(text)
    if number is None:
        return _until(text, now)
    if number < 0:
        return None
    if number > _EPOCH_MS:
        return number / 1000 - now
    return number - now if number > _EPOCH_S else number


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    used_up = [kind for kind in _EXHAUSTED if _number(headers.get(f"x-ratelimit-remaining-{kind}", "")) == 0]
    names = [f"x-ratelimit-reset-{kind}" for kind in used_up] or ["x-ratelimit-reset"]
    waits = [wait for name in names if (wait := span(headers.get(name, ""), now)) is not None]
    return clamped(max(waits)) if waits else None


def _number(text: str) -> float | None:
    text = text.strip()
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None


def _until(text: str, now: float) -> float | None:
    try:
        moment = _rfc3339(text)
        if moment is None and (parsed := parsedate_tz(text)) is not None:
            moment = mktime_tz((*parsed[:9], parsed[9] or 0))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return None if moment is None else moment - now


def _rfc3339(text: str) -> float | None:
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    parts = [int(part) for part in match.groups()[:6]]
    sign, hours, minutes = match.groups()[6:]
    offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1) if sign else 0
    return float(timegm((*parts, 0, 0, 0)) - offset)
