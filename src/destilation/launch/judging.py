"""Stored answers judged again, in the order of the ledger, into a folder: at most one sample a task."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from destilation.core.gate import Gate
from destilation.core.verdict import Rejection, Verdict
from destilation.launch.before import Before
from destilation.launch.keep import completion_of, provenance_of, refusal_of
from destilation.storage.dataset import Dataset
from destilation.storage.records import Provenance, StoredAnswer, StoredRejection


class Judging:
    """Decides of each answer. A sample from before goes before the other answers of its task.

    What a review refused stays refused, for it is not asked again. `making` are the names of the stages that make the
    sample, in order; `now` gives UTC, RFC 3339. Memory: a byte a task, 4 bytes a sample.
    """

    def __init__(
        self, dataset: Dataset, gate: Gate, before: Before, making: Sequence[str], now: Callable[[], str]
    ) -> None:
        self.accepted = 0
        self.gained = 0
        self.reasons: Counter[str] = Counter()
        self._dataset = dataset
        self._gate = gate
        self._before = before
        self._last = len(making) - 1
        self._places = {"": self._last, **{name: place for place, name in enumerate(making)}}
        self._now = now
        self._settled = bytearray()
        self._blamed: dict[int, int] = {}  # the stage whose answer a review refused, so what was made from it is void
        self._numbers = array("I")  # of each sample from before, its number now; 0: it has none (yet)
        self._early: list[StoredRejection] = []  # refusals whose twin has no number yet
        self._held: dict[int, list[StoredAnswer]] = {}

    @property
    def kept(self) -> int:
        """How many of the accepted were samples before."""
        return self.accepted - self.gained

    def hear(self, answer: StoredAnswer) -> None:
        """Judge the next answer of the ledger.

        Left unjudged is what comes after the sample of its task, and what reviews have still to decide of: the next
        run goes on with it.
        """
        task, place = answer.task, self._places.get(answer.stage)
        if place is None or self._has_sample(task):
            return
        if place <= self._blamed.get(task, -1):
            del self._blamed[task]
        refused = self._before.refusal(task, answer.attempt)
        if refused is not None and (stands := self._before.standing(refused)) is not None:
            if place < self._last:
                self._blamed[task] = place
            if stands.twin and not self._number(stands.twin):
                self._early.append(stands)
            else:
                self._refuse(replace(stands, twin=self._number(stands.twin)))
        elif place == self._last and task not in self._blamed and not self._before.undecided(task, answer.attempt):
            self._whole(answer)

    def finish(self) -> None:
        """Judge what still waits for a sample from before whose answer never came, and name the last twins."""
        for task in list(self._held):
            self._decide(self._held.pop(task))
        for refused in self._early:
            self._refuse(replace(refused, twin=self._number(refused.twin)))

    def _whole(self, answer: StoredAnswer) -> None:
        """Decide of an answer that completes a sample, or let it wait for the one that was the sample."""
        was = self._before.samples.first(answer.task)
        if answer.attempt >= was:
            held = self._held.pop(answer.task, [])
            self._decide([answer, *held] if answer.attempt == was else [*held, answer])
            return
        verdict = self._examine(answer)
        if not isinstance(verdict, Rejection) and self._gate.compares(verdict.record):
            verdict = self._gate.twin(verdict.record) or verdict
        if isinstance(verdict, Rejection):
            self._refuse(self._refusal(answer, verdict))
        else:
            self._held.setdefault(answer.task, []).append(answer)

    def _decide(self, answers: Sequence[StoredAnswer]) -> None:
        """Accept the first that passes, refuse those before it."""
        for answer in answers:
            old = self._before.origin(answer.task, answer.attempt)
            verdict = self._examine(answer)
            if not isinstance(verdict, Rejection):
                verdict = self._gate.admit(verdict, {} if old is None else old.notes)
            if not isinstance(verdict, Rejection):
                made = provenance_of(answer, verdict, answer.attempt, self._now())
                self._dataset.accept(verdict.line, made if old is None else _renewed(old, made))
                self._settle(answer.task)
                if old is not None:
                    self._renumber(old.sample, verdict.number)
                self.accepted += 1
                self.gained += old is None
                return
            self._refuse(self._refusal(answer, verdict))

    def _examine(self, answer: StoredAnswer) -> Verdict:
        return self._gate.examine(completion_of(answer), answer.given)

    def _refusal(self, answer: StoredAnswer, verdict: Rejection) -> StoredRejection:
        refused = self._before.refusal(answer.task, answer.attempt)
        return refusal_of(answer, verdict, self._now(), final=refused is not None and refused.final)

    def _refuse(self, refused: StoredRejection) -> None:
        self.reasons[refused.codes[0]] += 1
        self._dataset.refuse(refused)

    def _number(self, before: int) -> int:
        return self._numbers[before - 1] if 0 < before <= len(self._numbers) else 0

    def _renumber(self, before: int, number: int) -> None:
        self._numbers.extend([0] * (before - len(self._numbers)))
        self._numbers[before - 1] = number

    def _has_sample(self, task: int) -> bool:
        return task <= len(self._settled) and bool(self._settled[task - 1])

    def _settle(self, task: int) -> None:
        self._settled.extend(bytes(max(0, task - len(self._settled))))
        self._settled[task - 1] = 1


def _renewed(old: Provenance, made: Provenance) -> Provenance:
    """The old line of a sample that stays, with what follows from judging it anew."""
    extras, language, request = made.extras, made.language, made.request
    if made.stage:  # earlier stages brought some, too
        extras, language, request = {**old.extras, **extras}, language or old.language, request or old.request
    return replace(
        old,
        sample=made.sample,
        id=made.id,
        hash=made.hash,
        reasoning=made.reasoning,
        request=request,
        language=language,
        extras=extras,
        sources=made.sources,
        edited=False,
    )
