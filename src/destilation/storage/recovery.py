"""What a folder says at a start: which samples are in, which tasks are settled, which answers wait to be judged.

The files are read once, in a stream. Memory holds 17 bytes a task while reading, and details only of tasks
that are not settled. Where the files contradict each other the contradictions are told, see `mend.py`.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from destilation.core.events import Abandoned, Accepted, Charged, CompletionReceived, Event, Rejected
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.lines import Line, damage, read_lines
from destilation.storage.records import Origin, StoredAnswer, StoredCharge, StoredRejection, line_hash

Kind = TypeVar("Kind")
Check = Callable[[Mapping[str, Any]], str | None]


class Fold(NamedTuple):
    """Who is told what is read: each sample by its number (whether it is new), and each fact in its order."""

    sample: Callable[[int, dict[str, Any]], bool]
    fact: Callable[[Event], None]


class Past(Struct, frozen=True):
    """An answer that a task already got, and why it was refused; None when it was never judged."""

    answer: StoredAnswer
    rejection: StoredRejection | None


class Recovered(Struct, frozen=True):
    """`lines` samples are in the file, `accepted` of them are new, `begun` is the highest task number anywhere.

    `unsettled` has every task up to `begun` that brought no sample and was not given up, with its answers in
    order (none for a task that never got one).
    """

    lines: int
    accepted: int
    begun: int
    unsettled: Mapping[int, list[Past]]


class Misfit(NamedTuple):
    """From sample `number` on, provenance does not tell of the samples; up to the byte `offset` it does."""

    number: int
    offset: int


class _Answered(Struct, frozen=True):
    """What is counted of a line of `completions.jsonl`, without its body."""

    task: int
    attempt: int
    provider: str
    model: str
    seconds: float
    tokens: Mapping[str, int] = {}
    finish_reason: str = "stop"
    cost_usd: float = 0.0


class Attempts:
    """A set of pairs (task, attempt): eight bytes a task. Attempts from the 64th on count as the 64th."""

    def __init__(self) -> None:
        self._masks = array("Q")

    def __len__(self) -> int:
        return len(self._masks)

    def add(self, task: int, attempt: int) -> None:
        """Remember a pair; both count from 1."""
        missing = task - len(self._masks)
        if missing > 0:
            self._masks.frombytes(bytes(8 * missing))
        self._masks[task - 1] |= 1 << min(attempt - 1, 63)

    def __contains__(self, pair: tuple[int, int]) -> bool:
        task, attempt = pair
        return task <= len(self._masks) and bool(self._masks[task - 1] >> min(attempt - 1, 63) & 1)

    def within(self, other: "Attempts") -> bool:
        """Whether the other set has every pair of this one."""
        if any(self._masks[len(other._masks) :]):
            return False
        return not any(mine & ~theirs for mine, theirs in zip(self._masks, other._masks, strict=False))


class Recovery:
    """One reading of a folder whose torn tails are healed and whose lock is held.

    Afterwards `misfit` says from where provenance has to be made anew, `beyond` from which byte on it tells of
    samples that were never written (None: nowhere); `named` has the answers that samples and rejections come
    from, `recorded` those of the ledger.
    """

    def __init__(self, folder: Path, check: Check, fold: Fold, digest: Callable[[bytes], None]) -> None:
        self.misfit: Misfit | None = None
        self.beyond: int | None = None
        self.named = Attempts()
        self.recorded = Attempts()
        self._folder = folder
        self._check = check
        self._fold = fold
        self._digest = digest
        self._settled = bytearray()
        self._refused: dict[int, dict[int, StoredRejection]] = {}

    def run(self) -> Recovered:
        """Read all. Raises DamagedError for a bad line, OSError."""
        lines, accepted = self._samples()
        self._rejections()
        answers = self._completions()
        self._charges()
        begun = len(self._settled)
        unsettled = {task: self._past(answers.get(task, {}), task) for task in self._open(begun)}
        return Recovered(lines, accepted, begun, unsettled)

    @property
    def consistent(self) -> bool:
        """Whether the files agree, but for provenance of samples that were never written."""
        return self.misfit is None and self.named.within(self.recorded)

    def settled(self, task: int) -> bool:
        """Whether a task brought a sample or was given up."""
        return task <= len(self._settled) and bool(self._settled[task - 1])

    def _open(self, begun: int) -> Iterator[int]:
        return (task for task in range(1, begun + 1) if not self._settled[task - 1])

    def _past(self, answers: Mapping[int, StoredAnswer], task: int) -> list[Past]:
        refused = self._refused.get(task, {})
        return [Past(answers[attempt], refused.get(attempt)) for attempt in sorted(answers)]

    def _samples(self) -> tuple[int, int]:
        origins = read_lines(self._folder / PROVENANCE)
        count = accepted = end = 0
        for line in read_lines(self._folder / SAMPLES):
            count = line.number
            new = self._sample(line)
            accepted += new
            if self.misfit is None and not ((told := next(origins, None)) and self._origin(line, told, new=new)):
                self.misfit = Misfit(count, end)
            elif self.misfit is None and told is not None:
                end = told.offset + len(told.data) + 1
        if self.misfit is None and next(origins, None) is not None:
            self.beyond = end
        return count, accepted

    def _sample(self, line: Line) -> bool:
        path = self._folder / SAMPLES
        try:
            record = msgspec.json.decode(line.data, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise damage(path, line, "not a JSON object") from None
        if fault := self._check(record):
            raise damage(path, line, fault, readable=True)
        self._digest(line.data + b"\n")
        return self._fold.sample(line.number, record)

    def _origin(self, sample: Line, line: Line, *, new: bool) -> bool:
        origin = self._decode(PROVENANCE, line, Origin)
        if origin.sample != sample.number or origin.hash != line_hash(sample.data):
            return False
        self._settle(origin.task)
        self.named.add(origin.task, origin.attempt)
        if new:
            self._fold.fact(
                Accepted(sample=sample.number, task=origin.task, attempt=origin.attempt, provider=origin.provider)
            )
        return True

    def _rejections(self) -> None:
        for line in read_lines(self._folder / REJECTIONS):
            refused = self._decode(REJECTIONS, line, StoredRejection)
            self._fold.fact(
                Rejected(
                    task=refused.task,
                    attempt=refused.attempt,
                    provider=refused.provider,
                    layer=refused.layer,
                    codes=refused.codes,
                    reasons=refused.reasons,
                )
            )
            self._reach(refused.task)
            self.named.add(refused.task, refused.attempt)
            if refused.final:
                self._settle(refused.task)
                self._refused.pop(refused.task, None)
                self._fold.fact(Abandoned(task=refused.task, attempts=refused.attempt, reason="attempts used up"))
            elif not self._settled[refused.task - 1]:
                self._refused.setdefault(refused.task, {})[refused.attempt] = refused

    def _completions(self) -> dict[int, dict[int, StoredAnswer]]:
        kept: dict[int, dict[int, StoredAnswer]] = {}
        for line in read_lines(self._folder / COMPLETIONS):
            answer = self._decode(COMPLETIONS, line, _Answered)
            self._fold.fact(_received(answer))
            self._reach(answer.task)
            self.recorded.add(answer.task, answer.attempt)
            if not self._settled[answer.task - 1]:
                stored = self._decode(COMPLETIONS, line, StoredAnswer)
                kept.setdefault(answer.task, {})[answer.attempt] = stored
        return kept

    def _charges(self) -> None:
        for line in read_lines(self._folder / CHARGES):
            made = self._decode(CHARGES, line, StoredCharge)
            self._fold.fact(
                Charged(
                    task=made.task,
                    attempt=made.attempt,
                    provider=made.provider,
                    usd=made.usd,
                    tokens=made.tokens,
                    reason=made.reason,
                )
            )

    def _reach(self, task: int) -> None:
        if task > len(self._settled):
            self._settled.extend(bytes(task - len(self._settled)))

    def _settle(self, task: int) -> None:
        self._reach(task)
        self._settled[task - 1] = 1

    def _decode(self, name: str, line: Line, kind: type[Kind]) -> Kind:
        try:
            return msgspec.json.decode(line.data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise damage(self._folder / name, line, str(error)) from None


def _received(answer: _Answered) -> CompletionReceived:
    return CompletionReceived(
        task=answer.task,
        attempt=answer.attempt,
        provider=answer.provider,
        model=answer.model,
        seconds=answer.seconds,
        finish_reason=answer.finish_reason,
        tokens_in=answer.tokens.get("in", 0),
        tokens_out=answer.tokens.get("out", 0),
        tokens_reasoning=answer.tokens.get("reasoning", 0),
        cost_usd=answer.cost_usd,
    )
