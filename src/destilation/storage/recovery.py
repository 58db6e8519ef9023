"""What a folder says at a start: which samples are in, which tasks are settled, which answers wait to be judged.

The files are read once, in a stream. Memory holds one byte per task, and details only of unsettled tasks.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from destilation.core.events import Abandoned, Accepted, Charged, CompletionReceived, Event, Healed, Rejected
from destilation.storage.append import AppendFile
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.lines import Line, damage, read_lines
from destilation.storage.records import (
    LostProvenance,
    Origin,
    StoredAnswer,
    StoredCharge,
    StoredRejection,
    encode_line,
    line_hash,
    timestamp,
)

Kind = TypeVar("Kind")


class Past(Struct, frozen=True):
    """An answer that a task already got, and why it was refused; None when it was never judged."""

    answer: StoredAnswer
    rejection: StoredRejection | None


class Recovered(Struct, frozen=True):
    """`accepted` samples are in, `begun` is the highest task number anywhere.

    `unsettled` has every task up to `begun` that brought no sample and was not given up, with its answers in
    order (none for a task that never got one).
    """

    accepted: int
    begun: int
    unsettled: Mapping[int, list[Past]]


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


class Recovery:
    """One reading of a folder whose torn tails are healed and whose lock is held."""

    def __init__(
        self,
        folder: Path,
        provenance: AppendFile,
        *,
        check: Callable[[Mapping[str, Any]], str | None],
        on_sample: Callable[[int, dict[str, Any], bytes], None],
        on_fact: Callable[[Event], None],
        now: Callable[[], datetime],
    ) -> None:
        self.healed: list[Healed] = []
        self._folder = folder
        self._provenance = provenance
        self._check = check
        self._on_sample = on_sample
        self._on_fact = on_fact
        self._now = now
        self._settled = bytearray()
        self._refused: dict[int, dict[int, StoredRejection]] = {}

    def run(self) -> Recovered:
        """Read all. Raises DamagedError for a bad line, OSError."""
        accepted = self._samples()
        self._rejections()
        answers = self._completions()
        self._charges()
        begun = len(self._settled)
        unsettled = {task: self._past(answers.get(task, {}), task) for task in self._open(begun)}
        return Recovered(accepted, begun, unsettled)

    def _open(self, begun: int) -> Iterator[int]:
        return (task for task in range(1, begun + 1) if not self._settled[task - 1])

    def _past(self, answers: Mapping[int, StoredAnswer], task: int) -> list[Past]:
        refused = self._refused.get(task, {})
        return [Past(answers[attempt], refused.get(attempt)) for attempt in sorted(answers)]

    def _samples(self) -> int:
        origins = read_lines(self._folder / PROVENANCE)
        count, end = 0, 0
        for line in read_lines(self._folder / SAMPLES):
            count = line.number
            self._sample(line)
            origin = next(origins, None)
            if origin is None:
                self._pad(line)
            else:
                self._origin(line, origin)
                end = origin.offset + len(origin.data) + 1
        if (beyond := next(origins, None)) is not None:
            self.healed.append(Healed(file=PROVENANCE, what=f"cut to the {count} lines of {SAMPLES}"))
            self._provenance.cut(end if count else beyond.offset)
        return count

    def _sample(self, line: Line) -> None:
        path = self._folder / SAMPLES
        try:
            record = msgspec.json.decode(line.data, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise damage(path, line, "not a JSON object") from None
        if fault := self._check(record):
            raise damage(path, line, fault)
        self._on_sample(line.number, record, line.data)

    def _origin(self, sample: Line, line: Line) -> None:
        origin = self._decode(PROVENANCE, line, Origin)
        if origin.hash != line_hash(sample.data):
            raise damage(self._folder / PROVENANCE, line, f"does not belong to line {sample.number} of {SAMPLES}")
        if origin.task is not None:
            self._settle(origin.task)
            self._on_fact(
                Accepted(sample=sample.number, task=origin.task, attempt=origin.attempt, provider=origin.provider)
            )
        else:
            self._on_fact(Accepted(sample=sample.number, task=0, attempt=0, provider=origin.provider))

    def _pad(self, sample: Line) -> None:
        """The power went before this sample's provenance was on the medium."""
        digest = line_hash(sample.data)
        lost = LostProvenance(
            sample=sample.number, id=digest[:16], hash=digest, recovered=True, t=timestamp(self._now())
        )
        self._provenance.append(encode_line(lost))
        self.healed.append(Healed(file=PROVENANCE, what=f"line {sample.number} was lost and says only that"))
        self._on_fact(Accepted(sample=sample.number, task=0, attempt=0, provider="unknown"))

    def _rejections(self) -> None:
        for line in read_lines(self._folder / REJECTIONS):
            refused = self._decode(REJECTIONS, line, StoredRejection)
            self._on_fact(
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
            if refused.final:
                self._settle(refused.task)
                self._refused.pop(refused.task, None)
                self._on_fact(Abandoned(task=refused.task, attempts=refused.attempt, reason="attempts used up"))
            elif not self._settled[refused.task - 1]:
                self._refused.setdefault(refused.task, {})[refused.attempt] = refused

    def _completions(self) -> dict[int, dict[int, StoredAnswer]]:
        kept: dict[int, dict[int, StoredAnswer]] = {}
        for line in read_lines(self._folder / COMPLETIONS):
            answer = self._decode(COMPLETIONS, line, _Answered)
            self._on_fact(_received(answer))
            self._reach(answer.task)
            if not self._settled[answer.task - 1]:
                stored = self._decode(COMPLETIONS, line, StoredAnswer)
                kept.setdefault(answer.task, {})[answer.attempt] = stored
        return kept

    def _charges(self) -> None:
        for line in read_lines(self._folder / CHARGES):
            made = self._decode(CHARGES, line, StoredCharge)
            self._on_fact(
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
