"""The topics of a job: read from its folder or the user's file, spread over the tasks, and grown by asking."""

from collections.abc import Sequence
from pathlib import Path

from destilation.config import Config
from destilation.core.coverage import Coverage
from destilation.core.dedup.index import SeenIndex
from destilation.core.draws import Draws
from destilation.core.gate import Gate
from destilation.core.job import Checks
from destilation.core.plan import Begun, Plan
from destilation.core.review import Stage
from destilation.core.seed_queue import SeedQueue
from destilation.core.task import Seed, Task, name_of
from destilation.core.topics import outline
from destilation.core.topics.growth import PLANNING, TOPICS
from destilation.core.topics.tree import Tree
from destilation.engine.desk import Desk
from destilation.engine.gardener import Gardener
from destilation.engine.pool import Emit, Pool
from destilation.engine.post import Keep, Post
from destilation.launch.keep import past_of
from destilation.seeds.topics import topics_for
from destilation.storage.dataset import Dataset
from destilation.storage.layout import TOPICS as TOPICS_FILE
from destilation.storage.recovery import Past, Recovered


def tree_of(config: Config, folder: Path) -> Tree:
    """The tree that a run in the folder goes on with. Raises ConfigError for a file that is no tree of topics."""
    return topics_for(config.job, folder / TOPICS_FILE)


def begun_with(past: Past) -> Begun:
    """What a task was begun with that got that answer."""
    return Begun(name_of(past.answer.seed, past.answer.way), past.answer.topic, past.answer.draw)


def plan_of(
    config: Config, recovered: Recovered, target: int, seeds: SeedQueue | None, coverage: Coverage | None
) -> Plan:
    """What is to be done, and what was begun already."""
    return Plan(
        config.job.domain,
        target,
        accepted=recovered.accepted,
        begun=recovered.begun,
        pending=recovered.unsettled,
        patience=config.job.patience,
        seeds=seeds,
        coverage=coverage,
        draws=Draws(config.axes, config.job.seed),
        begun_with={number: begun_with(past[0]) for number, past in recovered.unsettled.items() if past},
    )


def keep_topics(coverage: Coverage, dataset: Dataset) -> str | None:
    """Keep the tree as it is at the end; what the user should know of it. Raises StorageError."""
    if not coverage.tree.topics:
        return None
    dataset.put_topics(outline.format(coverage.tree))
    if coverage.exhausted:
        return "every topic repeats itself; more can be added to topics.txt"
    closed = sum(bool(each.closed) for each in coverage.standings())
    return f"topics that repeat themselves and are closed: {closed:,}; see topics.txt" if closed else None


class Growing:
    """Everything that dividing topics takes in one run; `planning` are the answers of earlier runs that did."""

    def __init__(
        self, config: Config, plan: Plan, pool: Pool, keep: Keep, emit: Emit, planning: Sequence[Past]
    ) -> None:
        self._config = config
        self._plan = plan
        self._post = Post(pool, keep, emit)
        self._keep = keep
        self._emit = emit
        self._planned: dict[str, list[Past]] = {}
        for past in planning:
            self._planned.setdefault(past.answer.key, []).append(past)

    def gardener(self, coverage: Coverage, dataset: Dataset) -> Gardener:
        """Who grows the tree of `coverage`, and keeps it in the folder."""
        job = self._config.job
        gate = Gate(TOPICS, SeenIndex(1.0), Checks(refusals=False))
        return Gardener(
            coverage,
            Stage(PLANNING, TOPICS, gate, job.max_attempts, "json"),
            sit_down=self._sit_down,
            save=lambda tree: dataset.put_topics(outline.format(tree)),
            emit=self._emit,
        )

    def _sit_down(self, seed: Seed) -> tuple[Task, Desk]:
        past = self._planned.pop(seed.id, [])
        number = past[0].answer.task if past else self._plan.number()
        task = Task(number, self._config.job.domain, seed)
        heard = [past_of(each) for each in past]
        return task, Desk(task, heard, self._post, self._keep, self._emit, self._config.job.seed)
