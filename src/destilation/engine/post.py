"""Sends prompts, and keeps what comes back before anybody looks at it. Knows no template and no task's fate."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from destilation.core import events
from destilation.core.provider import Prompt
from destilation.core.review import Stage
from destilation.core.verdict import Rejection, Sample
from destilation.engine.pool import Answer, Emit, Pool


class Said(Struct, frozen=True):
    """An answer and the prompt it answers.

    `bundle` is the first task of those whose records came in the same reply; 0: it came alone.
    """

    prompt: Prompt
    answer: Answer
    bundle: int = 0


class Keep(Protocol):
    """Where answers and verdicts are kept. Raises StorageError when they cannot be."""

    async def record(self, *said: Said) -> None:
        """Keep what came in one paid reply; returns when it is written."""

    def accept(self, said: Said, sample: Sample, attempts: int, trail: Sequence[Said]) -> None:
        """Keep a sample, the fruit of that many attempts; `trail` has the good answers of other stages."""

    def refuse(self, said: Said, rejection: Rejection, *, final: bool) -> None:
        """Keep a rejection; `final` when its task is given up with it."""

    async def recall(self, number: int) -> str | None:
        """What a kept sample says, as far as duplicates are told by it; None where that cannot be known now."""


class Post:
    """One request for each prompt."""

    def __init__(self, pool: Pool, keep: Keep, emit: Emit) -> None:
        self._pool = pool
        self._keep = keep
        self._emit = emit

    def come(self) -> None:
        """Somebody has a task in hand and may ask, until they `go`."""

    def go(self) -> None:
        """Somebody who came has no task in hand any more."""

    async def ask(self, stage: Stage, prompt: Prompt) -> Said:
        """A new answer, kept and told of. Raises as Pool.ask does, and StorageError."""
        said = Said(prompt, await self._pool.ask(prompt))
        await self._take_in(said)
        return said

    def judged(self, answer: Answer, *, accepted: bool) -> None:
        """What became of an answer."""
        self._pool.judged(answer, accepted=accepted)

    async def _take_in(self, *said: Said) -> None:
        await self._keep.record(*said)
        for each in said:
            self._emit(_received(each))


def _received(said: Said) -> events.CompletionReceived:
    completion, usage = said.answer.completion, said.answer.completion.usage
    return events.CompletionReceived(
        task=said.prompt.task.number,
        attempt=said.prompt.attempt,
        provider=said.answer.label,
        model=completion.model,
        seconds=round(said.answer.seconds, 6),
        finish_reason=completion.finish_reason,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        tokens_reasoning=usage.reasoning,
        cost_usd=usage.cost_usd or 0.0,
        stage=said.prompt.stage,
        bundle=said.bundle,
    )
