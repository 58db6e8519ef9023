"""The providers of a job as one: whose turn it is, what happens when one stumbles. The one place that waits.

A task in hand moves to another provider with its dialogue: a Prompt carries all that was said.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from destilation.core import events
from destilation.core.mix import Mix
from destilation.core.provider import Completion, Prompt, Provider
from destilation.engine.throttle import Throttle
from destilation.errors import (
    NoProviderError,
    ProviderError,
    RefusedPromptError,
    TransientProviderError,
    UnusableProviderError,
)

MOST_FAILURES = 8

Emit = Callable[[events.Event], None]


class PoolClosedError(Exception):
    """No more requests are sent: the run is being stopped."""


class Answer(Struct, frozen=True):
    """A Completion, the index of the mix entry that gave it, and the seconds it took."""

    entry: int
    label: str
    completion: Completion
    seconds: float


class Pool:
    """Asks the provider whose turn it is.

    `providers`, `throttles` and the mix's entries go by the same index. `clock` gives seconds and must be
    the running loop's time; `chance` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        throttles: Sequence[Throttle],
        mix: Mix,
        *,
        emit: Emit,
        clock: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        self.providers = providers
        self.throttles = throttles
        self.mix = mix
        self._emit = emit
        self._clock = clock
        self._chance = chance
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    def close(self) -> None:
        """Send no more requests; those in flight are answered."""
        self._closed = True
        self._wake_all()

    async def ask(self, prompt: Prompt) -> Answer:
        """One answer to the prompt, from whichever provider gives it.

        The caller tells `judged` what became of it. Raises NoProviderError when none is left,
        RefusedPromptError when this prompt is refused, TransientProviderError after 8 failures and
        PoolClosedError once the pool is closed.
        """
        failures = 0
        while True:
            entry = await self._turn()
            answer = await self._try(entry, prompt)
            if isinstance(answer, Answer):
                return answer
            if isinstance(answer, RefusedPromptError):
                raise answer
            if isinstance(answer, TransientProviderError) and not answer.throttled:
                failures += 1
                if failures >= MOST_FAILURES:
                    raise answer

    def judged(self, answer: Answer, *, accepted: bool) -> None:
        """What became of an answer counts for the provider's share."""
        self.mix.end(answer.entry, accepted=accepted)

    def retired(self) -> dict[str, str]:
        """Why each retired provider was retired, by label."""
        pairs = zip(self.providers, self.throttles, strict=True)
        return {provider.label: throttle.retired for provider, throttle in pairs if throttle.retired}

    async def _try(self, entry: int, prompt: Prompt) -> Answer | ProviderError:
        provider, throttle = self.providers[entry], self.throttles[entry]
        self._emit(events.AttemptStarted(task=prompt.task.number, attempt=prompt.attempt, provider=provider.label))
        throttle.in_flight += 1
        self.mix.begin(entry)
        sent = self._clock()
        answered = False
        try:
            completion = await provider.complete(prompt)
            answered = True
        except ProviderError as error:
            self._stumbled(entry, sent, error)
            return error
        finally:
            throttle.in_flight -= 1
            if not answered:
                self.mix.end(entry, accepted=False)
            self._wake()
        now = self._clock()
        throttle.answered(now)
        return Answer(entry, provider.label, completion, now - sent)

    def _stumbled(self, entry: int, sent: float, error: ProviderError) -> None:
        throttle, label, text = self.throttles[entry], self.providers[entry].label, str(error)
        was_retired, now = throttle.retired, self._clock()
        if isinstance(error, TransientProviderError) and error.throttled:
            pause = throttle.throttled(now, sent, error.retry_after, self._chance())
            self._emit(events.ProviderThrottled(provider=label, status=error.status, seconds=pause, error=text))
        else:
            if isinstance(error, TransientProviderError):
                throttle.failed(now, sent, text, self._chance())
            elif isinstance(error, UnusableProviderError):
                throttle.retired = throttle.retired or text
            else:
                throttle.refused(text)
            self._emit(events.ProviderFailed(provider=label, status=error.status, error=text))
        if throttle.retired and not was_retired:
            self._emit(events.ProviderRetired(provider=label, error=throttle.retired))

    async def _turn(self) -> int:
        """Wait until a provider may be asked; which one."""
        while not self._closed:
            now = self._clock()
            able = [entry for entry, throttle in enumerate(self.throttles) if throttle.able(now)]
            if able:
                return self.mix.turn(able)
            left = [throttle for throttle in self.throttles if throttle.retired is None]
            if not left:
                self._wake_all()
                raise NoProviderError("no provider is left")
            await self._wait(min(throttle.paused_until for throttle in left))
        raise PoolClosedError

    async def _wait(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        if until > self._clock() and (self._alarm is None or self._alarm.when() > until):
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = loop.call_at(until, self._ring)
        waiter = loop.create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._wake()
            raise

    def _ring(self) -> None:
        self._alarm = None
        self._wake_all()

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _wake_all(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()
