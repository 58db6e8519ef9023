"""Which Task is next, and when the Job is done: exactly N. Knows no time, no provider, no file.

No more tasks are ever under way than samples are missing, so the target cannot be overshot and no answer is
paid for that could not be kept. A task that fails is replaced by the worker that had it.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from destilation.core.coverage import Coverage
from destilation.core.draws import Draws
from destilation.core.seed_queue import SeedQueue
from destilation.core.task import Pick, Seed, Task

Ending = Literal["met", "short", "stopped"]
LEAST_PATIENCE = 50
MOST_PATIENCE = 200


def default_patience(target: int) -> int:
    """How many tasks in a row may bring almost nothing: fewer where few samples were asked for."""
    return max(LEAST_PATIENCE, min(MOST_PATIENCE, 4 * target))


class Begun(Struct, frozen=True):
    """What a task was begun with: the name of its seed, its topic and the index of its draw."""

    seed: str = ""
    path: tuple[str, ...] = ()
    index: int = 0


class Plan:
    """Hands out Tasks until `target` samples are in.

    `accepted` samples are in already, `pending` are the numbers of tasks begun earlier and not settled
    (they come first), `begun` is the highest task number used so far. The plan gives up when of the last
    `patience` settled tasks fewer than 1 % brought a sample, when `seeds` are used up, or when every topic of
    `coverage` is closed. `begun_with` has what pending tasks were begun with; `draws` are for tasks with seeds.
    """

    def __init__(
        self,
        domain: str,
        target: int,
        *,
        accepted: int = 0,
        begun: int = 0,
        pending: Iterable[int] = (),
        patience: int | None = None,
        seeds: SeedQueue | None = None,
        coverage: Coverage | None = None,
        draws: Draws | None = None,
        begun_with: Mapping[int, Begun] | None = None,
    ) -> None:
        self.domain = domain
        self.target = target
        self.accepted = accepted
        self.in_flight = 0
        self.abandoned = 0
        self._begun = begun
        self._pending = list(pending)
        heapq.heapify(self._pending)
        self._patience = patience or default_patience(target)
        self._recent: deque[bool] = deque(maxlen=self._patience)
        self._fruitful = 0
        self._stopped = False
        self._seeds = seeds
        self._coverage = coverage
        self._draws = draws
        self._begun_with = begun_with or {}
        self._in_hand = {} if seeds is None else _claimed(seeds, self._begun_with)
        if coverage is not None:
            for known in self._begun_with.values():
                coverage.used(known.path, known.index)

    def next(self) -> Task | None:
        """The next task, or None: met, exhausted, stopped, or enough are under way."""
        if not self.open:
            return None
        known = self._begun_with.get(self._pending[0]) if self._pending else None
        seed, pick = self._seed(), self._pick(known)
        if (self._seeds is not None and seed is None) or (self._coverage is not None and pick is None):
            return None
        if seed is not None and self._draws is not None:
            pick = Pick(values=self._draws.draw(seed.id, seed.turn))
        self.in_flight += 1
        return Task(heapq.heappop(self._pending) if self._pending else self.number(), self.domain, seed, pick)

    def number(self) -> int:
        """A number that no task has; whoever takes it has begun a task of that number."""
        self._begun += 1
        return self._begun

    def _seed(self) -> Seed | None:
        """The seed of the next task: for a pending one that which it was begun with, where it is still there."""
        if self._seeds is None:
            return None
        claimed = self._in_hand.pop(self._pending[0], None) if self._pending else None
        return claimed or self._seeds.take()

    def _pick(self, known: Begun | None) -> Pick | None:
        if self._coverage is None:
            return None
        return self._coverage.next() if known is None else self._coverage.pick(known.path, known.index)

    def settle(self, *, accepted: bool, task: Task | None = None) -> None:
        """A task that was handed out ended with a sample, or was abandoned."""
        if not accepted and task is not None and task.seed is not None and self._seeds is not None:
            self._seeds.abandoned(task.seed)
        if self._coverage is not None and task is not None and task.pick is not None:
            (self._coverage.accepted if accepted else self._coverage.abandoned)(task.pick.path)
        self.in_flight -= 1
        self.accepted += accepted
        self.abandoned += not accepted
        if len(self._recent) == self._patience:
            self._fruitful -= self._recent[0]
        self._recent.append(accepted)
        self._fruitful += accepted

    def give_back(self, task: Task) -> None:
        """A task that was handed out is as if it had never been: it can be handed out again."""
        self.in_flight -= 1
        heapq.heappush(self._pending, task.number)
        if task.seed is not None and self._seeds is not None:
            self._in_hand[task.number] = task.seed
        if task.pick is not None and self._coverage is not None and task.number not in self._begun_with:
            self._coverage.give_back(task.pick.path, task.pick.index)

    def retarget(self, target: int) -> int:
        """Want another number of samples, but never fewer than are in or under way: the target that results."""
        self.target = max(target, self.accepted + self.in_flight)
        return self.target

    def stop(self) -> None:
        """Hand out no more tasks."""
        self._stopped = True

    @property
    def open(self) -> int:
        """How many more tasks could be handed out now, as far as the target goes."""
        missing = self.target - self.accepted - self.in_flight
        return 0 if missing <= 0 or self._stopped or self.exhausted else missing

    @property
    def exhausted(self) -> bool:
        """Whether going on would only cost."""
        return self.covered or self._fruitless

    @property
    def covered(self) -> bool:
        """Whether no topic has anything more to give."""
        return self._coverage is not None and self._coverage.exhausted

    @property
    def _fruitless(self) -> bool:
        return len(self._recent) == self._patience and self._fruitful * 100 < self._patience

    @property
    def seeds_used_up(self) -> bool:
        """Whether there is no seed left for another task."""
        return self._seeds is not None and not self._seeds and not self._in_hand and not self.in_flight

    @property
    def ending(self) -> Ending:
        """How the job stands when nothing is in flight any more."""
        if self.accepted >= self.target:
            return "met"
        return "short" if self.exhausted or self.seeds_used_up else "stopped"


def _claimed(seeds: SeedQueue, begun_with: Mapping[int, Begun]) -> dict[int, Seed]:
    """The seeds of tasks that were begun, by their number: taken out of the queue before any other task gets one."""
    claimed = {number: seeds.claim(begun.seed) for number, begun in sorted(begun_with.items())}
    return {number: seed for number, seed in claimed.items() if seed is not None}
