"""All that the dashboard knows of a job: the fold of its facts, rates over time, and the lines of its event list."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from destilation.core import events
from destilation.core.display import display_safe
from destilation.core.progress import Latency, Progress
from destilation.core.snapshot import restored
from destilation.tui.model.entry import Entry, entry_of
from destilation.tui.model.series import Series

MOST_ENTRIES = 20_000
WINDOWS: dict[str, float | None] = {"1m": 60.0, "5m": 300.0, "15m": 900.0, "1h": 3600.0, "all": None}


class Board:
    """Begins with `metadata.json` (None: with nothing) and sees the facts since. Times are seconds since 1970."""

    def __init__(self, document: Mapping[str, Any] | None, updated: float) -> None:
        known = document or {}
        self.name = _text(known.get("job"))
        self.template = _text(known.get("template"))
        self.progress = restored(known) or Progress()
        self.accepts, self.tokens, self.dollars = Series(), Series(), Series()
        self.latencies: dict[str, Latency] = {}
        self.throttled_until: dict[str, float] = {}
        self.retries = 0
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self.places: deque[int] = deque(maxlen=MOST_ENTRIES)
        self.seen = 0
        self.running = False
        self.stopping = False
        self.exit_code: int | None = None
        elapsed = known.get("elapsed_s")
        self._elapsed = float(elapsed) if isinstance(elapsed, int | float) else 0.0
        self._elapsed_at = updated

    def see(self, t: float, event: events.Event, *, counted: bool = False, place: int = 0) -> None:
        """Take a fact in, which stands at a place of the log.

        `counted` facts are in the snapshot already: they are for the list and the rates only.
        """
        if not counted:
            self.progress.see(event, t)
        match event:
            case events.Accepted():
                self.accepts.add(t)
            case events.CompletionReceived(provider=label):
                self.tokens.add(t, event.tokens_in + event.tokens_out)
                self.dollars.add(t, event.cost_usd)
                if not event.follows:
                    self.latencies.setdefault(label, Latency()).add(event.seconds)
            case events.AttemptStarted(attempt=attempt):
                self.retries += attempt > 1
            case events.ProviderThrottled(provider=label, seconds=seconds):
                self.throttled_until[label] = t + seconds
            case events.RunStarted():
                self.name = self.name or _text(event.job)
                self.template = self.template or _text(event.template)
                self.stopping, self.exit_code = False, None
                if not counted:
                    self._elapsed_at = t
                for series in (self.accepts, self.tokens, self.dollars):
                    series.begin(t)
            case events.Stopping():
                self.stopping = True
            case events.RunEnded(exit_code=code):
                self.exit_code = None if counted and self.running else code
                if not counted:
                    self._elapsed, self._elapsed_at = self._elapsed + max(0.0, t - self._elapsed_at), t
        entry = entry_of(t, event)
        if entry is not None:
            self.entries.append(entry)
            self.places.append(place)
            self.seen += 1

    def elapsed(self, now: float) -> float:
        """Seconds of work, of all runs."""
        return self._elapsed + (max(0.0, now - self._elapsed_at) if self.running else 0.0)

    def rate(self, now: float) -> float:
        """Accepted samples a minute, over the last minute."""
        return self.accepts.rate(now)

    def eta(self, now: float) -> float | None:
        """Seconds to the target at the rate of the last five minutes; None where there is none."""
        rate = self.accepts.rate(now, 300.0)
        left = self.progress.target - self.progress.accepted
        return 60 * left / rate if rate > 0 and left > 0 and self.running else None

    def state(self) -> str:
        """One word: what the job is doing."""
        if self.running:
            return "STOPPING" if self.stopping else "PAUSED" if self.progress.paused else "RUNNING"
        words = {"met": "DONE", "running": "LOST", "short": "STOPPED SHORT", "no_provider": "NO PROVIDER"}
        return words.get(self.progress.state, display_safe(self.progress.state, 20).upper())

    def model_of(self, label: str) -> str:
        """The model that a provider's replies name; empty before the first."""
        names = [each.model for (_, whose), each in self.progress.verdicts.items() if whose == label and each.model]
        return display_safe(names[-1], 40) if names else ""

    def provider_state(self, label: str, now: float) -> str:
        """One or two words: how a provider is."""
        provider = self.progress.providers[label]
        if provider.retired is not None:
            return "retired"
        if provider.suspended is not None:
            return "suspended"
        wait = self.throttled_until.get(label, 0.0) - now
        return f"throttled {wait:.0f} s" if wait > 0.5 else "ok"


def _text(value: object) -> str:
    return display_safe(value, 80) if isinstance(value, str) else ""
