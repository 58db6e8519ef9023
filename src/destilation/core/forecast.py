"""What a target will take, judged by a few answers: low, likely and high. Arithmetic only."""

import math
from collections.abc import Sequence
from statistics import fmean, pstdev

from msgspec import Struct

Z = 1.645
"""Nine of ten intervals of this many standard errors hold the true value (normal distribution)."""


class Range(Struct, frozen=True):
    """A quantity: it is likely about `likely`, and with nine chances in ten between `low` and `high`."""

    low: float
    likely: float
    high: float


class Seen(Struct, frozen=True, kw_only=True):
    """What was seen so far: of each answer its seconds, tokens and US dollars; samples and requests in all."""

    seconds: Sequence[float]
    tokens: Sequence[int]
    usd: Sequence[float]
    accepted: int
    requests: int
    elapsed_s: float


class Forecast(Struct, frozen=True, kw_only=True):
    """For `missing` samples: requests, tokens, US dollars, seconds; the share of answers that are accepted."""

    missing: int
    acceptance: Range
    requests: Range
    tokens: Range
    usd: Range
    seconds: Range


def forecast(seen: Seen, missing: int, in_flight: int, per_minute: float | None) -> Forecast:
    """The forecast for `missing` more samples with so many requests in flight, and so many a minute at most.

    Needs at least one answer and one sample. Acceptance by Wilson's interval, sums by the standard error of
    the mean; the time is at least what the limits allow and at most the pace of the answers seen so far.
    """
    answers = len(seen.seconds)
    acceptance = wilson(min(seen.accepted, answers), answers)
    needed = Range(missing / acceptance.high, missing / acceptance.likely, missing / acceptance.low)
    each = seen.requests / answers  # more than one where requests fail, fewer where one brings several records
    together = min(each, 1.0)
    requests = Range(needed.low * together, needed.likely * each, needed.high * each)
    quick = fmean(seen.seconds) * together / in_flight
    if per_minute:
        quick = max(quick, 60 * together / per_minute)
    slow = max(seen.elapsed_s / answers, quick)
    return Forecast(
        missing=missing,
        acceptance=acceptance,
        requests=requests,
        tokens=_sum(seen.tokens, needed),
        usd=_sum(seen.usd, needed),
        seconds=Range(needed.low * quick, needed.likely * math.sqrt(quick * slow), needed.high * slow),
    )


def wilson(good: int, of: int) -> Range:
    """A share and its interval (Wilson, 1927), which never reaches 0 where anything was good."""
    share, square = good / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Range(max(middle - half, 1e-6), max(share, 1e-6), min(middle + half, 1.0))


def _sum(values: Sequence[float], needed: Range) -> Range:
    mean, error = fmean(values), Z * pstdev(values) / math.sqrt(len(values))
    return Range(needed.low * max(mean - error, 0.0), needed.likely * mean, needed.high * (mean + error))
