"""The providers of a job as one: a prompt goes in, an answer comes out, whoever stumbles on the way.

A task in hand moves to another provider with its dialogue: a Prompt carries all that was said.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from destilation.core import events
from destilation.core.mix import Mix
from destilation.core.pacing.governor import Ticket
from destilation.core.provider import Completion, Prompt, Usage
from destilation.core.spend import Charge, Spend
from destilation.engine.turns import Emit, Entry, PoolClosedError, Seat, Turns
from destilation.errors import (
    ProviderError,
    RefusedPromptError,
    TransientProviderError,
    UnusableProviderError,
)

__all__ = ["Answer", "Emit", "Entry", "Pool", "PoolClosedError"]

MOST_FAILURES = 8
WARN_AT = 0.8


class Answer(Struct, frozen=True):
    """A Completion, the index of the mix entry that gave it, and the seconds it took."""

    entry: int
    label: str
    completion: Completion
    seconds: float


class Pool:
    """Asks the provider whose turn it is.

    `entries` and the mix's entries go by the same index. `clock` gives seconds and must be the running
    loop's time; `chance` gives numbers from 0 to 1.
    """

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
        self._turns = Turns(entries, mix, spend, emit=emit, clock=clock, chance=chance)
        self._ways = [entry.provider.way for entry in entries]
        self._windows = [entry.governor.window for entry in entries]
        self._warned = spend.used() >= WARN_AT

    def close(self) -> None:
        """Send no more requests; those in flight are answered."""
        self._turns.close(PoolClosedError())

    def pause(self) -> None:
        """Send nothing new until `resume`; those in flight are answered."""
        self._turns.pause()

    def resume(self) -> None:
        """Send again."""
        self._turns.resume()

    def look_again(self) -> None:
        """Something that decides who may send has changed: who waits may be able to now."""
        self._windows = [entry.governor.window for entry in self.entries]
        self._turns.pump()

    def allow(self, usd: float) -> None:
        """Set the cap in US dollars anew; that it runs low is told anew too."""
        self.spend.allow(usd)
        self._warned = self.spend.used() >= WARN_AT
        self._turns.pump()

    async def ask(self, prompt: Prompt) -> Answer:
        """One answer to the prompt, from whichever provider gives it.

        The caller tells `judged` what became of it. Raises NoProviderError when none is left, SpendCapError
        when the cap leaves no room, RefusedPromptError when this prompt is refused, TransientProviderError
        after 8 failures with servers that work otherwise, and PoolClosedError once the pool is closed.
        """
        failures, again, avoid = 0, False, None
        while True:
            seat = await self._turns.take(prompt, again=again, avoid=avoid)
            answer = await self._send(seat, prompt)
            if isinstance(answer, Answer):
                return answer
            if isinstance(answer, RefusedPromptError):
                raise answer
            avoid = seat.entry
            if isinstance(answer, TransientProviderError) and not answer.throttled:
                again = True
                failures += self.entries[avoid].governor.breaker.closed
                if failures >= MOST_FAILURES:
                    raise answer

    def tell_retired(self) -> None:
        """Tell of those that are retired before anything was asked."""
        for label, why in self.retired().items():
            self._emit(events.ProviderRetired(provider=label, error=why))

    def judged(self, answer: Answer, *, accepted: bool) -> None:
        """What became of an answer, or of one of the records in it, counts for the provider's share."""
        self.mix.end(answer.entry, accepted=accepted)

    def retired(self) -> dict[str, str]:
        """Why each retired provider was retired, by label."""
        return {each.provider.label: each.governor.retired for each in self.entries if each.governor.retired}

    # Sending.

    async def _send(self, seat: Seat, prompt: Prompt) -> Answer | ProviderError:
        entry = self.entries[seat.entry]
        label, ticket = entry.provider.label, seat.ticket
        self._emit(events.AttemptStarted(task=prompt.task.number, attempt=prompt.attempt, provider=label))
        try:
            completion = await entry.provider.complete(prompt)
        except ProviderError as error:
            self.mix.end(seat.entry, accepted=False, records=prompt.records)
            lost = isinstance(error, TransientProviderError) and error.lost
            self._settle(seat, prompt, None, lost=lost)
            self._stumbled(entry, ticket, error)
            self._turns.pump()
            return error
        except BaseException:
            self.mix.end(seat.entry, accepted=False, records=prompt.records)
            entry.governor.given_up(ticket)
            self._settle(seat, prompt, None, lost=True)
            self._turns.pump()
            raise
        now = self._clock()
        self._settle(seat, prompt, completion.usage, lost=False)
        tokens = completion.usage.tokens_in + completion.usage.tokens_out
        if entry.governor.answered(ticket, now, tokens, completion.allowance):
            self._emit(events.ProviderRestored(provider=label))
        self._report_window(seat.entry)
        self._report_way(seat.entry)
        self._turns.pump()
        return Answer(seat.entry, label, completion, now - ticket.sent)

    def _stumbled(self, entry: Entry, ticket: Ticket, error: ProviderError) -> None:
        governor, label, text = entry.governor, entry.provider.label, str(error)
        now, was_retired = self._clock(), governor.retired
        if isinstance(error, TransientProviderError) and error.throttled:
            pause = governor.throttled(ticket, now, error.retry_after, self._chance())
            self._emit(events.ProviderThrottled(provider=label, status=error.status, seconds=pause, error=text))
            return
        if isinstance(error, TransientProviderError):
            if governor.failed(ticket, now, text, self._chance()):
                self._emit(events.ProviderSuspended(provider=label, error=text))
        elif isinstance(error, UnusableProviderError):
            governor.retired = governor.retired or text
            governor.given_up(ticket)
        else:
            governor.refused(ticket, now, text)
        self._emit(events.ProviderFailed(provider=label, status=error.status, error=text))
        if governor.retired and not was_retired:
            self._emit(events.ProviderRetired(provider=label, error=governor.retired))

    def _settle(self, seat: Seat, prompt: Prompt, usage: Usage | None, *, lost: bool) -> None:
        """Count what a request came to. One whose reply was lost may have been charged for: it counts in full."""
        entry, spend = self.entries[seat.entry], self.spend
        if usage is not None:
            actual = Charge(usage.cost_usd or 0.0, usage.tokens_in + usage.tokens_out)
            entry.tariff.learn(seat.reserved, usage)
        else:
            actual = seat.reserved if lost else Charge()
        spend.settle(seat.reserved, actual)
        if usage is None and lost and (actual.usd or spend.caps.tokens is not None):
            self._emit(
                events.Charged(
                    task=prompt.task.number,
                    attempt=prompt.attempt,
                    provider=entry.provider.label,
                    usd=actual.usd,
                    tokens=actual.tokens,
                    reason="the reply was lost and may have been charged for",
                    stage=prompt.stage,
                )
            )
        if not self._warned and spend.used() >= WARN_AT:
            self._warned = True
            self._emit(events.BudgetWarning(used=round(spend.used(), 4), cost_usd=round(spend.spent.usd, 9)))

    def _report_way(self, entry: int) -> None:
        provider = self.entries[entry].provider
        if (way := provider.way) != self._ways[entry]:
            self._ways[entry] = way
            self._emit(events.WayFound(provider=provider.label, rung=way.rung, reasoning=way.reasoning, why=way.why))

    def _report_window(self, entry: int) -> None:
        before, window = self._windows[entry], self.entries[entry].governor.window
        if abs(window - before) * 4 >= before:
            self._windows[entry] = window
            self._emit(
                events.ConcurrencyChanged(
                    provider=self.entries[entry].provider.label,
                    limit=window,
                    reason="answers come as fast as before" if window > before else "more in flight only queues",
                )
            )
