"""What a dataset covers and how much it repeats itself, counted in one pass. Memory does not grow with the folder.

The one place that counts it: the report, `destilation coverage` and its JSON all tell this.
"""

from pathlib import Path
from random import Random
from typing import Any

import msgspec
from msgspec import Struct

from destilation.config import Config
from destilation.core.dedup.index import content
from destilation.core.diversity import MOST, Diversity, diversity
from destilation.core.diversity import spread as evenly
from destilation.core.draws import Draws
from destilation.core.recollection import Recollection
from destilation.core.spread import spread
from destilation.core.topics.growth import PLANNING
from destilation.core.topics.tree import Path as Topic
from destilation.core.topics.tree import Tree
from destilation.errors import ConfigError
from destilation.report.draw import Draw, Place, lines_at, place_of
from destilation.report.nodes import Node, nodes, thinnest
from destilation.report.pairs import MOST_COMPARED, Pairs, closest
from destilation.report.read import UNREADABLE, config_of, row_of, rows, samples
from destilation.report.topics import topic_of
from destilation.report.values import AxisValues, Drawn
from destilation.seeds.topics import read_topics, topics_for
from destilation.storage.layout import REJECTIONS, SAMPLES, TOPICS
from destilation.storage.lines import Line

MOST_TOPICS = 10_000  # that are in no tree
MOST_THIN = 20


class Covered(Struct, frozen=True, kw_only=True):
    """What a dataset of `samples` samples covers; `refused` answers were asked for samples and were none.

    `topics` begins with the domain as a whole; `others` are samples of topics beyond those that are counted. `thin`
    are the leaves that lack most. `pairs` and `diversity` are of samples drawn at random where there are many.
    `notes` are for the reader.
    """

    samples: int
    target: int | None
    refused: int
    duplicates: int
    topics: list[Node]
    others: int
    thin: list[Node]
    axes: list[AxisValues]
    combinations: int | None
    diversity: Diversity
    pairs: Pairs
    notes: list[str]

    @property
    def leaves(self) -> list[Node]:
        """The topics that are asked about, or were until they were closed."""
        return [node for node in self.topics if node.path and node.state in ("open", "closed")]


class _Told(Struct, frozen=True):
    """What is read of a line of provenance, whoever wrote it."""

    topic: Any = None
    t: Any = ""
    axes: Any = None
    extras: Any = None


class _Refused(Struct, frozen=True):
    topic: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    t: str = ""
    stage: str = ""
    twin: int = 0


_TOLD = msgspec.json.Decoder(_Told)


class Survey:
    """Told of the samples of a folder, one after the other, with their lines of provenance.

    `seed` says which are compared, at most `compared`.
    """

    def __init__(self, folder: Path, config: Config | None, *, seed: int = 1, compared: int = MOST_COMPARED) -> None:
        self._folder = folder
        self._config = config
        self._tree, self._fault = _tree(folder, config)
        self._among: Draw[Place] = Draw(compared, Random(seed))
        self._told = Recollection()
        self._known: set[Topic] = set()
        self._others = 0
        self._axes = Drawn()

    def add(self, line: Line, origin: Line | None) -> None:
        """One sample."""
        self._among.offer(place_of(line))
        told = _Told() if origin is None else _told(origin.data)
        self._axes.add(told.axes)
        topic = topic_of({"topic": told.topic} if told.topic is not None else {"extras": told.extras}) or ()
        if self._counted(topic):
            self._told.accepted(topic, None, told.t if isinstance(told.t, str) else "", line.number)
        else:
            self._others += 1

    def found(self) -> Covered:
        """What was counted, with the refusals of the folder. Raises DamagedError for a line that is none, OSError."""
        self._refusals()
        config = self._config
        plan = None if config is None or self._fault else spread(config.job, config.axes, self._tree)
        if plan is not None:
            self._told.tell(plan)
        places = sorted(self._among.drawn())
        topics = nodes(self._tree, plan, self._told)
        return Covered(
            samples=self._among.offered,
            target=None if config is None else config.job.target,
            refused=topics[0].refused,
            duplicates=topics[0].duplicates,
            topics=topics,
            others=self._others,
            thin=thinnest(topics, MOST_THIN),
            axes=self._axes.found(() if config is None else config.axes),
            combinations=None if config is None or not config.axes else Draws(config.axes).combinations,
            diversity=diversity(self._texts(evenly(places, MOST))),
            pairs=closest(lines_at(self._folder / SAMPLES, places) if places else (), compared_of(config)),
            notes=self._notes(len(places)),
        )

    def _counted(self, topic: Topic) -> bool:
        """Whether a topic has a count of its own: one of the tree has, and the first others."""
        if topic in self._known:
            return True
        if self._tree.at(topic) is None and topic and len(self._known) >= MOST_TOPICS:
            return False
        self._known.add(topic)
        return True

    def _refusals(self) -> None:
        for _, refused in rows(self._folder / REJECTIONS, _Refused):
            if refused.stage != PLANNING and self._counted(refused.topic):
                self._told.refused(refused.topic, refused.codes[0] if refused.codes else "", refused.t, refused.twin)

    def _texts(self, places: list[Place]) -> list[str]:
        fields = compared_of(self._config)
        lines = lines_at(self._folder / SAMPLES, places) if places else ()
        records = [record for _, data in lines if (record := row_of(data)) is not None]
        return [content(record, fields or tuple(record)) for record in records]

    def _notes(self, compared: int) -> list[str]:
        notes = []
        if self._config is None:
            notes.append("job.toml cannot be read, so nothing is known of what was planned.")
        if self._fault:
            notes.append(f"{self._fault}; until it is mended nothing is known of what was planned.")
        if compared < self._among.offered:
            notes.append(
                f"Compared with each other: {compared:,} of {self._among.offered:,} samples, drawn at random "
                f"({min(MOST, compared):,} of them for distinct-n and similarity)."
            )
        if self._others:
            notes.append(f"{self._others:,} samples are of topics beyond the first {MOST_TOPICS:,}.")
        return notes


def survey(folder: Path, *, seed: int = 1, compared: int = MOST_COMPARED) -> Covered:
    """All of it for a folder. Raises DamagedError for a line that is none, OSError."""
    found = Survey(folder, config_of(folder), seed=seed, compared=compared)
    for line, origin in samples(folder):
        found.add(line, origin)
    return found.found()


def compared_of(config: Config | None) -> tuple[str, ...] | None:
    """The fields by which a job tells duplicates; None, all, where the job is not known."""
    return None if config is None else tuple(config.job.dedup.fields or config.template.compared_fields)


def _tree(folder: Path, config: Config | None) -> tuple[Tree, str]:
    """The tree of the folder; where there is none that can be read, no topics and what is wrong with the file."""
    try:
        if config is not None:
            return topics_for(config.job, folder / TOPICS), ""
        return (read_topics(folder / TOPICS) if (folder / TOPICS).is_file() else Tree()), ""
    except ConfigError as error:
        return Tree(), str(error)


def _told(data: bytes) -> _Told:
    try:
        return _TOLD.decode(data)
    except UNREADABLE:
        return _Told()
