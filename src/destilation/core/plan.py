"""Which Task is next, and when the Job is done: exactly N. Knows no time, no provider, no file.

No more tasks are ever under way than samples are missing, so the target cannot be overshot and no answer is
paid for that could not be kept. A task that fails is replaced by the worker that had it.
"""

import heapq
from collections import deque
from collections.abc import Iterable
from typing import Literal

from destilation.core.task import Task

Ending = Literal["met", "short", "stopped"]
LEAST_PATIENCE = 50
MOST_PATIENCE = 200


def default_patience(target: int) -> int:
    """How many tasks in a row may bring almost nothing: fewer where few samples were asked for."""
    return max(LEAST_PATIENCE, min(MOST_PATIENCE, 4 * target))


class Plan:
    """Hands out Tasks until `target` samples are in.

    `accepted` samples are in already, `pending` are the numbers of tasks begun earlier and not settled
    (they come first), `begun` is the highest task number used so far. The plan gives up when of the last
    `patience` settled tasks fewer than 1 % brought a sample.
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

    def next(self) -> Task | None:
        """The next task, or None: met, exhausted, stopped, or enough are under way."""
        if self._stopped or self.exhausted or self.accepted + self.in_flight >= self.target:
            return None
        self.in_flight += 1
        if self._pending:
            return Task(heapq.heappop(self._pending), self.domain)
        self._begun += 1
        return Task(self._begun, self.domain)

    def settle(self, *, accepted: bool) -> None:
        """A task that was handed out ended with a sample, or was abandoned."""
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

    def stop(self) -> None:
        """Hand out no more tasks."""
        self._stopped = True

    @property
    def exhausted(self) -> bool:
        """Whether going on would only cost."""
        return len(self._recent) == self._patience and self._fruitful * 100 < self._patience

    @property
    def ending(self) -> Ending:
        """How the job stands when nothing is in flight any more."""
        if self.accepted >= self.target:
            return "met"
        return "short" if self.exhausted else "stopped"
