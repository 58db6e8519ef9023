"""Makes line k of `provenance.jsonl` tell of line k of `samples.jsonl` again, from a line on where it does not.

The samples alone say what is accepted. The power, or a person with an editor, may have taken lines of either file
or changed a sample. A line that is lost is made anew from the answer in the ledger that the sample came from.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec.structs import replace

from destilation.storage.layout import COMPLETIONS, PROVENANCE, SAMPLES
from destilation.storage.lines import Line, damage, read_lines
from destilation.storage.records import (
    Provenance,
    StoredAnswer,
    StoredRejection,
    Tokens,
    embed,
    encode_line,
    line_hash,
)
from destilation.storage.recovery import Misfit

Trace = Callable[[StoredAnswer], Provenance | None]
UNKNOWN = "unknown"
DROPPED = "dropped"
SAMPLE_DIALECT = "sample"
_CHUNK = 1 << 20
_ORIGIN = msgspec.json.Decoder(Provenance)


class _Place(NamedTuple):
    """Where a line of the old provenance begins, in bytes, and which sample it told of."""

    offset: int
    sample: int


class Aligned(NamedTuple):
    """What has to be written: provenance whole, answers that stand for lost ones, and what was taken out by hand."""

    provenance: Iterator[bytes]
    answers: list[StoredAnswer]
    taken: list[StoredRejection]
    lost: int
    edited: int


class Alignment:
    """Fits a folder's provenance to its samples from a Misfit on. Reads only; memory: the lines from there on.

    `trace` makes provenance of an answer (None where it makes no sample), `settled` says which tasks need no
    tracing, tasks from `next_task` on are free, `moment` (UTC, RFC 3339) goes into lines that are made up.
    """

    def __init__(
        self, folder: Path, misfit: Misfit, trace: Trace, settled: Callable[[int], bool], next_task: int, moment: str
    ) -> None:
        self._folder = folder
        self._misfit = misfit
        self._trace = trace
        self._settled = settled
        self._next_task = next_task
        self._moment = moment
        self._old: dict[str, _Place] = {}
        self._fates: list[_Place | None] = []
        self._missing: dict[str, int] = {}
        self._made: dict[int, Provenance] = {}
        self._answers: list[StoredAnswer] = []

    def run(self) -> Aligned:
        """Find out what each sample's line is. Raises DamagedError for a bad line, OSError."""
        self._match()
        edited = self._edited()
        traced = self._traced()
        for number, line in self._samples():
            if self._fates[number - self._misfit.number] is None and number not in self._made:
                self._made[number] = self._made_up(number, line)
        return Aligned(self._lines(), self._answers, self._taken(), len(self._made) - edited - traced, edited)

    def _samples(self) -> Iterator[tuple[int, bytes]]:
        lines = read_lines(self._folder / SAMPLES)
        return ((line.number, line.data) for line in lines if line.number >= self._misfit.number)

    def _match(self) -> None:
        """Each sample with the old line of its hash, wherever that was."""
        for line in read_lines(self._folder / PROVENANCE):
            if line.offset >= self._misfit.offset:
                origin = self._decode(line)
                self._old.setdefault(origin.hash, _Place(line.offset, origin.sample))
        for number, data in self._samples():
            digest = line_hash(data)
            place = self._old.pop(digest, None)
            self._fates.append(place)
            if place is None:
                self._missing.setdefault(digest, number)

    def _edited(self) -> int:
        """A sample at its place with another hash was changed by hand: its origin is still its origin."""
        by_number = {place.sample: (digest, place) for digest, place in self._old.items()}
        edited = {digest: number for digest, number in self._missing.items() if number in by_number}
        with self._provenance() as old:
            for digest, number in edited.items():
                before, place = by_number[number]
                made = replace(_origin_at(place, old), sample=number, id=digest[:16], hash=digest, edited=True)
                self._made[number] = made
                del self._missing[digest], self._old[before]
        return len(edited)

    def _traced(self) -> int:
        """The samples whose answer is in the ledger."""
        traced = 0
        if self._missing:
            for line in read_lines(self._folder / COMPLETIONS):
                answer = msgspec.json.decode(line.data, type=StoredAnswer)
                made = None if self._settled(answer.task) else self._trace(answer)
                number = None if made is None else self._missing.pop(made.hash, None)
                if made is not None and number is not None:
                    self._made[number] = replace(made, sample=number, recovered=True)
                    traced += 1
        return traced

    def _made_up(self, number: int, line: bytes) -> Provenance:
        """The sample itself has to stand for the answer that it came from."""
        digest, task = line_hash(line), self._next_task
        self._next_task += 1
        made = Provenance(
            sample=number,
            id=digest[:16],
            hash=digest,
            task=task,
            attempt=1,
            attempts=1,
            provider=UNKNOWN,
            model=UNKNOWN,
            dialect=SAMPLE_DIALECT,
            mode=UNKNOWN,
            finish_reason="stop",
            parameters={},
            tokens=Tokens(),
            cost_usd=0.0,
            reasoning=None,
            checks=(),
            t=self._moment,
            recovered=True,
        )
        self._answers.append(answer_from(made, line))
        return made

    def _taken(self) -> list[StoredRejection]:
        """What was taken out between samples that stay; at the end it may as well be a crash, and is judged again."""
        last = max((place.sample for place in self._fates if place), default=0)
        places = [place for place in self._old.values() if place.sample < last]
        why = "its line is gone from samples.jsonl"
        with self._provenance() as old:
            return [taken_out(_origin_at(place, old), why, self._moment) for place in places]

    def _lines(self) -> Iterator[bytes]:
        with self._provenance() as old:
            left = self._misfit.offset
            while left and (chunk := old.read(min(left, _CHUNK))):
                left -= len(chunk)
                yield chunk
            for number, place in enumerate(self._fates, self._misfit.number):
                made = self._made[number] if place is None else replace(_origin_at(place, old), sample=number)
                yield encode_line(made)

    def _provenance(self) -> BinaryIO:
        return (self._folder / PROVENANCE).open("rb")

    def _decode(self, line: Line) -> Provenance:
        try:
            return _ORIGIN.decode(line.data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise damage(self._folder / PROVENANCE, line, str(error)) from None


def _origin_at(place: _Place, file: BinaryIO) -> Provenance:
    file.seek(place.offset)
    return _ORIGIN.decode(file.readline())


def answer_from(origin: Provenance, line: bytes) -> StoredAnswer:
    """An answer that is lost, as far as its sample and its provenance tell of it."""
    asked = {"request": origin.request} if origin.request is not None else {}
    record = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    body = msgspec.json.encode({**record, **origin.extras, **asked})
    return StoredAnswer(
        task=origin.task,
        attempt=origin.attempt,
        provider=origin.provider,
        model=origin.model,
        dialect=SAMPLE_DIALECT,
        mode=origin.mode,
        t=origin.t,
        seconds=0.0,
        finish_reason=origin.finish_reason,
        tokens=origin.tokens,
        cost_usd=origin.cost_usd,
        parameters=origin.parameters,
        body=embed(body),
    )


def taken_out(origin: Provenance, why: str, moment: str) -> StoredRejection:
    """The rejection that keeps the answer of a sample from being judged again."""
    return StoredRejection(
        task=origin.task,
        attempt=origin.attempt,
        provider=origin.provider,
        model=origin.model,
        layer="semantic",
        codes=(DROPPED,),
        reasons=(why,),
        final=True,
        t=moment,
    )
