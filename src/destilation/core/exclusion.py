"""Content that must not be produced again: other datasets, and the questions of benchmarks. Knows no file's format.

What is told names the place that a sample is too close to, and never what stands there: a model that is told the
question that it must not ask has been given it.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct

from destilation.core import hygiene
from destilation.core.dedup.contamination import Passages
from destilation.core.dedup.index import SeenIndex, content, fingerprint, joined
from destilation.core.verdict import Reason

_AT_ONCE = 1_000
_REMEDY = "which must not be produced again; choose a clearly different subject"


class Excluded(Struct, frozen=True):
    """One record that must not be produced again: where it stands (`file:line`), and its texts."""

    place: str
    texts: tuple[str, ...]


class Exclusions:
    """The memory of what is excluded.

    Near is what the index calls so at `threshold`, by the texts of a record together; contaminated is a text that
    has `ngram` words in a row of one of them, or all of one that is shorter.
    """

    def __init__(self, records: Iterable[Excluded], threshold: float, ngram: int) -> None:
        self._places: list[str] = []
        self._index = SeenIndex(threshold)
        self._near = threshold < 1.0
        self._passages = Passages(self._texts(iter(records)), ngram)

    def near(self, record: Mapping[str, Any], compared: Sequence[str]) -> Reason | None:
        """Why a record must not be kept: the fields by which duplicates are told are those of an excluded one."""
        twin = self._index.twin(fingerprint(content(record, compared), near=self._near))
        if twin is None:
            return None
        how = "the same as" if twin.exact else f"too close (similarity {twin.similarity:.2f}) to"
        return Reason("excluded", f"{', '.join(compared)}: {how} {self._places[twin.number]}, {_REMEDY}")

    def repeated(self, record: Mapping[str, Any]) -> Reason | None:
        """Why a record must not be kept: one of its texts, whatever field it is in, repeats an excluded one."""
        for name, value in record.items():
            for path, text in hygiene.strings(value, name):
                if (found := self._passages.owner(text)) is not None:
                    place, words = self._places[found[0]], found[1]
                    return Reason("contaminated", f"field '{path}' has {words} words in a row of {place}, {_REMEDY}")
        return None

    def _texts(self, records: Iterable[Excluded]) -> Iterable[tuple[str, int]]:
        """Every text with the number of its record; on the way each record goes into the index."""
        while some := list(islice(records, _AT_ONCE)):
            first = len(self._places)
            self._places += [each.place for each in some]
            self._index.add_all([joined(each.texts) for each in some], range(first, first + len(some)))
            for number, each in enumerate(some, first):
                yield from ((text, number) for text in each.texts)
