"""What a server says of its limits in the headers of a reply. Knows no clock: the time is an argument.

Names and forms: OpenAI's `x-ratelimit-remaining-requests`, `-reset-requests` (and `-tokens`) as most servers
copied them, and the bare `x-ratelimit-remaining`, `-reset`. A reset is seconds, a Go-like duration, an epoch
or a date; -1 and junk are nothing.
"""

import math
from collections.abc import Mapping

from msgspec import Struct

from destilation.core.retry_after import span


class Left(Struct, frozen=True):
    """`remaining` of `limit` (None: unsaid) until the count is fresh again in `reset_s` seconds."""

    remaining: float
    reset_s: float
    limit: float | None = None

    @property
    def low(self) -> bool:
        """Whether half of the limit or more is used, or nobody says what the limit is."""
        return self.limit is None or self.remaining * 2 <= self.limit


class Allowance(Struct, frozen=True):
    """What is left of requests and of tokens; None where the server does not say."""

    requests: Left | None = None
    tokens: Left | None = None


def allowance(headers: Mapping[str, str], now: float) -> Allowance | None:
    """What the headers (lower-case names) of a reply received at `now` (epoch seconds) say; None for nothing."""
    requests = _left(headers, "-requests", now) or _left(headers, "", now)
    tokens = _left(headers, "-tokens", now)
    return Allowance(requests, tokens) if requests or tokens else None


def _left(headers: Mapping[str, str], kind: str, now: float) -> Left | None:
    told = headers.get(f"x-ratelimit-remaining{kind}")
    if told is None:
        return None
    remaining = _count(told)
    reset = span(headers.get(f"x-ratelimit-reset{kind}", ""), now)
    if remaining is None or reset is None or reset < 0:
        return None
    return Left(remaining, reset, _count(headers.get(f"x-ratelimit-limit{kind}")))


def _count(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
