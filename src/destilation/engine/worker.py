"""Fulfils one Task after the other: ask, record, judge, ask again. Knows no file and no particular provider."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from destilation.core import events
from destilation.core.dialogue import Dialogue
from destilation.core.gate import Gate
from destilation.core.provider import Prompt
from destilation.core.task import Task
from destilation.core.template import Template
from destilation.core.verdict import Rejection, Sample
from destilation.engine.pool import Answer, Emit, Pool
from destilation.errors import RefusedPromptError, TransientProviderError


class Past(Struct, frozen=True):
    """An answer recorded by an earlier run, and why it was refused; None when it was never judged."""

    answer: Answer
    rejection: Rejection | None


class Keep(Protocol):
    """Where answers and verdicts are kept. Raises StorageError when they cannot be."""

    async def record(self, prompt: Prompt, answer: Answer) -> None:
        """Keep a paid answer; returns when it is written."""

    def accept(self, prompt: Prompt, answer: Answer, sample: Sample, attempts: int) -> None:
        """Keep a sample, the fruit of that many attempts."""

    def refuse(self, prompt: Prompt, answer: Answer, rejection: Rejection, *, final: bool) -> None:
        """Keep a rejection; `final` when its task is given up with it."""


class Worker:
    """Everything that one task needs, shared by all workers of a run."""

    def __init__(
        self,
        template: Template,
        gate: Gate,
        pool: Pool,
        keep: Keep,
        emit: Emit,
        *,
        max_attempts: int,
        seed: int,
    ) -> None:
        self._template = template
        self._gate = gate
        self._pool = pool
        self._keep = keep
        self._emit = emit
        self._max_attempts = max_attempts
        self._seed = seed

    async def fulfil(self, task: Task, past: Sequence[Past] = ()) -> bool:
        """True when the task brought a sample, False when it is abandoned.

        `past` are the answers it already got: they are paid for and not asked for again. Raises
        NoProviderError, PoolClosedError and StorageError, with the task neither kept nor abandoned.
        """
        dialogue = Dialogue(self._template.prompt(task), self._gate, self._max_attempts, self._seed)
        for earlier in past:
            if dialogue.over:
                break
            if earlier.rejection is not None:
                dialogue.recall(earlier.answer.completion, earlier.rejection)
            else:
                self._judge(dialogue, earlier.answer)
        reason = "attempts used up"
        while not dialogue.over:
            try:
                answer = await self._pool.ask(dialogue.prompt)
            except (RefusedPromptError, TransientProviderError) as error:
                reason = str(error)
                break
            await self._hear(dialogue, answer)
        if dialogue.sample is None:
            self._emit(events.Abandoned(task=task.number, attempts=dialogue.attempts, reason=reason))
        return dialogue.sample is not None

    async def _hear(self, dialogue: Dialogue, answer: Answer) -> None:
        accepted = False
        try:
            await self._keep.record(dialogue.prompt, answer)
            self._emit(_received(dialogue.prompt, answer))
            accepted = self._judge(dialogue, answer)
        finally:
            self._pool.judged(answer, accepted=accepted)

    def _judge(self, dialogue: Dialogue, answer: Answer) -> bool:
        prompt = dialogue.prompt
        task, attempt = prompt.task.number, prompt.attempt
        verdict = dialogue.hear(answer.completion)
        if isinstance(verdict, Sample):
            self._keep.accept(prompt, answer, verdict, dialogue.attempts)
            self._emit(events.Accepted(sample=verdict.number, task=task, attempt=attempt, provider=answer.label))
            return True
        self._keep.refuse(prompt, answer, verdict, final=dialogue.over)
        self._emit(
            events.Rejected(
                task=task,
                attempt=attempt,
                provider=answer.label,
                layer=verdict.layer,
                codes=tuple(reason.code for reason in verdict.reasons),
                reasons=tuple(reason.text for reason in verdict.reasons),
            )
        )
        return False


def _received(prompt: Prompt, answer: Answer) -> events.CompletionReceived:
    completion, usage = answer.completion, answer.completion.usage
    return events.CompletionReceived(
        task=prompt.task.number,
        attempt=prompt.attempt,
        provider=answer.label,
        model=completion.model,
        seconds=round(answer.seconds, 6),
        finish_reason=completion.finish_reason,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        tokens_reasoning=usage.reasoning,
        cost_usd=usage.cost_usd or 0.0,
    )
