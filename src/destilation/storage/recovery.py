"""What a folder says at a start: which samples are in, which tasks are settled, which answers wait to be judged.

The files are read once, in a stream, from their beginning or from where an index file says that all is known.
Where they contradict each other the contradictions are told, see `mend.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from destilation.core.events import Event
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES, TRUTH
from destilation.storage.ledger import Answered, Ledger, LedgerState, Past, Recovered
from destilation.storage.lines import Line, damage, read_lines
from destilation.storage.records import Origin, StoredAnswer, StoredCharge, StoredRejection, line_hash
from destilation.storage.tally import Tally

__all__ = ["Check", "Fold", "Misfit", "Past", "Recovered", "Recovery", "Started"]

Kind = TypeVar("Kind")
Check = Callable[[Mapping[str, Any]], str | None]
_AT_ONCE = 1_000


class Fold(NamedTuple):
    """Who is told what is read: samples by their numbers (which of them are new?), and each fact in its order."""

    samples: Callable[[Sequence[int], Sequence[Mapping[str, Any]]], list[bool]]
    fact: Callable[[Event], None]


class Misfit(NamedTuple):
    """From sample `number` on, provenance does not tell of the samples; up to the byte `offset` it does."""

    number: int
    offset: int


class Started(NamedTuple):
    """Up to where all is known already: of each file, and what is known of the tasks."""

    tallies: dict[str, Tally]
    ledger: LedgerState


class Recovery:
    """One reading of a folder whose torn tails are healed and whose lock is held.

    `tallies` count what was read. Afterwards `misfit` says from where provenance has to be made anew, `beyond` from
    which byte on it tells of samples that were never written (None: nowhere).
    """

    def __init__(self, folder: Path, check: Check, fold: Fold, start: Started | None = None) -> None:
        self.misfit: Misfit | None = None
        self.beyond: int | None = None
        self.tallies = {name: Tally() for name in TRUTH} if start is None else start.tallies
        self.ledger = Ledger(fold.fact, None if start is None else start.ledger)
        self._folder = folder
        self._check = check
        self._fold = fold

    def run(self) -> Recovered:
        """Read all. Raises DamagedError for a bad line, OSError."""
        self._samples()
        self._rejections()
        self._completions()
        self._charges()
        return self.ledger.recovered(self.tallies[SAMPLES].lines)

    @property
    def consistent(self) -> bool:
        """Whether the files agree, but for provenance of samples that were never written."""
        return self.misfit is None and self.ledger.named.within(self.ledger.recorded)

    def _lines(self, name: str) -> Iterator[Line]:
        tally = self.tallies[name]
        return read_lines(self._folder / name, tally.lines, tally.bytes)

    def _samples(self) -> None:
        origins, lines = self._lines(PROVENANCE), self._lines(SAMPLES)
        while some := list(islice(lines, _AT_ONCE)):
            records = [self._sample(line) for line in some]
            for line, new in zip(some, self._fold.samples([line.number for line in some], records), strict=True):
                self.tallies[SAMPLES].add(line.data + b"\n")
                self.ledger.accepted += new
                if self.misfit is None and not ((told := next(origins, None)) and self._origin(line, told, new=new)):
                    self.misfit = Misfit(line.number, self.tallies[PROVENANCE].bytes)
        if self.misfit is None and next(origins, None) is not None:
            self.beyond = self.tallies[PROVENANCE].bytes

    def _sample(self, line: Line) -> Mapping[str, Any]:
        path = self._folder / SAMPLES
        try:
            record = msgspec.json.decode(line.data, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise damage(path, line, "not a JSON object") from None
        if fault := self._check(record):
            raise damage(path, line, fault, readable=True)
        return record

    def _origin(self, sample: Line, line: Line, *, new: bool) -> bool:
        origin = self._decode(PROVENANCE, line, Origin)
        if origin.sample != sample.number or origin.hash != line_hash(sample.data):
            return False
        self.tallies[PROVENANCE].add(line.data + b"\n")
        self.ledger.sample(origin, new=new)
        return True

    def _rejections(self) -> None:
        for line, refused in self._all(REJECTIONS, StoredRejection):
            self.ledger.refusal(refused, line.data)

    def _completions(self) -> None:
        for line, answer in self._all(COMPLETIONS, Answered):
            if not self.ledger.settled(answer.task):
                self._decode(COMPLETIONS, line, StoredAnswer)
            self.ledger.answer(answer, line.data)

    def _charges(self) -> None:
        for _, made in self._all(CHARGES, StoredCharge):
            self.ledger.charge(made)

    def _all(self, name: str, kind: type[Kind]) -> Iterator[tuple[Line, Kind]]:
        for line in self._lines(name):
            self.tallies[name].add(line.data + b"\n")
            yield line, self._decode(name, line, kind)

    def _decode(self, name: str, line: Line, kind: type[Kind]) -> Kind:
        try:
            return msgspec.json.decode(line.data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise damage(self._folder / name, line, str(error)) from None
