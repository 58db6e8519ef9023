"""What the engine wants kept, put into the words of the files. Knows both; decides nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from destilation.core import bundle
from destilation.core.dedup.index import content
from destilation.core.events import Charged
from destilation.core.job import Share
from destilation.core.neighbours import Neighbours
from destilation.core.provider import Completion, Usage
from destilation.core.task import key_of
from destilation.core.verdict import Reason, Rejection, Sample
from destilation.engine.desk import Past
from destilation.engine.pool import Answer
from destilation.engine.post import Said
from destilation.providers.registry import read
from destilation.storage.dataset import Dataset
from destilation.storage.records import (
    Provenance,
    StageOrigin,
    StoredAnswer,
    StoredCharge,
    StoredRejection,
    Tokens,
    embed,
    line_hash,
    timestamp,
)
from destilation.storage.recovery import Past as StoredPast

_NO_BODY = Raw(b"null")
LAYERS = ("structural", "syntactic", "semantic")


class Keeper:
    """Writes answers and verdicts to a dataset folder. Raises StorageError when it cannot.

    `making` are the names of the stages that make a part of the sample, `compared` the fields by which duplicates are
    told; `neighbours` are told of each sample.
    """

    def __init__(
        self,
        dataset: Dataset,
        shares: Mapping[str, Share],
        now: Callable[[], datetime],
        making: Collection[str] = ("",),
        compared: Sequence[str] = (),
        neighbours: Neighbours | None = None,
    ) -> None:
        self._dataset = dataset
        self._asked = {label: _asked(share) for label, share in shares.items()}
        self._now = now
        self._making = frozenset(making)
        self._compared = compared
        self._neighbours = neighbours

    async def record(self, *said: Said) -> None:
        """Keep what came in one paid reply; returns when it is written."""
        t = timestamp(self._now())
        await self._dataset.record(*[self._stored(each, t, embed(each.answer.completion.body)) for each in said])

    def accept(self, said: Said, sample: Sample, attempts: int, trail: Sequence[Said]) -> None:
        """Keep a sample and how it came to be."""
        t, pick = timestamp(self._now()), said.prompt.task.pick
        axes = {} if pick is None else pick.values
        stages = tuple([_stage_origin(self._recorded(each)) for each in trail])
        origin = provenance_of(self._recorded(said), sample, attempts, t, axes, stages)
        self._dataset.accept(sample.line, origin)
        if self._neighbours is not None and pick is not None:
            self._neighbours.accepted(pick.path, said_in(sample.record, self._compared))

    def refuse(self, said: Said, rejection: Rejection, *, final: bool) -> None:
        """Keep a rejection with the words that the model is told."""
        self._dataset.refuse(refusal_of(self._recorded(said), rejection, timestamp(self._now()), final=final))

    async def recall(self, number: int) -> str | None:
        """What a sample says in the fields by which duplicates are told."""
        line = await self._dataset.kept.line(number)
        try:
            return said_in(msgspec.json.decode(line or b""), self._compared)
        except msgspec.DecodeError:  # it cannot be read, or somebody changed it meanwhile
            return None

    def _recorded(self, said: Said) -> StoredAnswer:
        """An answer as it was recorded, without time and body where that was in an earlier run."""
        found = self._dataset.recorded(said.prompt.task.number, said.prompt.attempt)
        return found or self._stored(said, t="")

    def _stored(self, said: Said, t: str, body: Raw = _NO_BODY) -> StoredAnswer:
        prompt, answer, completion = said.prompt, said.answer, said.answer.completion
        usage, task = completion.usage, prompt.task
        seed, pick, given = task.seed, task.pick, task.given
        return StoredAnswer(
            task=task.number,
            attempt=prompt.attempt,
            provider=answer.label,
            model=completion.model,
            dialect=completion.dialect,
            mode=completion.mode,
            t=t,
            seconds=round(answer.seconds, 6),
            finish_reason=completion.finish_reason,
            tokens=Tokens(usage.tokens_in, usage.tokens_out, usage.reasoning),
            cost_usd=usage.cost_usd or 0.0,
            parameters={"seed": prompt.seed, **self._asked.get(answer.label, {})},
            stage=prompt.stage,
            seed="" if seed is None else seed.id,
            way="" if seed is None else seed.way,
            key=key_of(given),
            beside=completion.beside,
            bundle=said.bundle,
            given=given if prompt.stage in self._making else {},
            topic=() if pick is None else pick.path,
            draw=0 if pick is None else pick.index,
            body=body,
        )


def _asked(share: Share) -> Mapping[str, object]:
    """The parameters that every request to an entry of the mix has."""
    known = {"temperature": share.temperature, "top_p": share.top_p, "max_tokens": share.max_tokens}
    return {name: value for name, value in known.items() if value is not None} | dict(share.extra)


def said_in(record: Mapping[str, object], compared: Sequence[str]) -> str:
    """The text by which duplicates are told, for people and models: its values, a line each."""
    return content(record, compared).replace("\0", " ")


def _stage_origin(answer: StoredAnswer) -> StageOrigin:
    return StageOrigin(
        stage=answer.stage,
        attempt=answer.attempt,
        provider=answer.provider,
        model=answer.model,
        tokens=answer.tokens,
        cost_usd=answer.cost_usd,
    )


def provenance_of(
    answer: StoredAnswer,
    sample: Sample,
    attempts: int,
    t: str,
    axes: Mapping[str, str] = {},
    stages: tuple[StageOrigin, ...] = (),
) -> Provenance:
    """How a sample came to be out of an answer, the fruit of that many attempts; `t` is UTC, RFC 3339.

    `axes` and `stages` are as in Provenance.
    """
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
        checks=(*LAYERS, *sample.checks),
        t=t,
        request=extras.pop("request", None),
        language=extras.pop("language", None),
        extras=extras,
        stage=answer.stage,
        seed=answer.seed,
        way=answer.way,
        topic=answer.topic,
        draw=answer.draw,
        axes=axes,
        sources=sample.sources,
        notes=sample.notes,
        stages=stages,
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
        stage=answer.stage,
        seed=answer.seed,
        way=answer.way,
        topic=answer.topic,
        draw=answer.draw,
        twin=rejection.twin,
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
        stage=event.stage,
        t=timestamp(now),
    )


def past_of(stored: StoredPast) -> Past:
    """An answer from the files as the engine knows it."""
    answer, refused = stored.answer, stored.rejection
    rejection = None
    if refused is not None:
        reasons = zip(refused.codes, refused.reasons, strict=True)
        rejection = Rejection(refused.layer, tuple(Reason(code, text) for code, text in reasons))
    heard = Answer(-1, answer.provider, completion_of(answer), answer.seconds)
    return Past(attempt=answer.attempt, stage=answer.stage, key=answer.key, answer=heard, rejection=rejection)


def completion_of(answer: StoredAnswer) -> Completion:
    """What a recorded answer says to its task, and what it took. Raises as `read` does."""
    heard = replace(read(answer.dialect, answer.received), mode=answer.mode, beside=answer.beside)
    if not answer.bundle:
        return heard
    tokens = answer.tokens
    usage = Usage(tokens.into, tokens.out, tokens.reasoning, answer.cost_usd)
    mine = bundle.first_of(heard) if answer.bundle == answer.task else heard
    return replace(mine, model=answer.model, usage=usage)
