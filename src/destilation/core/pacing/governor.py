"""How hard one model of one provider is asked: everything that may hold a request back, in one place.

A request may be sent when the window has room, the pause the server asked for is over, the breaker is closed
or its probe is due, and requests and tokens per minute allow it: by the limits that were told, by what the
server says is left, and by what its refusals have shown. Arithmetic only: time (seconds of a clock that goes
forward) and chance (0 to 1) are arguments, and the Pool is the one that waits.
"""

import math

from msgspec import Struct

from destilation.core.pacing.allowance import Allowance
from destilation.core.pacing.breaker import Breaker
from destilation.core.pacing.ceiling import Ceiling
from destilation.core.pacing.meter import Meter
from destilation.core.pacing.minute import Minute
from destilation.core.pacing.rate import Rate
from destilation.core.pacing.retry_budget import RetryBudget
from destilation.core.pacing.window import Window

MOST_PAUSE_S = 86_400.0
PARKED_S = 300.0
BLIND_PAUSE_S = 0.25
NEVER_ANSWERED = 6
GIVE_UP_S = 300.0
REFUSALS_IN_A_ROW = 10
SILENT_S = 10.0
FIRST_SILENT_S = 120.0
SILENT_LATENCIES = 6.0
FRESH_S = 10.0


class Limits(Struct, frozen=True, kw_only=True):
    """What is known of a provider beforehand: requests in flight at first and at most, limits per minute.

    `free` starts at full speed (the user said how many in flight, or there is no server); `call_tokens`
    is a first guess of the tokens that a call takes. `told` is the most in flight that the user set for the
    provider, which nothing raises.
    """

    first: int
    most: int
    rpm: float | None = None
    tpm: float | None = None
    free: bool = False
    call_tokens: float = 1_000.0
    told: int | None = None


class Ticket(Struct, frozen=True):
    """A request that was sent: its number, the time, its tokens as expected, and which of those in flight it is."""

    number: int
    sent: float
    tokens: float
    in_flight: int


