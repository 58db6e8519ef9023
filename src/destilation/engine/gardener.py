"""Grows the tree of topics: the domain before the first sample, others while they are asked about.

Each topic that is divided is a task of its own number. What a model answers is recorded before it is looked at, so a
run that was killed asks for nothing again.
"""

import asyncio
from collections.abc import Callable, Sequence

from destilation.core import events
from destilation.core.coverage import Coverage
from destilation.core.review import Stage
from destilation.core.task import Seed, Task
from destilation.core.topics.growth import growth
from destilation.core.topics.shape import Place
from destilation.core.topics.tree import Path, Tree
from destilation.engine.desk import Desk
from destilation.engine.pool import Emit
from destilation.errors import RefusedPromptError, TransientProviderError

NOTHING_NEW = "it repeats itself, and nothing new to divide it by was found"


class Gardener:
    """Divides topics, as many at a time as there are workers.

    `stage` asks for the names, `sit_down` gives a task for a seed and the desk at which it is asked for, and `save`
    keeps the tree whenever it changes.
    """

    def __init__(
        self,
        coverage: Coverage,
        stage: Stage,
        *,
        sit_down: Callable[[Seed], tuple[Task, Desk]],
        save: Callable[[Tree], None],
        emit: Emit,
    ) -> None:
        self._coverage = coverage
        self._stage = stage
        self._sit_down = sit_down
        self._save = save
        self._emit = emit
        self._under_way: set[Path] = set()
        self._changed = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether a topic is being divided."""
        return bool(self._under_way)

    @property
    def ready(self) -> bool:
        """Whether samples can be asked for: not while the domain as a whole is being divided."""
        return () not in self._under_way

    def next(self) -> Place | None:
        """The topic that is to be divided next; None where there is none now."""
        place = next((each for each in self._coverage.to_divide() if each.path not in self._under_way), None)
        if place is not None:
            self._under_way.add(place.path)
        return place

    async def wait(self) -> None:
        """Until one of the topics that are being divided is done."""
        self._changed.clear()
        await self._changed.wait()

    async def grow(self, place: Place) -> None:
        """Divide a topic. Raises as Worker.fulfil does."""
        try:
            names = await self._asked(place)
            self._extend(place, names)
        finally:
            self._under_way.discard(place.path)
            self._changed.set()

    async def _asked(self, place: Place) -> Sequence[str]:
        task, desk = self._sit_down(growth(self._coverage.tree, place).seed)
        try:
            sample = await desk.ask(self._stage, task)
        except (RefusedPromptError, TransientProviderError):
            return ()
        finally:
            desk.leave()
        return () if sample is None else [str(name) for name in sample.record["topics"]]

    def _extend(self, place: Place, names: Sequence[str]) -> None:
        before, path = self._coverage.tree, place.path
        tree = before.extend(path, names, most=place.count)
        if tree is not before:
            self._coverage.replant(tree)
            added = len(tree.children(path)) - len(before.children(path))
            self._emit(events.TopicDivided(topic=path, added=added))
        else:
            self._coverage.undivided(path, NOTHING_NEW)
        if self._coverage.tree.topics:  # a file without any would be taken for a mistake
            self._save(self._coverage.tree)
