"""Events folded into counts, rates and throughput. Knows no clock (the time is an argument) and no file.

Constant work per event and memory that does not grow with the dataset. The ledger of earlier runs is folded
through the same door: with `now=None` a fact counts, but not for the throughput of this run.
"""

import math
from collections import Counter, defaultdict, deque
from collections.abc import Mapping

from destilation.core import events
from destilation.core.display import display_safe
from destilation.core.provider import Way
from destilation.core.spend import Charge

WINDOW_S = 60.0
_BUCKET = math.log(1.1)


class Latency:
    """A distribution of seconds in buckets 10 % wide."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        """Count one duration in seconds."""
        self._counts[math.floor(math.log(max(seconds, 1e-6)) / _BUCKET)] += 1

    def counts(self) -> dict[int, int]:
        """How many durations there are in each bucket that has some."""
        return dict(self._counts)

    def take(self, counts: Mapping[int, int]) -> None:
        """Count those as well."""
        self._counts.update(counts)

    def quantile(self, share: float) -> float:
        """The duration in seconds that `share` (0 to 1) of all stay below, within 5 %; 0 for none."""
        wanted = share * self._counts.total()
        for bucket, count in sorted(self._counts.items()):
            wanted -= count
            if wanted <= 0:
                return round(math.exp((bucket + 0.5) * _BUCKET), 6)
        return 0.0


class Tokens:
    """Tokens in, out, and the part of out that was reasoning."""

    def __init__(self) -> None:
        self.into = self.out = self.reasoning = 0

    def add(self, event: events.CompletionReceived) -> None:
        """Count one answer."""
        self.into += event.tokens_in
        self.out += event.tokens_out
        self.reasoning += event.tokens_reasoning

    def summary(self) -> dict[str, int]:
        """As in `metadata.json`."""
        return {"in": self.into, "out": self.out, "reasoning": self.reasoning}


class ProviderProgress:
    """How one entry of the mix is doing."""

    def __init__(self) -> None:
        self.requests = self.accepted = self.rejected = self.errors = self.throttled = self.in_flight = 0
        self.answers = 0
        self.way: str | None = None
        self.retired: str | None = None
        self.suspended: str | None = None
        self.limit: int | None = None
        self.share: float | None = None
        self.cost_usd = 0.0
        self.unanswered_usd = 0.0
        self.tokens = Tokens()
        self.latency = Latency()

    def summary(self) -> dict[str, object]:
        """As in `metadata.json`."""
        return {
            "requests": self.requests,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "errors": self.errors,
            "throttled": self.throttled,
            "retired": self.retired,
            "suspended": self.suspended,
            "in_flight": self.in_flight,
            "limit": self.limit,
            "share": self.share,
            "tokens": self.tokens.summary(),
            "cost_usd": round(self.cost_usd, 9),
            "way": self.way,
            "latency_s": {"p50": self.latency.quantile(0.5), "p95": self.latency.quantile(0.95)},
        }


class Verdicts:
    """What became of the answers of one model at one stage."""

    def __init__(self) -> None:
        self.model = ""
        self.answers = 0
        self.rejected = 0

    def summary(self, stage: str, provider: str) -> dict[str, object]:
        """As in `metadata.json`. Answers that wait for a later stage are not refused."""
        rate = 1 - self.rejected / self.answers if self.answers else 0.0
        named = {"stage": stage, "provider": provider, "model": display_safe(self.model, 120)}
        return {**named, "answers": self.answers, "rejected": self.rejected, "rate": round(max(rate, 0.0), 4)}


class Progress:
    """The fold of all facts so far."""

    def __init__(self) -> None:
        self.target = 0
        self.accepted = 0
        self.attempts = self.replies = 0
        self.accepted_first_try = 0
        self.abandoned = 0
        self.cost_usd = 0.0
        self.unanswered_usd = 0.0
        self.unanswered_tokens = 0
        self.budget_usd: float | None = None
        self.budget_used: float | None = None
        self.concurrency: int | None = None
        self.paused = False
        self.state = "running"
        self.tokens = Tokens()
        self.rejected: dict[str, Counter[str]] = {}
        self.providers: defaultdict[str, ProviderProgress] = defaultdict(ProviderProgress)
        self.verdicts: defaultdict[tuple[str, str], Verdicts] = defaultdict(Verdicts)
        self._recent: deque[tuple[int, int]] = deque()
        self.began: float | None = None

    @property
    def rejections(self) -> int:
        """How many answers were refused."""
        return sum(codes.total() for codes in self.rejected.values())

    @property
    def in_flight(self) -> int:
        """How many requests wait for an answer."""
        return sum(provider.in_flight for provider in self.providers.values())

    def reasons(self) -> Counter[str]:
        """How many answers were refused for each reason, whatever the layer."""
        total: Counter[str] = Counter()
        for codes in self.rejected.values():
            total.update(codes)
        return total

    def see(self, event: events.Event, now: float | None = None) -> None:
        """Fold one fact in. `now` is the time in seconds of any clock that only goes forward."""
        match event:
            case events.AttemptStarted():
                provider = self.providers[event.provider]
                provider.requests += 1
                provider.in_flight += 1
            case events.CompletionReceived():
                self._answer(event, live=now is not None)
            case events.Accepted():
                self._accept(event, now)
            case events.Rejected():
                self.rejected.setdefault(event.layer, Counter())[event.codes[0]] += 1
                self.providers[event.provider].rejected += 1
                self.verdicts[event.stage, event.provider].rejected += 1
            case events.Abandoned():
                self.abandoned += 1
            case events.RunStarted():
                self.target, self.state, self.began = event.target, "running", now
                self.budget_usd, self.paused = event.budget_usd, False
                for label in event.providers:
                    self.providers[label].in_flight = 0
            case events.RunEnded():
                self.state = event.state
            case _:
                self._see_provider(event)
                self._see_steering(event)

    def _see_steering(self, event: events.Event) -> None:
        match event:
            case events.Paused() | events.Resumed():
                self.paused = isinstance(event, events.Paused)
            case events.TargetChanged():
                self.target = event.target
            case events.BudgetChanged():
                self.budget_usd, self.budget_used = event.usd, None
            case events.ShareChanged():
                self.providers[event.provider].share = event.share
            case events.ConcurrencyChanged():
                if event.provider:
                    self.providers[event.provider].limit = event.limit
                else:
                    self.concurrency = event.limit

    def _see_provider(self, event: events.Event) -> None:
        match event:
            case events.ProviderThrottled():
                provider = self.providers[event.provider]
                provider.throttled += 1
                provider.in_flight -= 1
            case events.ProviderFailed():
                provider = self.providers[event.provider]
                provider.errors += 1
                provider.in_flight -= 1
            case events.ProviderRetired():
                self.providers[event.provider].retired = event.error
            case events.ProviderSuspended():
                self.providers[event.provider].suspended = event.error
            case events.ProviderRestored():
                provider = self.providers[event.provider]
                provider.retired = provider.suspended = None
            case events.Charged():
                for place in (self, self.providers[event.provider]):
                    place.cost_usd += event.usd
                    place.unanswered_usd += event.usd
                self.unanswered_tokens += event.tokens
            case events.WayFound():
                self.providers[event.provider].way = Way(event.rung, event.reasoning, event.why).words
            case events.BudgetWarning():
                self.budget_used = event.used

    def spent(self) -> Charge:
        """What counts against the caps so far: every answer, and what may have been charged without one."""
        tokens = self.tokens.into + self.tokens.out + self.unanswered_tokens
        return Charge(self.cost_usd, tokens, self.replies)

    def throughput(self, now: float) -> float:
        """Accepted samples per minute over the last 60 seconds (or since the run began, if that is less)."""
        while self._recent and self._recent[0][0] < now - WINDOW_S:
            self._recent.popleft()
        began = now if self.began is None else self.began
        seconds = min(WINDOW_S, max(now - began, 1.0))
        return sum(count for _, count in self._recent) * 60.0 / seconds

    def summary(self, now: float) -> dict[str, object]:
        """The counts as in `metadata.json`."""
        return {
            "target": self.target,
            "accepted": self.accepted,
            "state": self.state,
            "paused": self.paused,
            "concurrency": self.concurrency,
            "budget_usd": self.budget_usd,
            "attempts": self.attempts,
            "accepted_first_try": self.accepted_first_try,
            "rejected": {layer: dict(codes.most_common()) for layer, codes in sorted(self.rejected.items())},
            "abandoned": self.abandoned,
            "throughput_per_minute": round(self.throughput(now), 3),
            "cost_usd": round(self.cost_usd, 9),
            "unanswered_usd": round(self.unanswered_usd, 9),
            "tokens": self.tokens.summary(),
            "providers": {label: self.providers[label].summary() for label in sorted(self.providers)},
            "acceptance": [self.verdicts[key].summary(*key) for key in sorted(self.verdicts)],
        }

    def _answer(self, event: events.CompletionReceived, *, live: bool) -> None:
        provider = self.providers[event.provider]
        self.attempts += 1
        if not event.follows:
            self.replies += 1
            provider.in_flight -= live
            provider.requests += not live
            provider.latency.add(event.seconds)
        provider.answers += 1
        verdicts = self.verdicts[event.stage, event.provider]
        verdicts.answers += 1
        verdicts.model = event.model
        for place in (self, provider):
            place.cost_usd += event.cost_usd
            place.tokens.add(event)

    def _accept(self, event: events.Accepted, now: float | None) -> None:
        self.accepted += 1
        self.accepted_first_try += event.first or event.attempt == 1
        self.providers[event.provider].accepted += 1
        if now is None:
            return
        second = int(now)
        if self._recent and self._recent[-1][0] == second:
            self._recent[-1] = (second, self._recent[-1][1] + 1)
        else:
            self._recent.append((second, 1))
