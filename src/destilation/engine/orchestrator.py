"""A run: a fixed set of workers pulling tasks from the plan until it is met or must end.

No task is created per sample and nothing is queued: an abandoned task's own worker fetches the replacement.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal

from destilation.core.plan import Plan
from destilation.engine.pool import Pool, PoolClosedError
from destilation.engine.worker import Past, Worker
from destilation.errors import NoProviderError, SpendCapError

Outcome = Literal["met", "short", "budget", "no_provider", "interrupted"]


class _CutShortError(Exception):
    """The run was cancelled: answers in flight are given up."""


class Orchestrator:
    """Runs `concurrency` workers over a plan.

    `past` has the answers of tasks that an earlier run began. `beat` is called every `beat_s` seconds
    while the run lasts, and once at its end. After `most_s` seconds nothing new is begun.
    """

    def __init__(
        self,
        plan: Plan,
        worker: Worker,
        pool: Pool,
        *,
        concurrency: int,
        past: Mapping[int, Sequence[Past]],
        beat: Callable[[], None],
        beat_s: float = 1.0,
        most_s: float | None = None,
    ) -> None:
        self._plan = plan
        self._worker = worker
        self._pool = pool
        self._past = dict(past)
        self._beat = beat
        self._beat_s = beat_s
        self._most_s = most_s
        self._working = concurrency
        self.time_is_up = False
        self._stopped: Outcome | None = None
        self._cut_short = False
        self._wake = asyncio.Event()

    async def run(self) -> Outcome:
        """Work until the plan is met, exhausted or stopped. Raises StorageError."""
        try:
            async with asyncio.TaskGroup() as group:
                for machine in (self._heart(), *(self._work() for _ in range(self._working))):
                    group.create_task(machine)
        except BaseExceptionGroup as failures:
            _, others = failures.split(_CutShortError)
            if others is not None:
                raise _leaf(others) from None
        finally:
            self._beat()
        if self._plan.ending == "stopped":
            return self._stopped or "interrupted"
        return self._plan.ending

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

    async def _heart(self) -> None:
        clock = asyncio.get_running_loop().time
        end = math.inf if self._most_s is None else clock() + self._most_s
        while self._working:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(self._beat_s, end - clock()))):
                    await self._wake.wait()
            if self._cut_short:
                raise _CutShortError
            if clock() >= end:
                self.time_is_up, end = True, math.inf
                self._stop("short")
            self._beat()

    async def _work(self) -> None:
        while (task := self._plan.next()) is not None:
            try:
                accepted = await self._worker.fulfil(task, self._past.pop(task.number, ()))
            except (PoolClosedError, NoProviderError, SpendCapError) as error:
                self._plan.give_back(task)
                if not isinstance(error, PoolClosedError):
                    self._stop("budget" if isinstance(error, SpendCapError) else "no_provider")
                break
            self._plan.settle(accepted=accepted)
        self._working -= 1
        if not self._working:
            self._wake.set()


def _leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _leaf(first) if isinstance(first, BaseExceptionGroup) else first
