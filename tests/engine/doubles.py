"""Providers and keepers for tests of the engine: they do exactly what their script says."""

import asyncio
import json
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex
from destilation.core.events import Event
from destilation.core.gate import Gate
from destilation.core.job import Attempts
from destilation.core.mix import Mix
from destilation.core.pacing.governor import Governor, Limits
from destilation.core.provider import Completion, Prompt, Way
from destilation.core.review import Stage
from destilation.core.spend import Caps, Spend
from destilation.core.tariff import Tariff
from destilation.core.task import key_of
from destilation.core.template import Template
from destilation.core.verdict import Rejection, Sample
from destilation.engine.desk import Past
from destilation.engine.pool import Answer, Entry, Pool
from destilation.engine.post import Said

TEMPLATE: Template = BUILTIN[0]
Script = Callable[[Prompt, int], str | Exception]


def qa(number: int) -> str:
    """A valid answer that differs from all others."""
    words = " ".join(f"{word}{number}" for word in ("why", "does", "this", "thing", "fall"))
    return json.dumps({"question": f"{words}?", "answer": f"Because of reason {number}."})


def said(text: str, finish_reason: str = "stop") -> Completion:
    """A completion with that text."""
    return Completion(text=text, dialect="test", body=b"{}", model="test", finish_reason=finish_reason)


class Scripted:
    """A provider that answers what its script gives for (prompt, number of the request)."""

    def __init__(self, script: Script, label: str = "test", seconds: float = 1.0) -> None:
        self.label = label
        self.prompts: list[Prompt] = []
        self.most_in_flight = 0
        self.times: list[float] = []
        self._in_flight = 0
        self._script = script
        self._seconds = seconds

    @property
    def way(self) -> Way:
        """The first choice."""
        return Way()

    def sure(self, prompt: Prompt) -> bool:
        """It is known how to ask it."""
        return True

    async def complete(self, prompt: Prompt) -> Completion:
        """Wait as long as told, then say or raise what the script gives."""
        self.prompts.append(prompt)
        number = len(self.prompts)
        self.times.append(asyncio.get_running_loop().time())
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self._in_flight -= 1
        answer = self._script(prompt, number)
        if isinstance(answer, Exception):
            raise answer
        return said(answer)


class Memory:
    """Keeps everything in lists; can be told to fail."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.recorded: list[tuple[int, int]] = []
        self.samples: list[Sample] = []
        self.trails: list[list[str]] = []
        self.attempts: list[int] = []
        self.refused: list[tuple[Rejection, bool]] = []
        self._said: list[Said] = []
        self._rejections: dict[int, Rejection] = {}
        self._failure = failure

    async def record(self, *said: Said) -> None:
        """Keep, or fail."""
        if self._failure is not None:
            raise self._failure
        self.recorded += [(each.prompt.task.number, each.prompt.attempt) for each in said]
        self._said += said

    def accept(self, said: Said, sample: Sample, attempts: int, trail: Sequence[Said]) -> None:
        """Keep a sample."""
        self.samples.append(sample)
        self.attempts.append(attempts)
        self.trails.append([each.prompt.stage for each in trail])

    def refuse(self, said: Said, rejection: Rejection, *, final: bool) -> None:
        """Keep a rejection."""
        self.refused.append((rejection, final))
        self._rejections[said.prompt.attempt] = rejection

    async def recall(self, number: int) -> str | None:
        """What a sample says."""
        return next((str(sample.record) for sample in self.samples if sample.number == number), None)

    def past(self, *, judged: bool = True) -> list[Past]:
        """What the next run knows of a single task; `judged` is whether rejections were written before the end."""
        return [
            Past(
                attempt=said.prompt.attempt,
                stage=said.prompt.stage,
                key=key_of(said.prompt.task.given),
                answer=replace(said.answer, entry=-1),
                rejection=self._rejections.get(said.prompt.attempt) if judged else None,
            )
            for said in self._said
        ]


def stage(max_attempts: int = 3) -> Stage:
    """The only stage of a job, its gate has seen nothing."""
    return Stage("", TEMPLATE, Gate(TEMPLATE, SeenIndex(0.85)), max_attempts)


def pool_of(
    providers: list[Scripted],
    events: list[Event],
    *,
    limits: list[int] | None = None,
    weights: list[float] | None = None,
    tariffs: list[Tariff] | None = None,
    attempts: list[Attempts | None] | None = None,
    stages: list[str] | None = None,
    caps: Caps = Caps(),
) -> Pool:
    """A pool over the providers; call it inside the running loop. Chance is always one half."""
    clock = asyncio.get_running_loop().time
    many = len(providers)
    free = [Tariff(None, 100, free=True) for _ in providers]
    parts = zip(
        providers,
        limits or [100] * many,
        tariffs or free,
        attempts or [None] * many,
        stages or [""] * many,
        strict=True,
    )
    return Pool(
        [
            Entry(provider, Governor(Limits(first=limit, most=limit, free=True), clock()), tariff, which, name)
            for provider, limit, tariff, which, name in parts
        ],
        Mix(weights or [1.0] * many),
        Spend(caps),
        emit=events.append,
        clock=clock,
        chance=lambda: 0.5,
    )


def past_of(attempt: int, completion: Completion, rejection: Rejection | None = None) -> Past:
    """An answer of an earlier run to a job's only stage."""
    return Past(attempt=attempt, stage="", key="", answer=Answer(-1, "test", completion, 1.0), rejection=rejection)
