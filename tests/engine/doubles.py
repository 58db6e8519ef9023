"""Providers and keepers for tests of the engine: they do exactly what their script says."""

import asyncio
import json
from collections.abc import Callable

from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex
from destilation.core.events import Event
from destilation.core.gate import Gate
from destilation.core.job import Stage
from destilation.core.mix import Mix
from destilation.core.pacing.governor import Governor, Limits
from destilation.core.provider import Completion, Prompt
from destilation.core.spend import Caps, Spend
from destilation.core.tariff import Tariff
from destilation.core.template import Template
from destilation.core.verdict import Rejection, Sample
from destilation.engine.pool import Answer, Entry, Pool

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
        self.refused: list[tuple[Rejection, bool]] = []
        self._failure = failure

    async def record(self, prompt: Prompt, answer: Answer) -> None:
        """Keep, or fail."""
        if self._failure is not None:
            raise self._failure
        self.recorded.append((prompt.task.number, prompt.attempt))

    def accept(self, prompt: Prompt, answer: Answer, sample: Sample, attempts: int) -> None:
        """Keep a sample."""
        self.samples.append(sample)

    def refuse(self, prompt: Prompt, answer: Answer, rejection: Rejection, *, final: bool) -> None:
        """Keep a rejection."""
        self.refused.append((rejection, final))


def gate() -> Gate:
    """A gate that has seen nothing."""
    return Gate(TEMPLATE, SeenIndex(0.85))


def pool_of(
    providers: list[Scripted],
    events: list[Event],
    *,
    limits: list[int] | None = None,
    weights: list[float] | None = None,
    tariffs: list[Tariff] | None = None,
    stages: list[Stage | None] | None = None,
    caps: Caps = Caps(),
) -> Pool:
    """A pool over the providers; call it inside the running loop. Chance is always one half."""
    clock = asyncio.get_running_loop().time
    many = len(providers)
    free = [Tariff(None, 100, free=True) for _ in providers]
    parts = zip(providers, limits or [100] * many, tariffs or free, stages or [None] * many, strict=True)
    return Pool(
        [
            Entry(provider, Governor(Limits(first=limit, most=limit, free=True), clock()), tariff, stage)
            for provider, limit, tariff, stage in parts
        ],
        Mix(weights or [1.0] * many),
        Spend(caps),
        emit=events.append,
        clock=clock,
        chance=lambda: 0.5,
    )
