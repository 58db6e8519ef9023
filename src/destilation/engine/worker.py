"""Fulfils one Task after the other, stage by stage: ask, judge, ask again. Knows no file and no provider.

A sample flows through all stages before the worker takes the next task. What is wrong with it goes back to the
stage that made the fault: to the one that a review blames, for a duplicate to the first one that could know.
"""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from destilation.core import events
from destilation.core.dialogue import Dialogue
from destilation.core.quoting import quoting, wanted
from destilation.core.review import Finding, Review, Stage
from destilation.core.task import Task
from destilation.core.verdict import Rejection, Sample
from destilation.engine.bundler import Bundler
from destilation.engine.desk import Desk, Draft, Past
from destilation.engine.pool import Emit, Pool
from destilation.engine.post import Keep, Post
from destilation.errors import RefusedPromptError, TransientProviderError


class _Refused(Struct, frozen=True):
    """A sample was refused at the end, and it is the fault of the stage at `place` (-1: of the seed)."""

    rejection: Rejection
    place: int


class Worker:
    """Everything that one task needs, shared by all workers of a run.

    Each of the `stages` is given what those before it made; the last makes the sample, which `reviews` judge. The
    first may be asked for `per_request` records at a time.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        pool: Pool,
        keep: Keep,
        emit: Emit,
        *,
        seed: int,
        reviews: Sequence[Review] = (),
        per_request: int = 1,
    ) -> None:
        self._stages = stages
        several = per_request > 1
        self._post = Bundler(pool, keep, emit, stage=stages[0], most=per_request) if several else Post(pool, keep, emit)
        self._keep = keep
        self._emit = emit
        self._seed = seed
        self._checks = tuple(review.name for review in reviews)
        self._rounds = [
            [review for review in reviews if review.asks == asks]
            for asks in (False, True)
            if any(review.asks == asks for review in reviews)
        ]

    async def fulfil(self, task: Task, past: Sequence[Past] = ()) -> bool:
        """Whether the task brought a sample; if not, it is abandoned. `past` has the answers it got already.

        Raises NoProviderError, SpendCapError and PoolClosedError, after which the task can be begun again, and
        StorageError.
        """
        desk = Desk(task, past, self._post, self._keep, self._emit, self._seed)
        self._post.come()
        try:
            reason = await self._course(task, desk)
        except (RefusedPromptError, TransientProviderError) as error:
            reason = str(error)
        finally:
            self._post.go()
            desk.leave()
        if reason is not None:
            self._emit(events.Abandoned(task=task.number, attempts=desk.attempts, reason=reason))
        return reason is None

    async def _course(self, task: Task, desk: Desk) -> str | None:
        """Why the task is abandoned; None where it brought a sample."""
        talks: list[Dialogue] = []
        drafts: list[Draft] = []
        while len(drafts) < len(self._stages):
            place = len(drafts)
            stage, given = self._stages[place], _given(task, drafts)
            if len(talks) == place:
                talks.append(Dialogue(stage.prompt(given), stage.max_attempts))
            draft = await desk.converse(stage, talks[place], given, gives_up=True)
            if draft is None:
                return "attempts used up"
            drafts.append(draft)
            ended = await self._judge(given, drafts, desk)
            if isinstance(ended, str):
                return ended
            if isinstance(ended, _Refused):
                at = max(ended.place, 0)
                desk.refuse(drafts[at].said, await self._quoting(ended.rejection), talks[at], ends=ended.place < 0)
                if ended.place < 0:
                    return "the seed is that of another sample"
                del drafts[at:], talks[at + 1 :]
        return None

    async def _judge(self, task: Task, drafts: Sequence[Draft], desk: Desk) -> _Refused | str | None:
        """What becomes of the newest draft: None where it is good, or why nothing can be said of it."""
        draft = drafts[-1]
        last = len(drafts) == len(self._stages)
        gate = self._stages[-1].gate
        if self._rounds or not last:
            known = {**task.given, **draft.sample.record}
            if gate.compares(known) and (twin := gate.twin(known)) is not None:
                return _Refused(twin, self._knew(task, drafts))
        if not last:
            desk.passed(draft)
            return None
        notes: dict[str, object] = {}
        sample = _whole(drafts)
        for reviews in self._rounds:
            findings = await _all(reviews, sample, task, desk)
            if isinstance(findings, str):
                return findings
            if reasons := [reason for finding in findings for reason in finding.reasons]:
                return _Refused(Rejection("semantic", tuple(reasons)), self._blamed(findings))
            for review, finding in zip(reviews, findings, strict=True):
                notes |= finding.notes
                if finding.flags:
                    notes["flags"] = [*(f"{review.name}: {flag}" for flag in finding.flags), *_flags(notes)]
        verdict = gate.admit(sample, notes, self._checks)
        if isinstance(verdict, Rejection):
            return _Refused(verdict, self._knew(task, drafts))
        desk.accept(draft, verdict)
        return None

    async def _quoting(self, rejection: Rejection) -> Rejection:
        """The rejection, with the words of the sample that the answer is too close to."""
        number = wanted(rejection)
        text = await self._keep.recall(number) if number else None
        return rejection if text is None else quoting(rejection, text)

    def _knew(self, task: Task, drafts: Sequence[Draft]) -> int:
        """The first stage whose draft has all that duplicates are told by; -1 where the seed has it."""
        gate = self._stages[-1].gate
        known: dict[str, object] = dict(drafts[0].said.prompt.task.given)
        if gate.compares(known):
            return -1
        for place, draft in enumerate(drafts):
            known |= draft.sample.record
            if gate.compares(known):
                return place
        return len(drafts) - 1

    def _blamed(self, findings: Sequence[Finding]) -> int:
        names = [stage.name for stage in self._stages]
        places = [names.index(finding.blame) for finding in findings if finding.reasons and finding.blame in names]
        return min(places, default=len(names) - 1)


def _given(task: Task, drafts: Sequence[Draft]) -> Task:
    """The task with what earlier stages made."""
    records = [draft.sample.record for draft in drafts]
    made = {name: value for record in records for name, value in record.items() if isinstance(value, str)}
    return task.with_given(made) if made else task


def _whole(drafts: Sequence[Draft]) -> Sample:
    """The sample of the last draft, with what earlier ones brought besides, such as the language of their code."""
    extras = {name: value for draft in drafts for name, value in draft.sample.extras.items()}
    return replace(drafts[-1].sample, extras=extras)


def _flags(notes: Mapping[str, object]) -> list[object]:
    flags = notes.get("flags", [])
    return flags if isinstance(flags, list) else []


async def _found(review: Review, sample: Sample, task: Task, desk: Desk) -> Finding | Exception | None:
    """What one found, or what it failed with."""
    try:
        return await review.review(sample, task, desk)
    except Exception as error:
        return error


async def _all(reviews: Sequence[Review], sample: Sample, task: Task, desk: Desk) -> list[Finding] | str:
    """What all found, at the same time; or which of them could not find out.

    Where one fails, the others are waited for: what they asked is paid for, and has to be recorded.
    """
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_found(review, sample, task, desk)) for review in reviews]
    findings = []
    for result in (each.result() for each in asked):
        if isinstance(result, Exception):
            raise result
        findings.append(result)
    missing = [review.name for review, finding in zip(reviews, findings, strict=True) if finding is None]
    return f"{missing[0]} came to no verdict" if missing else [each for each in findings if each is not None]
