"""A run: a fixed set of workers pulling tasks from the plan until it is met or must end.

No task is created per sample and nothing is queued: an abandoned task's own worker fetches the replacement.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal

from destilation.core.plan import Plan
from destilation.core.task import Task
from destilation.engine.desk import Past
from destilation.engine.failures import first_of
from destilation.engine.gardener import Gardener
from destilation.engine.pool import Pool, PoolClosedError
from destilation.engine.worker import Worker
from destilation.errors import CheckError, NoProviderError, SpendCapError

Outcome = Literal["met", "short", "budget", "no_provider", "interrupted"]


class _CutShortError(Exception):
    """The run was cancelled: answers in flight are given up."""


class Orchestrator:
    """Has `concurrency` requests in flight over a plan; `resize` changes how many while it runs.

    There is a worker for each of the `per_request` samples that one of them asks for.

    `past` has the answers of tasks that an earlier run began; `gardener` divides topics, before the first task and
    where it is due. `beat` is called every `beat_s` seconds while the run lasts, and once at its end. After `most_s`
    seconds nothing new is begun.
    """

    def __init__(
        self,
        plan: Plan,
        worker: Worker,
        pool: Pool,
        *,
        concurrency: int,
        per_request: int = 1,
        past: Mapping[int, Sequence[Past]],
        gardener: Gardener | None = None,
        beat: Callable[[], None],
        beat_s: float = 1.0,
        most_s: float | None = None,
    ) -> None:
        self._plan = plan
        self._worker = worker
        self._pool = pool
        self._past = dict(past)
        self._gardener = gardener
        self._beat = beat
        self._beat_s = beat_s
        self._most_s = most_s
        self._per_request = per_request
        self._wanted = concurrency * per_request
        self._working = 0
        self._hiring = True
        self.time_is_up = False
        self._stopped: Outcome | None = None
        self._failure: CheckError | None = None
        self._cut_short = False
        self._wake = asyncio.Event()

    async def run(self) -> Outcome:
        """Work until the plan is met, exhausted or stopped. Raises StorageError, CheckError."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._lead(group)
        except BaseExceptionGroup as failures:
            _, others = failures.split(_CutShortError)
            if others is not None:
                raise first_of(others) from None
        finally:
            self._beat()
        if self._failure is not None:
            raise self._failure
        if self._plan.ending == "stopped":
            return self._stopped or "interrupted"
        return self._plan.ending

    def resize(self, concurrency: int) -> None:
        """Have that many in flight: more begin at once, workers that are too many end with the task they have."""
        self._wanted, self._hiring = concurrency * self._per_request, True
        self._wake.set()

    def retarget(self, target: int) -> int:
        """Work towards another number of samples: the one that results, never below what is in or under way."""
        target, self._hiring = self._plan.retarget(target), True
        self._wake.set()
        return target

    def drain(self) -> None:
        """Begin nothing new; answers in flight are waited for and kept."""
        self._stop("interrupted")

    def cancel(self) -> None:
        """End now: answers in flight are lost, everything recorded is kept."""
        self._stop("interrupted")
        self._cut_short = True
        self._wake.set()

    def _stop(self, outcome: Outcome) -> None:
        self._stopped = self._stopped or outcome
        self._plan.stop()
        self._pool.close()

    async def _lead(self, group: asyncio.TaskGroup) -> None:
        """Hire workers, and beat, until all have left."""
        clock = asyncio.get_running_loop().time
        end = math.inf if self._most_s is None else clock() + self._most_s
        beat_at = clock() + self._beat_s
        while self._working or self._hiring:
            self._hire(group)
            if not self._working:
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(beat_at, end) - clock())):
                    await self._wake.wait()
            self._wake.clear()
            if self._cut_short:
                raise _CutShortError
            if clock() >= end:
                self.time_is_up, end = True, math.inf
                self._stop("short")
            if clock() >= beat_at:
                beat_at = clock() + self._beat_s
                self._beat()

    def _hire(self, group: asyncio.TaskGroup) -> None:
        """Begin workers for what is to be done and not yet under way, as far as more are wanted."""
        if not self._hiring:
            return
        self._hiring = False
        for _ in range(min(self._wanted - self._working, self._plan.open)):
            self._working += 1
            group.create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._working <= self._wanted and (task := await self._next()) is not None:
                await self._fulfil(task)
        except (PoolClosedError, NoProviderError, SpendCapError) as error:
            if not isinstance(error, PoolClosedError):
                self._stop("budget" if isinstance(error, SpendCapError) else "no_provider")
        except CheckError as error:
            # What is in flight for others is paid for: it is waited for, as in a drain.
            self._failure = self._failure or error
            self._stop("interrupted")
        self._working -= 1
        if not self._working:
            self._wake.set()

    async def _next(self) -> Task | None:
        """The next task, once the topics are there that it could be about; None where there is none left."""
        gardener = self._gardener
        while gardener is not None:
            if (place := gardener.next()) is not None:
                await gardener.grow(place)
            elif gardener.ready and ((task := self._plan.next()) is not None or not gardener.busy):
                return task
            else:
                await gardener.wait()
        return self._plan.next()

    async def _fulfil(self, task: Task) -> None:
        try:
            accepted = await self._worker.fulfil(task, self._past.pop(task.number, ()))
        except (PoolClosedError, NoProviderError, SpendCapError, CheckError):
            self._plan.give_back(task)
            raise
        self._plan.settle(accepted=accepted, task=task)
