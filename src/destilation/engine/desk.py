"""All that is said about one task: answers that are recorded already first, then new ones. Knows no template.

An attempt is one answer to the task, at whatever stage; their numbers name them in every file.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from destilation.core import events
from destilation.core.dialogue import Dialogue
from destilation.core.provider import Prompt
from destilation.core.review import Stage
from destilation.core.task import Task, key_of, request_seed
from destilation.core.verdict import Rejection, Sample
from destilation.engine.pool import Answer, Emit
from destilation.engine.post import Keep, Post, Said

MOST_ATTEMPTS = 60


class Past(Struct, frozen=True, kw_only=True):
    """An answer recorded by an earlier run, and why it was refused; None when it was not.

    `key` names the texts that its stage was given.
    """

    attempt: int
    stage: str
    key: str
    answer: Answer
    rejection: Rejection | None


class Draft(Struct, frozen=True):
    """An answer that its stage's gate let through, and the record in it."""

    said: Said
    sample: Sample


class Desk:
    """One task in hand. It is an Asker for reviews.

    `attempts` counts its answers, those of earlier runs included, `refusals` those that were refused, `trail` has the
    good ones of all stages.
    """

    def __init__(self, task: Task, past: Sequence[Past], post: Post, keep: Keep, emit: Emit, seed: int) -> None:
        self.attempts = len(past)
        self.refusals = 0
        self.trail: list[Said] = []
        self._task = task
        self._past = list(past)
        self._number = max((each.attempt for each in past), default=0)
        self._post = post
        self._keep = keep
        self._emit = emit
        self._seed = seed
        self._open: list[Answer] = []

    @property
    def full(self) -> bool:
        """Whether the task had as many attempts as any may have."""
        return self._number >= MOST_ATTEMPTS

    async def ask(self, stage: Stage, task: Task) -> Sample | None:
        """A well-formed answer of a stage that reviews; None where its attempts are used up."""
        draft = await self.converse(stage, Dialogue(stage.prompt(task), stage.max_attempts), task, gives_up=False)
        if draft is None:
            return None
        self.passed(draft)
        return draft.sample

    async def converse(self, stage: Stage, talk: Dialogue, task: Task, *, gives_up: bool) -> Draft | None:
        """Ask until an answer is one that the stage's gate lets through; None where the attempts are used up.

        `gives_up` says that the task is given up then.
        """
        while not talk.over and not self.full:
            said, refused = await self._hear(stage, talk.prompt, task.given)
            if refused is not None:
                self.refusals += 1
                talk.refused(said.answer.completion, refused)
                continue
            verdict = stage.gate.examine(said.answer.completion, task.given)
            if isinstance(verdict, Sample):
                return Draft(said, verdict)
            self.refuse(said, verdict, talk, gives_up=gives_up)
        return None

    def refuse(
        self, said: Said, rejection: Rejection, talk: Dialogue, *, gives_up: bool = True, ends: bool = False
    ) -> None:
        """Take an answer as refused: keep it, tell of it, and let the dialogue know.

        `gives_up` is as in `converse`; `ends` says that the task is given up whatever attempts are left.
        """
        self.refusals += 1
        self.trail = [each for each in self.trail if each.prompt.attempt < said.prompt.attempt]
        talk.refused(said.answer.completion, rejection)
        self._keep.refuse(said, rejection, final=ends or (gives_up and (talk.over or self.full)))
        self._emit(
            events.Rejected(
                task=said.prompt.task.number,
                attempt=said.prompt.attempt,
                provider=said.answer.label,
                layer=rejection.layer,
                codes=tuple(reason.code for reason in rejection.reasons),
                reasons=tuple(reason.text for reason in rejection.reasons),
                stage=said.prompt.stage,
                topic=_topic(said.prompt.task),
                twin=rejection.twin,
            )
        )
        self._judged(said.answer, accepted=False)

    def passed(self, draft: Draft) -> None:
        """The answer of a stage that is not the last is good."""
        self.trail.append(draft.said)
        self._judged(draft.said.answer, accepted=True)

    def accept(self, draft: Draft, sample: Sample) -> None:
        """The draft became the sample."""
        prompt, answer = draft.said.prompt, draft.said.answer
        self._keep.accept(draft.said, sample, self.attempts, self.trail)
        self._emit(
            events.Accepted(
                sample=sample.number,
                task=prompt.task.number,
                attempt=prompt.attempt,
                provider=answer.label,
                first=not self.refusals,
                topic=_topic(prompt.task),
            )
        )
        self._judged(answer, accepted=True)

    def leave(self) -> None:
        """The task is out of hand: what was not judged counts for nobody."""
        for answer in list(self._open):
            self._judged(answer, accepted=False)

    def _judged(self, answer: Answer, *, accepted: bool) -> None:
        if answer in self._open:
            self._open.remove(answer)
            self._post.judged(answer, accepted=accepted)

    async def _hear(self, stage: Stage, prompt: Prompt, given: Mapping[str, str]) -> tuple[Said, Rejection | None]:
        """The next recorded answer of the stage, with what was wrong with it; else a new one."""
        key, task = key_of(given), prompt.task.number
        for place, past in enumerate(self._past):
            if past.stage == stage.name and past.key == key:
                del self._past[place]
                asked = replace(prompt, attempt=past.attempt, seed=request_seed(self._seed, task, past.attempt))
                return Said(asked, past.answer), past.rejection
        self._number += 1
        prompt = replace(prompt, attempt=self._number, seed=request_seed(self._seed, task, self._number))
        said = await self._post.ask(stage, prompt)
        self.attempts += 1
        self._open.append(said.answer)
        return said, None


def _topic(task: Task) -> tuple[str, ...]:
    return () if task.pick is None else task.pick.path
