"""The contract of the semantic layer: a sample in, a finding with its reasons out. Knows no particular check.

A review that needs a model asks through the Asker, so that what it is told is recorded, counted in the cost, and
asked for again with the reason where it is malformed.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from destilation.core.gate import Gate
from destilation.core.job import Reasoning
from destilation.core.neighbours import Neighbours
from destilation.core.provider import Prompt
from destilation.core.task import Task
from destilation.core.template import Template
from destilation.core.verdict import Reason, Sample


class Finding(Struct, frozen=True, kw_only=True):
    """What a review found: reasons to refuse (none: it passes), `notes` for the provenance, and `flags`.

    A flag marks a sample that is kept. `blame` names the stage whose answer is at fault; None: the last.
    """

    reasons: tuple[Reason, ...] = ()
    notes: Mapping[str, Any] = {}
    flags: tuple[str, ...] = ()
    blame: str | None = None


class Stage(Struct, frozen=True):
    """One thing that models are asked for on the way to a sample: by which template, judged by which gate.

    `reasoning` is as in the Job; `name` is empty where a job has but one stage. `neighbours` are shown in its prompts.
    """

    name: str
    template: Template
    gate: Gate
    max_attempts: int
    reasoning: Reasoning = "auto"
    neighbours: Neighbours | None = None

    def prompt(self, task: Task) -> Prompt:
        """The first prompt for a task, whose seed has what the template is given."""
        neighbours = "" if self.neighbours is None or task.pick is None else self.neighbours.told(task.pick.path)
        return self.template.prompt(task, reasoning=self.reasoning, stage=self.name, besides=neighbours)


class Asker(Protocol):
    """Asks models about the sample in hand."""

    async def ask(self, stage: Stage, task: Task) -> Sample | None:
        """A well-formed answer of the stage; None where its attempts are used up."""


class Review(Protocol):
    """Judges a sample that the earlier layers let through. `asks` says whether it costs requests."""

    @property
    def name(self) -> str:
        """How reasons, notes and provenance name it."""

    @property
    def asks(self) -> bool:
        """Whether it asks models; those that do not are asked first."""

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """What was found; None where it could not be found out, so that the sample is not judged yet."""
