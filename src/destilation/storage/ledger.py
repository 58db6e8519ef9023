"""What the files say of their tasks, as far as they were read or written: which are settled, which wait, and why.

It is told of every line in the order of the files, or in that in which they are written: both come to the same.
Memory holds 29 bytes a task, and answers only of tasks that are not settled.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping

import msgspec
import numpy as np
from msgspec import Struct

from destilation.core.events import Abandoned, Accepted, Charged, CompletionReceived, Event, Rejected
from destilation.core.recollection import Recollection, RecollectionState
from destilation.core.task import name_of
from destilation.core.topics.growth import PLANNING
from destilation.storage.records import (
    Origin,
    Provenance,
    StoredAnswer,
    StoredCharge,
    StoredRejection,
    Tokens,
    encode_line,
)

Lines = dict[int, dict[int, bytes]]
Kept = bytes | StoredAnswer
"""An answer of a task that is not settled: the line that was read, or what was written."""


class Past(Struct, frozen=True):
    """An answer that a task already got, and why it was refused; None when it was never judged."""

    answer: StoredAnswer
    rejection: StoredRejection | None


class Recovered(Struct, frozen=True):
    """`lines` samples are in the file, `accepted` of them are new, `begun` is the highest task number anywhere.

    `unsettled` has every task up to `begun` that brought no sample and was not given up, with its answers in
    order (none for a task that never got one). `recollection` has what became of the topics, and is told on as the
    files grow. `seeds` names the user's seeds that samples were made from, `failed`
    those of the tasks that were given up, in their order, once for each;
    `planning` has the answers that divided topics, but for those that were refused.
    """

    lines: int
    accepted: int
    begun: int
    unsettled: Mapping[int, list[Past]]
    recollection: Recollection
    seeds: frozenset[str] = frozenset()
    planning: tuple[Past, ...] = ()
    failed: tuple[str, ...] = ()


class Answered(Struct, frozen=True):
    """What is counted of a line of `completions.jsonl`, without its body."""

    task: int
    attempt: int
    provider: str
    model: str
    seconds: float
    tokens: Tokens = Tokens()
    finish_reason: str = "stop"
    cost_usd: float = 0.0
    stage: str = ""
    bundle: int = 0


class Attempts:
    """A set of pairs (task, attempt): eight bytes a task. Attempts from the 64th on count as the 64th."""

    def __init__(self, masks: bytes = b"") -> None:
        self._masks = array("Q", masks)

    def __len__(self) -> int:
        return len(self._masks)

    def __bytes__(self) -> bytes:
        return self._masks.tobytes()

    def add(self, task: int, attempt: int) -> None:
        """Remember a pair; both count from 1."""
        missing = task - len(self._masks)
        if missing > 0:
            self._masks.frombytes(bytes(8 * missing))
        self._masks[task - 1] |= 1 << (attempt - 1 if attempt < 64 else 63)

    def __contains__(self, pair: tuple[int, int]) -> bool:
        task, attempt = pair
        return task <= len(self._masks) and bool(self._masks[task - 1] >> min(attempt - 1, 63) & 1)

    def within(self, other: "Attempts") -> bool:
        """Whether the other set has every pair of this one."""
        mine, theirs = np.array(self._masks, np.uint64), np.array(other._masks, np.uint64)
        both = min(len(mine), len(theirs))
        return not mine[both:].any() and not (mine[:both] & ~theirs[:both]).any()


class LedgerState(Struct, frozen=True):
    """All that a Ledger knows. `settled` has a byte a task, the attempts eight."""

    accepted: int
    settled: bytes
    named: bytes
    recorded: bytes
    seeds: tuple[str, ...]
    refused: Lines
    answers: Lines
    recollection: RecollectionState
    planning: tuple[bytes, ...] = ()
    failed: tuple[str, ...] = ()


class Ledger:
    """Told of samples, refusals, answers and charges; tells `fact` what follows from each.

    `named` has the answers that samples and rejections come from, `recorded` those that are kept; `recollection` is
    what became of the topics.
    """

    def __init__(self, fact: Callable[[Event], None], state: LedgerState | None = None) -> None:
        self.accepted = 0 if state is None else state.accepted
        self.named = Attempts(b"" if state is None else state.named)
        self.recorded = Attempts(b"" if state is None else state.recorded)
        self.recollection = Recollection(None if state is None else state.recollection)
        self._fact = fact
        self._settled = bytearray(b"" if state is None else state.settled)
        self._seeds = set(() if state is None else state.seeds)
        self._refused: Lines = {} if state is None else {task: dict(each) for task, each in state.refused.items()}
        answers: Lines = {} if state is None else state.answers
        self._answers: dict[int, dict[int, Kept]] = {task: dict(each) for task, each in answers.items()}
        self._planning = list(() if state is None else state.planning)
        self._failed = list(() if state is None else state.failed)

    @property
    def state(self) -> LedgerState:
        """What it knows now."""
        return LedgerState(
            accepted=self.accepted,
            settled=bytes(self._settled),
            named=bytes(self.named),
            recorded=bytes(self.recorded),
            seeds=tuple(self._seeds),
            refused={task: dict(each) for task, each in self._refused.items()},
            answers={
                task: {attempt: _line(kept) for attempt, kept in each.items()} for task, each in self._answers.items()
            },
            recollection=self.recollection.state,
            planning=tuple(self._planning),
            failed=tuple(self._failed),
        )

    def settled(self, task: int) -> bool:
        """Whether a task brought a sample or was given up."""
        return task <= len(self._settled) and bool(self._settled[task - 1])

    def written(self, task: int, attempt: int) -> StoredAnswer | None:
        """An answer that was written and not read, of a task that is not settled; None where there is none."""
        kept = self._answers.get(task, {}).get(attempt)
        return kept if isinstance(kept, StoredAnswer) else None

    def sample(self, origin: Origin | Provenance, *, new: bool) -> None:
        """A sample came of that; `new` where no earlier line is the same."""
        self._settle(origin.task)
        self.named.add(origin.task, origin.attempt)
        self.recollection.accepted(origin.topic, origin.draw, origin.t, origin.sample)
        if origin.seed:
            self._seeds.add(name_of(origin.seed, origin.way))
        if new:
            self._fact(
                Accepted(
                    sample=origin.sample,
                    task=origin.task,
                    attempt=origin.attempt,
                    provider=origin.provider,
                    first=origin.attempts == 1 + len(origin.stages),
                )
            )

    def refusal(self, refused: StoredRejection, line: bytes) -> None:
        """An answer was refused; `line` says so."""
        self._fact(
            Rejected(
                task=refused.task,
                attempt=refused.attempt,
                provider=refused.provider,
                layer=refused.layer,
                codes=refused.codes,
                reasons=refused.reasons,
                stage=refused.stage,
            )
        )
        self._reach(refused.task)
        self.named.add(refused.task, refused.attempt)
        if refused.stage != PLANNING:
            told = refused.topic, refused.codes[0], refused.t
            self.recollection.refused(*told, refused.twin, refused.draw if refused.final else None)
        if refused.final:
            self._settle(refused.task)
            if refused.seed:
                self._failed.append(name_of(refused.seed, refused.way))
            self._fact(Abandoned(task=refused.task, attempts=refused.attempt, reason="attempts used up"))
        elif not self._settled[refused.task - 1]:
            self._refused.setdefault(refused.task, {})[refused.attempt] = line

    def answer(self, answer: Answered | StoredAnswer, line: bytes) -> None:
        """An answer was received; `line` has all of it."""
        tokens = answer.tokens
        self._fact(
            CompletionReceived(
                task=answer.task,
                attempt=answer.attempt,
                provider=answer.provider,
                model=answer.model,
                seconds=answer.seconds,
                finish_reason=answer.finish_reason,
                tokens_in=tokens.into,
                tokens_out=tokens.out,
                tokens_reasoning=tokens.reasoning,
                cost_usd=answer.cost_usd,
                stage=answer.stage,
                bundle=answer.bundle,
            )
        )
        self._reach(answer.task)
        self.recorded.add(answer.task, answer.attempt)
        if answer.stage == PLANNING:  # its task is to bring no sample
            self._planning.append(line.rstrip(b"\n"))
            self._settle(answer.task)
        elif not self._settled[answer.task - 1]:
            kept = line if isinstance(answer, Answered) else answer
            self._answers.setdefault(answer.task, {})[answer.attempt] = kept

    def charge(self, made: StoredCharge) -> None:
        """A request without an answer may have been charged for."""
        self._fact(
            Charged(
                task=made.task,
                attempt=made.attempt,
                provider=made.provider,
                usd=made.usd,
                tokens=made.tokens,
                reason=made.reason,
                stage=made.stage,
            )
        )

    def recovered(self, lines: int) -> Recovered:
        """All that it was told, with that many lines of samples. Raises DecodeError for a line that is none."""
        begun = len(self._settled)
        unsettled = {task: self._past(task) for task in self._open(begun)}
        planned = (msgspec.json.decode(line, type=StoredAnswer) for line in self._planning)
        planning = tuple(Past(each, None) for each in planned if (each.task, each.attempt) not in self.named)
        seeds, failed = frozenset(self._seeds), tuple(self._failed)
        return Recovered(lines, self.accepted, begun, unsettled, self.recollection, seeds, planning, failed)

    def _open(self, begun: int) -> Iterator[int]:
        at = self._settled.find(0)
        while 0 <= at < begun:
            yield at + 1
            at = self._settled.find(0, at + 1)

    def _past(self, task: int) -> list[Past]:
        answers, refused = self._answers.get(task, {}), self._refused.get(task, {})
        return [
            Past(
                msgspec.json.decode(_line(answers[attempt]), type=StoredAnswer),
                msgspec.json.decode(refused[attempt], type=StoredRejection) if attempt in refused else None,
            )
            for attempt in sorted(answers)
        ]

    def _reach(self, task: int) -> None:
        missing = task - len(self._settled)
        if missing > 0:
            self._settled.extend(bytes(missing))

    def _settle(self, task: int) -> None:
        self._reach(task)
        self._settled[task - 1] = 1
        self._refused.pop(task, None)
        self._answers.pop(task, None)


def _line(kept: Kept) -> bytes:
    return kept if isinstance(kept, bytes) else encode_line(kept)
