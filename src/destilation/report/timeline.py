"""Samples, refusals and dollars over the time that was worked, in a bounded number of spans.

Told by the facts of the runs, the older files first; where there are none, by the times in the provenance. What
lies between two runs, or passes in silence for an hour, is no work.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from destilation.errors import DestilationError
from destilation.report.read import rows
from destilation.storage.layout import EVENTS, PROVENANCE

MOST_SPANS = 120
_FIRST_WIDTH_S = 1 / 16
_SILENCE_S = 3600.0


class Span(Struct):
    """What happened within one span of time; US dollars."""

    accepted: int = 0
    refused: int = 0
    usd: float = 0.0


class Timeline(Struct):
    """Spans of `width_s` seconds of work each, from its beginning; `told_by` is the file that says so."""

    told_by: str
    width_s: float = _FIRST_WIDTH_S
    spans: list[Span] = []

    @property
    def accepted(self) -> int:
        """How many samples are in it."""
        return sum(span.accepted for span in self.spans)

    def at(self, second: float) -> Span:
        """The span of a second; spans are joined in pairs when they become too many."""
        while second >= self.width_s * MOST_SPANS:
            self._widen()
        while second >= self.width_s * len(self.spans):
            self.spans.append(Span())
        return self.spans[int(second / self.width_s)]

    def _widen(self) -> None:
        pairs = zip(self.spans[::2], [*self.spans[1::2], Span()], strict=False)
        self.spans = [
            Span(one.accepted + other.accepted, one.refused + other.refused, one.usd + other.usd)
            for one, other in pairs
        ]
        self.width_s *= 2


class _Fact(Struct):
    """What is needed of a line of `.events.jsonl`."""

    kind: str
    t: datetime
    cost_usd: float = 0.0
    usd: float = 0.0


class _Made(Struct):
    """What is needed of a line of `provenance.jsonl`."""

    t: datetime
    cost_usd: float = 0.0


class _Worked:
    """Seconds of work up to a moment."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._seconds = 0.0

    def until(self, moment: datetime, *, begins: bool = False) -> float:
        """A clock that was set back adds nothing, nor does what was before a run began."""
        if self._last is not None and not begins:
            passed = (moment - self._last).total_seconds()
            self._seconds += passed if 0 < passed < _SILENCE_S else 0.0
        self._last = moment
        return self._seconds


def timeline_of(folder: Path) -> Timeline:
    """The timeline of all runs. Raises OSError, DamagedError where the provenance cannot be read."""
    found = Timeline(EVENTS, spans=[])
    worked = _Worked()
    for fact in _facts(folder):
        span = found.at(worked.until(_aware(fact.t), begins=fact.kind == "run_started"))
        span.accepted += fact.kind == "accepted"
        span.refused += fact.kind == "rejected"
        span.usd += fact.cost_usd if fact.kind == "completion_received" else 0.0
        span.usd += fact.usd if fact.kind == "charged" else 0.0
    return found if found.accepted else _from_provenance(folder)


def _from_provenance(folder: Path) -> Timeline:
    found = Timeline(PROVENANCE, spans=[])
    worked = _Worked()
    for _, made in rows(folder / PROVENANCE, _Made):
        span = found.at(worked.until(_aware(made.t)))
        span.accepted += 1
        span.usd += made.cost_usd
    return found


def _facts(folder: Path) -> Iterator[_Fact]:
    """The facts in order, up to what cannot be read: they are a help, and never an obstacle."""
    older = [path for path in folder.glob(".events.*.jsonl") if re.fullmatch(r"\.events\.\d+\.jsonl", path.name)]
    for path in [*sorted(older, key=lambda path: -int(path.name.split(".")[2])), folder / EVENTS]:
        try:
            for _, fact in rows(path, _Fact):
                yield fact
        except (OSError, DestilationError):
            continue


def _aware(moment: datetime) -> datetime:
    """The moment without its zone: all times in the files are UTC."""
    return moment.replace(tzinfo=None)
