"""The samples that are most alike, among a bounded number of them: what the duplicate check let pass."""

import heapq
from collections.abc import Iterable, Sequence

from msgspec import Struct

from destilation.core.dedup.index import SeenIndex, content, fingerprint
from destilation.report.draw import Place
from destilation.report.read import row_of

MOST_COMPARED = 3_000
LEAST_ALIKE = 0.5
_CHARACTERS = 1_500


class Pair(Struct, frozen=True):
    """Two samples by line number, with the text that was compared (its beginning), and how alike they are (0 to 1)."""

    alike: float
    first: int
    second: int
    texts: tuple[str, str]


class Pairs(Struct, frozen=True):
    """The closest pairs, the closest first, among `compared` samples."""

    compared: int
    closest: list[Pair]


def closest(lines: Iterable[tuple[Place, bytes]], fields: Sequence[str] | None, most: int = 6) -> Pairs:
    """Compare those lines by their fields (None: all). Of each sample only its closest earlier one is told.

    Jaccard similarity of word triples, from a half up; a pair is found with a probability above 0.99.
    """
    index, places = SeenIndex(LEAST_ALIKE), 0
    heads: dict[int, str] = {}
    found: list[tuple[float, int, int]] = []
    for place, data in lines:
        record = row_of(data)
        if record is None:
            continue
        places += 1
        text = content(record, fields or tuple(record))
        heads[place.number] = text.replace("\n\0\n", "\n")[:_CHARACTERS]
        seen = fingerprint(text)
        if twin := index.twin(seen):
            # Pairs that are equally alike are told in the order of the file.
            heapq.heappush(found, (twin.similarity, -place.number, twin.number))
            if len(found) > most:
                heapq.heappop(found)
        index.add(seen, place.number)
    return Pairs(
        places,
        [
            Pair(round(alike, 4), first, -second, (heads[first], heads[-second]))
            for alike, second, first in sorted(found, reverse=True)
        ],
    )