class Governor:
    """The pace and the health of one entry of the mix."""

    def __init__(self, limits: Limits, now: float) -> None:
        self.retired: str | None = None
        self.breaker = Breaker()
        self.retries = RetryBudget(now)
        self.paused_until = now
        self.most = limits.most
        self._told_most = limits.told
        self._window = Window(limits.first, limits.most, fixed=limits.free)
        self._ceiling = Ceiling()
        self._minute = Minute() if limits.rpm is None else None
        self._rate = Rate(now, free=limits.free or limits.rpm is not None)
        self._requests = Meter(limits.rpm, now) if limits.rpm else None
        self._tokens = Meter(limits.tpm, now) if limits.tpm else None
        self._call_tokens = limits.call_tokens
        self._told: dict[str, tuple[float, float]] = {}
        self._flying: dict[int, float] = {}
        self._last_sent = -math.inf
        self._suspended = 0
        self._answers = 0
        self._refusals = 0
        self._last_good = now
        self._last_sign = now

    # What may be done.

    @property
    def in_flight(self) -> int:
        """Requests that wait for a reply and are still counted on."""
        return len(self._flying)

    @property
    def window(self) -> int:
        """How many requests may be in flight."""
        return self._window.size

    def per_minute(self, now: float) -> float | None:
        """The rate that was found, requests a minute; None while no limit is known."""
        if self._rate.limit is None:
            return None
        return 60 * self._rate.per_second(now)

    def parked(self, now: float) -> bool:
        """Whether the server asked for so long a pause that waiting for it is no plan."""
        return self.paused_until - now > PARKED_S

    def ready_at(self, now: float, *, again: bool = False) -> float:
        """When a request may be sent: `now` or earlier for now, infinity where only a reply can tell.

        `again` is for a request made again after a failure.
        """
        if self.retired is not None:
            return math.inf
        ready = max(self.paused_until, self.breaker.ready_at(now))
        if again and self.breaker.closed:
            ready = max(ready, self.retries.ready_at(now))
        if self.breaker.closed and len(self._flying) >= self._room(now):
            return math.inf
        ready = max(ready, self._rate.ready_at(now))
        if self._requests is not None:
            ready = max(ready, self._requests.ready_at(now, 1.0))
        if self._tokens is not None:
            ready = max(ready, self._tokens.ready_at(now, self._call_tokens))
        if self._minute is not None:
            ready = max(ready, self._minute.ready_at(now))
        for until, apart in self._told.values():
            ready = max(ready, min(until, self._last_sent + apart))
        return ready

    def _room(self, now: float) -> int:
        ceiling = self._ceiling.limit(now)
        return self._window.room if ceiling is None else min(ceiling, self._window.room)

    def quiet_at(self, now: float) -> float:
        """When the silence of the server becomes suspicious: infinity while nothing is awaited."""
        if not self._flying or not self.breaker.closed or self.retired is not None:
            return math.inf
        known = self._window.latency_s
        patience = FIRST_SILENT_S if known is None else max(SILENT_S, SILENT_LATENCIES * known)
        return max(self._last_sign, min(self._flying.values())) + patience

    # What the user wants.

    def allow(self, most: int) -> None:
        """Let no more than `most` be in flight, nor more than the provider was configured to take."""
        self.most = most if self._told_most is None else min(most, self._told_most)
        self._window.allow(self.most)

    def restore(self, now: float) -> None:
        """Ask again, though it was retired: what it did wrong until now is forgotten."""
        self.retired = None
        self.paused_until = min(self.paused_until, now)
        self._refusals = 0
        self._last_good = now

    # What happened.

    def begin(self, now: float, chance: float, *, again: bool = False) -> Ticket:
        """A request is sent."""
        if again:
            self.retries.spend(now)
        number = self._rate.send(now)
        self.breaker.send(now, chance)
        if self._minute is not None:
            self._minute.send(number, now)
        if self._requests is not None:
            self._requests.spend(now, 1.0)
        if self._tokens is not None:
            self._tokens.spend(now, self._call_tokens)
        self._flying[number] = self._last_sent = now
        return Ticket(number, now, self._call_tokens, len(self._flying))

    def answered(self, ticket: Ticket, now: float, tokens: float, left: Allowance | None = None) -> bool:
        """An answer came that took so many tokens; True when that ended an outage."""
        self._landed(ticket, now)
        self._answers += 1
        self._refusals = 0
        self._last_good = now
        self._rate.admitted(now, now - ticket.sent)
        self._window.answered(ticket.in_flight, ticket.sent, now)
        self._ceiling.admitted(ticket.in_flight, ticket.sent, now)
        self.retries.answered()
        if tokens > 0:
            self._call_tokens += (tokens - self._call_tokens) / min(self._answers, 20)
            if self._tokens is not None:
                self._tokens.spend(now, tokens - ticket.tokens)
        self._tell(left, ticket, now)
        restored = self.breaker.answered(ticket.sent)
        if restored and ticket.number > self._suspended:
            self._restore(ticket, now)
        return restored

    def throttled(self, ticket: Ticket, now: float, wait: float | None, chance: float) -> float:
        """The server refused for rate or load: how many seconds it is left alone (0: that was known already).

        A wait that the server names is honoured to the end, with a little jitter.
        """
        self._landed(ticket, now)
        if wait is not None:
            wait = min(max(wait, 0.0), MOST_PAUSE_S)
            wait += chance * min(BLIND_PAUSE_S, 0.01 + wait / 10)
        if self._minute is not None and self._minute.refused(ticket.number, now, wait):
            self._rate.forget()
            first = False
        else:
            first = self._rate.refused(ticket.number, ticket.sent, now, wait)
        if first and wait is None and self._ceiling.refused(ticket.in_flight, now):
            self._rate.forget()
        if not first and wait is None:
            return 0.0
        pause = chance * BLIND_PAUSE_S if wait is None else wait
        if now + pause > self.paused_until:
            self.paused_until = now + pause
            if not first:
                self._rate.hold(self.paused_until)
            elif wait is None:
                self._rate.resume(self.paused_until)
        return pause

    def failed(self, ticket: Ticket, now: float, error: str, chance: float) -> bool:
        """The server broke or did not answer; True when that opened the breaker. May retire it."""
        self._landed(ticket, now)
        opened = self.breaker.failed(now, chance)
        if opened:
            self._suspended = self._rate.sent
        failures = self.breaker.failures
        if not self._answers and failures >= NEVER_ANSWERED:
            self.retired = f"never answered: {error}"
        elif failures >= NEVER_ANSWERED and now - self._last_good >= GIVE_UP_S:
            self.retired = f"no answer for {GIVE_UP_S:.0f} s: {error}"
        return opened

    def refused(self, ticket: Ticket, now: float, error: str) -> None:
        """The server refused one prompt; if it refuses one after the other, it is retired."""
        self._landed(ticket, now)
        self._refusals += 1
        if self._refusals >= REFUSALS_IN_A_ROW:
            self.retired = f"refused {self._refusals} prompts in a row: {error}"

    def given_up(self, ticket: Ticket) -> None:
        """Nobody waits for this request any more."""
        self._flying.pop(ticket.number, None)

    def silent(self, now: float, chance: float) -> bool:
        """Open the breaker if nothing was heard for suspiciously long; True when it did."""
        if now < self.quiet_at(now):
            return False
        self._suspended = self._rate.sent
        return self.breaker.open(now, chance, silent=True)

    def _landed(self, ticket: Ticket, now: float) -> None:
        self._flying.pop(ticket.number, None)
        self._last_sign = now

    def _restore(self, probe: Ticket, now: float) -> None:
        """Requests that went out before the probe and still hang are not counted on any more."""
        self._flying = {number: sent for number, sent in self._flying.items() if number > probe.number}
        self._window.halve(now)
        self._rate.restart(now)
        self.retries.recovered()

    def _tell(self, left: Allowance | None, ticket: Ticket, now: float) -> None:
        """Take what the server says is left, less what was sent since, spread until it is fresh again."""
        if left is None or now - ticket.sent > FRESH_S:
            return
        for kind, found, each in (("requests", left.requests, 1.0), ("tokens", left.tokens, self._call_tokens)):
            if found is None or not found.low:
                self._told.pop(kind, None)
                continue
            since = (self._rate.sent - ticket.number) * each
            calls = max(found.remaining - since, found.remaining / 4) / each
            self._told[kind] = (now + found.reset_s, found.reset_s / max(calls, 1e-3))
