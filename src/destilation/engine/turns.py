"""Who may send next, and to whom: the one place that waits.

A request is sent when the Governor of an entry lets it, the mix says that it is its turn, and the cap leaves
room for the most that it can cost. No worker sleeps or asks again: all wait in two lines, and one alarm is set
for the earliest moment at which something can change.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from destilation.core import events
from destilation.core.job import Attempts
from destilation.core.mix import Mix
from destilation.core.pacing.governor import Governor, Ticket
from destilation.core.provider import Prompt, Provider
from destilation.core.spend import Charge, Spend
from destilation.core.tariff import Tariff
from destilation.errors import NoProviderError, SpendCapError

_TICK_S = 0.0005

Emit = Callable[[events.Event], None]


class PoolClosedError(Exception):
    """No more requests are sent: the run is being stopped."""


class Entry(Struct, frozen=True):
    """One entry of the mix: who is asked, how hard it may be asked, what that can cost, and what it is there for.

    `stage` is the stage of the job that asks it.
    """

    provider: Provider
    governor: Governor
    tariff: Tariff
    attempts: Attempts | None = None
    stage: str = ""

    def serves(self, prompt: Prompt) -> bool:
        """Whether it is there for a first attempt, or for a retry."""
        return self.attempts is None or (self.attempts == "retry") == prompt.again


class Seat(Struct, frozen=True):
    """Leave to send one request: to whom, and what is reserved for it."""

    entry: int
    ticket: Ticket
    reserved: Charge


class _Waiter(Struct, eq=False):
    """A prompt that waits for its turn; `avoid` is the entry that just failed it."""

    prompt: Prompt
    seat: asyncio.Future[Seat]
    again: bool
    avoid: int | None


class Turns:
    """The lines of those who wait, one pair a stage. Arguments as for the Pool."""

    def __init__(
        self,
        entries: Sequence[Entry],
        mix: Mix,
        spend: Spend,
        *,
        emit: Emit,
        clock: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        self.entries = entries
        self.mix = mix
        self.spend = spend
        self._emit = emit
        self._clock = clock
        self._chance = chance
        stages = dict.fromkeys(entry.stage for entry in entries)
        self._of = {stage: [at for at, entry in enumerate(entries) if entry.stage == stage] for stage in stages}
        self._first = next(iter(stages), "")
        self._by_attempt = any(entry.attempts is not None for entry in entries)
        # Prompts in hand that failed elsewhere go before new ones, and later stages before earlier ones.
        self._lines: dict[tuple[str, bool], deque[_Waiter]] = {
            (stage, again): deque() for stage in reversed(stages) for again in (True, False)
        }
        self._alarm: asyncio.TimerHandle | None = None
        self._paused = False
        self._end: Exception | None = None

    async def take(self, prompt: Prompt, *, again: bool, avoid: int | None) -> Seat:
        """Wait until the prompt may be sent to somebody; `again` after a failure of the entry `avoid`.

        Raises NoProviderError, SpendCapError, or what `close` was given.
        """
        if self._end is not None:
            raise self._end
        waiter = _Waiter(prompt, asyncio.get_running_loop().create_future(), again, avoid)
        self._lines[self._stage(prompt), again].append(waiter)
        self.pump()
        try:
            return await waiter.seat
        except asyncio.CancelledError:
            if waiter.seat.done() and not waiter.seat.cancelled() and waiter.seat.exception() is None:
                self._give_back(waiter.seat.result(), prompt.records)
            raise

    def _give_back(self, seat: Seat, records: int) -> None:
        self.mix.give_back(seat.entry, records)
        self.entries[seat.entry].governor.given_up(seat.ticket)
        self.spend.settle(seat.reserved, Charge(requests=0))
        self.pump()

    def pause(self) -> None:
        """Seat nobody until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Seat again."""
        self._paused = False
        self.pump()

    def pump(self) -> None:
        """Seat as many of those who wait as may be sent now, and set the alarm for the next."""
        if self._paused or not any(self._lines.values()):
            return
        now = self._clock()
        for line in self._lines.values():
            while line and self._end is None:
                waiter = line[0]
                if not waiter.seat.done():
                    seat = self._seat_for(waiter, now)
                    if seat is None:
                        break
                    waiter.seat.set_result(seat)
                line.popleft()
        if self._end is None and any(self._lines.values()):
            self._set_alarm(now)

    def _seat_for(self, waiter: _Waiter, now: float) -> Seat | None:
        able = [number for number in self._asked(waiter.prompt) if self._able(self.entries[number], waiter, now)]
        if self._by_attempt:
            able = self._for_attempt(able, waiter.prompt)
        if waiter.avoid in able and len(able) > 1:
            able.remove(waiter.avoid)
        while able:
            chosen = self.mix.turn(able)
            entry = self.entries[chosen]
            reserved = self.spend.reserve(entry.tariff.worst(waiter.prompt))
            if reserved is not None:
                self.mix.begin(chosen, waiter.prompt.records)
                return Seat(chosen, entry.governor.begin(now, self._chance(), again=waiter.again), reserved)
            able.remove(chosen)
        self._look_for_the_end(waiter, now)
        return None

    @staticmethod
    def _able(entry: Entry, waiter: _Waiter, now: float) -> bool:
        governor = entry.governor
        return governor.ready_at(now, again=waiter.again) <= now + _TICK_S and (
            not governor.in_flight or entry.provider.sure(waiter.prompt)
        )

    def _for_attempt(self, able: list[int], prompt: Prompt) -> list[int]:
        """Those that are there for the attempt; all, where none of those is left."""
        entries = [self.entries[number] for number in self._asked(prompt)]
        serving = any(entry.serves(prompt) and entry.governor.retired is None for entry in entries)
        return [number for number in able if self.entries[number].serves(prompt)] if serving else able

    def _stage(self, prompt: Prompt) -> str:
        """The stage whose entries are asked: its own, or where it has none, those of the first."""
        return prompt.stage if prompt.stage in self._of else self._first

    def _asked(self, prompt: Prompt) -> Sequence[int]:
        """The entries of that stage."""
        return self._of[self._stage(prompt)]

    def _look_for_the_end(self, waiter: _Waiter, now: float) -> None:
        stage = waiter.prompt.stage
        entries = [self.entries[number] for number in self._asked(waiter.prompt)]
        left = [entry for entry in entries if entry.governor.retired is None]
        if left and all(entry.governor.parked(now) for entry in left):
            for entry in left:
                self._park(entry, now)
            left = []
        if not left:
            self.close(NoProviderError(f"no provider is left{f' for stage {stage}' if stage else ''}"))
            return
        worst = [entry.tariff.worst(waiter.prompt) for entry in left]
        costly = [charge for charge in worst if charge.usd > 0] or worst
        if all(self.spend.exhausted(charge) for charge in costly):
            self.close(SpendCapError("the spend cap leaves no room for another request"))

    def _park(self, entry: Entry, now: float) -> None:
        minutes = math.ceil((entry.governor.paused_until - now) / 60)
        entry.governor.retired = f"asks to be left alone for {minutes} more minutes; the same command continues then"
        self._emit(events.ProviderRetired(provider=entry.provider.label, error=entry.governor.retired))

    def close(self, end: Exception) -> None:
        """Nobody is given a seat any more; all who wait get `end` raised."""
        self._end = self._end or end
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for line in self._lines.values():
            while line:
                waiter = line.popleft()
                if not waiter.seat.done():
                    waiter.seat.set_exception(self._end)

    def _set_alarm(self, now: float) -> None:
        times = [
            self.entries[number].governor.ready_at(now, again=line[0].again)
            for line in self._lines.values()
            if line
            for number in self._asked(line[0].prompt)
        ] + [entry.governor.quiet_at(now) for entry in self.entries]  # fmt: skip
        # What is able already waits for money, so for a reply, and no alarm.
        at = min((time for time in times if time > now + _TICK_S), default=math.inf)
        if self._alarm is not None and self._alarm.when() == at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if at < math.inf:
            self._alarm = asyncio.get_running_loop().call_at(at, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        now = self._clock()
        for entry in self.entries:
            if entry.governor.silent(now, self._chance()):
                self._emit(events.ProviderSuspended(provider=entry.provider.label, error="nothing was heard of it"))
        self.pump()
