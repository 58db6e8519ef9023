"""What the engine wants kept, put into the words of the files. Knows both; decides nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Raw

from destilation.core.events import Charged
from destilation.core.job import Share
from destilation.core.provider import Prompt
from destilation.core.verdict import Reason, Rejection, Sample
from destilation.engine.pool import Answer
from destilation.engine.worker import Past
from destilation.providers.registry import read
from destilation.storage.dataset import Dataset
from destilation.storage.records import (
    Provenance,
    StoredAnswer,
    StoredCharge,
    StoredRejection,
    Tokens,
    embed,
    line_hash,
    timestamp,
)
from destilation.storage.recovery import Past as StoredPast

LAYERS = ("structural", "syntactic", "semantic")


class Keeper:
    """Writes answers and verdicts to a dataset folder. Raises StorageError when it cannot."""

    def __init__(self, dataset: Dataset, shares: Mapping[str, Share], now: Callable[[], datetime]) -> None:
        self._dataset = dataset
        self._shares = shares
        self._now = now

    async def record(self, prompt: Prompt, answer: Answer) -> None:
        """Keep a paid answer; returns when it is written."""
        await self._dataset.record(self._stored(prompt, answer, embed(answer.completion.body)))

    def accept(self, prompt: Prompt, answer: Answer, sample: Sample, attempts: int) -> None:
        """Keep a sample and how it came to be."""
        stored = self._stored(prompt, answer, Raw(b"null"))
        self._dataset.accept(sample.line, provenance_of(stored, sample, attempts, timestamp(self._now())))

    def refuse(self, prompt: Prompt, answer: Answer, rejection: Rejection, *, final: bool) -> None:
        """Keep a rejection with the words that the model is told."""
        stored = self._stored(prompt, answer, Raw(b"null"))
        self._dataset.refuse(refusal_of(stored, rejection, timestamp(self._now()), final=final))

    def _stored(self, prompt: Prompt, answer: Answer, body: Raw) -> StoredAnswer:
        completion, usage = answer.completion, answer.completion.usage
        return StoredAnswer(
            task=prompt.task.number,
            attempt=prompt.attempt,
            provider=answer.label,
            model=completion.model,
            dialect=completion.dialect,
            mode=completion.mode,
            t=timestamp(self._now()),
            seconds=round(answer.seconds, 6),
            finish_reason=completion.finish_reason,
            tokens=Tokens(usage.tokens_in, usage.tokens_out, usage.reasoning),
            cost_usd=usage.cost_usd or 0.0,
            parameters=self._parameters(prompt, answer),
            body=body,
        )

    def _parameters(self, prompt: Prompt, answer: Answer) -> dict[str, object]:
        share = self._shares.get(answer.label)
        asked: dict[str, object] = {"seed": prompt.seed}
        if share is not None:
            known = {"temperature": share.temperature, "top_p": share.top_p, "max_tokens": share.max_tokens}
            asked |= {name: value for name, value in known.items() if value is not None} | dict(share.extra)
        return asked


def provenance_of(answer: StoredAnswer, sample: Sample, attempts: int, t: str) -> Provenance:
    """How a sample came to be out of an answer, the fruit of that many attempts; `t` is UTC, RFC 3339."""
    digest, extras = line_hash(sample.line), dict(sample.extras)
    return Provenance(
        sample=sample.number,
        id=digest[:16],
        hash=digest,
        task=answer.task,
        attempt=answer.attempt,
        attempts=attempts,
        provider=answer.provider,
        model=answer.model,
        dialect=answer.dialect,
        mode=answer.mode,
        finish_reason=answer.finish_reason,
        parameters=answer.parameters,
        tokens=answer.tokens,
        cost_usd=answer.cost_usd,
        reasoning=sample.reasoning,
        checks=LAYERS,
        t=t,
        request=extras.pop("request", None),
        language=extras.pop("language", None),
        extras=extras,
    )


def refusal_of(answer: StoredAnswer, rejection: Rejection, t: str, *, final: bool) -> StoredRejection:
    """A rejection of an answer with the words that the model is told."""
    return StoredRejection(
        task=answer.task,
        attempt=answer.attempt,
        provider=answer.provider,
        model=answer.model,
        layer=rejection.layer,
        codes=tuple(reason.code for reason in rejection.reasons),
        reasons=tuple(reason.text for reason in rejection.reasons),
        final=final,
        t=t,
    )


def charge_of(event: Charged, now: datetime) -> StoredCharge:
    """A charge without an answer as the files know it."""
    return StoredCharge(
        task=event.task,
        attempt=event.attempt,
        provider=event.provider,
        usd=event.usd,
        tokens=event.tokens,
        reason=event.reason,
        t=timestamp(now),
    )


def past_of(stored: StoredPast) -> Past:
    """An answer from the files as the engine knows it."""
    answer, refused = stored.answer, stored.rejection
    completion = read(answer.dialect, answer.received)
    rejection = None
    if refused is not None:
        reasons = zip(refused.codes, refused.reasons, strict=True)
        rejection = Rejection(refused.layer, tuple(Reason(code, text) for code, text in reasons))
    return Past(Answer(-1, answer.provider, completion, answer.seconds), rejection)
