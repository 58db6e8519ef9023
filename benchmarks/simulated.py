"""Servers and clients in virtual time, for the benchmarks of pacing: an hour passes in seconds, and repeatably.

The clients are real: the engine's Pool with its Governors, and a fixed number of workers with exponential
back-off. The servers are models of how real ones limit: buckets, windows, caps, and queues.
"""

import asyncio
import math
import random
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

from destilation.core.catalogue import BUILTIN
from destilation.core.job import Price
from destilation.core.mix import Mix
from destilation.core.pacing.governor import Governor, Limits
from destilation.core.provider import Completion, Prompt, Usage, Way
from destilation.core.spend import Spend
from destilation.core.tariff import Tariff
from destilation.core.task import Task
from destilation.engine.pool import Entry, Pool
from destilation.errors import TransientProviderError

PROMPT: Prompt = BUILTIN[0].prompt(Task(1, "Everyday Physics"))
REFUSAL_S = 0.02


def now() -> float:
    return asyncio.get_running_loop().time()


class Limiter(Protocol):
    """Says whether a request is admitted; if not, after how many seconds it would be (None: does not say)."""

    def admit(self, at: float) -> tuple[bool, float | None]: ...

    def release(self) -> None: ...


class Bucket:
    """A token bucket: `rate` a second as a function of time, `burst` saved up at most."""

    def __init__(self, rate: Callable[[float], float], burst: float, retry: str = "exact") -> None:
        self._rate, self._burst, self._retry = rate, burst, retry
        self._level, self._at = burst, 0.0

    def admit(self, at: float) -> tuple[bool, float | None]:
        rate = self._rate(at)
        self._level = min(self._burst, self._level + (at - self._at) * rate)
        self._at = at
        if self._level >= 1 - 1e-9:
            self._level -= 1
            return True, None
        wait = (1 - self._level) / rate
        return False, {"exact": wait, "whole": float(math.ceil(wait)), "silent": None}[self._retry]

    def release(self) -> None: ...


class Sliding:
    """At most `limit` in any 60 seconds."""

    def __init__(self, limit: int) -> None:
        self._limit, self._log = limit, deque[float]()

    def admit(self, at: float) -> tuple[bool, float | None]:
        while self._log and self._log[0] <= at - 60:
            self._log.popleft()
        if len(self._log) < self._limit:
            self._log.append(at)
            return True, None
        return False, float(math.ceil(self._log[0] + 60 - at))

    def release(self) -> None: ...


class Fixed:
    """At most `limit` in each minute of the clock."""

    def __init__(self, limit: int, seconds: float = 60.0) -> None:
        self._limit, self._seconds, self._window, self._count = limit, seconds, -1, 0

    def admit(self, at: float) -> tuple[bool, float | None]:
        window = int(at // self._seconds)
        if window != self._window:
            self._window, self._count = window, 0
        self._count += 1
        return self._count <= self._limit, float(math.ceil((window + 1) * self._seconds - at))

    def release(self) -> None: ...


class Cap:
    """At most `most` at a time, and no word of when to come back."""

    def __init__(self, most: int) -> None:
        self._most, self._busy = most, 0

    def admit(self, at: float) -> tuple[bool, float | None]:
        if self._busy >= self._most:
            return False, None
        self._busy += 1
        return True, None

    def release(self) -> None:
        self._busy -= 1


class Open:
    """No limit."""

    def admit(self, at: float) -> tuple[bool, float | None]:
        return True, None

    def release(self) -> None: ...


class Server:
    """A provider in virtual time. `latency` gives seconds from the number in flight and chance."""

    def __init__(
        self,
        limiter: Limiter,
        latency: Callable[[int, random.Random], float],
        *,
        dead: Callable[[float], bool] = lambda at: False,
        label: str = "server",
        seed: int = 1,
    ) -> None:
        self.label = label
        self.answers: list[float] = []
        self.refusals: list[float] = []
        self.failures: list[float] = []
        self.latencies: list[float] = []
        self._limiter, self._latency, self._dead = limiter, latency, dead
        self._busy = 0
        self._chance = random.Random(seed)

    @property
    def way(self) -> Way:
        return Way()

    def sure(self, prompt: Prompt) -> bool:
        return True

    async def complete(self, prompt: Prompt) -> Completion:
        if self._dead(now()):
            await asyncio.sleep(REFUSAL_S)
            self.failures.append(now())
            raise TransientProviderError("connection refused")
        admitted, wait = self._limiter.admit(now())
        if not admitted:
            self.refusals.append(now())
            await asyncio.sleep(REFUSAL_S)
            raise TransientProviderError("limited", status=429, retry_after=wait, throttled=True)
        self._busy += 1
        seconds = self._latency(self._busy, self._chance)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._busy -= 1
            self._limiter.release()
        if self._dead(now()):
            self.failures.append(now())
            raise TransientProviderError("reset")
        self.answers.append(now())
        self.latencies.append(seconds)
        return Completion(text="{}", dialect="sim", body=b"{}", model="sim", usage=Usage(50, 100))

    def admitted(self, since: float, until: float) -> int:
        return sum(since <= at < until for at in self.answers)

    def refused(self, since: float, until: float) -> int:
        return sum(since <= at < until for at in self.refusals)


def spread(typical: float) -> Callable[[int, random.Random], float]:
    """Latencies as models have them: log-normal around a median."""
    return lambda busy, chance: typical * math.exp(chance.gauss(0, 0.4))


def entry(server: Server, limits: Limits) -> Entry:
    return Entry(server, Governor(limits, now()), Tariff(Price(), 4096))


async def governed(
    entries: list[Entry], seconds: float, workers: int = 1000, weights: list[float] | None = None
) -> Pool:
    """So many workers ask through a Pool for so long."""
    mix = Mix(weights or [1.0] * len(entries))
    chance = random.Random(7).random
    pool = Pool(entries, mix, Spend(), emit=lambda event: None, clock=now, chance=chance)

    async def work() -> None:
        while True:
            pool.judged(await pool.ask(PROMPT), accepted=True)

    await _for(seconds, [work() for _ in range(workers)])
    return pool


async def backing_off(server: Server, seconds: float, workers: int) -> None:
    """A fixed number of workers, each with exponential back-off and full jitter of its own."""
    chance = random.Random(7)

    async def work() -> None:
        failures = 0
        while True:
            try:
                await server.complete(PROMPT)
                failures = 0
            except TransientProviderError:
                failures += 1
                await asyncio.sleep(chance.random() * min(60.0, 2.0**failures))

    await _for(seconds, [work() for _ in range(workers)])


async def _for(seconds: float, work: Sequence[Coroutine[None, None, None]]) -> None:
    tasks = [asyncio.ensure_future(each) for each in work]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended
