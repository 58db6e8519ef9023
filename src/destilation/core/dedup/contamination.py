"""Whether a text repeats a passage of others word for word. Knows no template, no file and no likeness.

As the field checks training data against benchmarks (Brown et al., "Language Models are Few-Shot Learners", 2020,
appendix C): two texts overlap where they share 13 words in a row, case and punctuation aside. Of a shorter text all
of its words in a row count. Words are those by which likeness is told, so `17 x 23` and `17 x 24` do not overlap.
"""

from collections.abc import Iterable
from hashlib import blake2b
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from destilation.core.dedup.normal import tokens

NGRAM = 13
LONGEST = 50
LEAST = 3  # words: a text with fewer says too little to be recognised by it
Codes = NDArray[np.uint64]


class _Grams(Struct, frozen=True, eq=False):
    """Passages of one length: their numbers in order, and whose each is."""

    numbers: Codes
    owners: NDArray[np.uint32]


class Passages:
    """The passages of some texts, each of which belongs to an owner (a number below 2^32). 12 bytes a word."""

    def __init__(self, texts: Iterable[tuple[str, int]], length: int = NGRAM) -> None:
        pieces: dict[int, list[Codes]] = {}
        owners: dict[int, list[NDArray[np.uint32]]] = {}
        for text, owner in texts:
            codes = _codes(text)
            if (size := min(len(codes), length)) >= LEAST:
                found = _grams(codes, size)
                pieces.setdefault(size, []).append(found)
                owners.setdefault(size, []).append(np.full(len(found), owner, np.uint32))
        self._grams = {size: _sorted(pieces[size], owners[size]) for size in sorted(pieces)}

    @property
    def nbytes(self) -> int:
        """Bytes held by all passages."""
        return sum(each.numbers.nbytes + each.owners.nbytes for each in self._grams.values())

    def owner(self, text: str) -> tuple[int, int] | None:
        """Whose passage the text holds, and how many words it has; None where it holds none."""
        codes = _codes(text)
        for size, grams in reversed(self._grams.items()):
            if size <= len(codes):
                wanted = _grams(codes, size)
                places = grams.numbers.searchsorted(wanted)
                places[places == len(grams.numbers)] = 0
                hits = (grams.numbers[places] == wanted).nonzero()[0]
                if len(hits):
                    return int(grams.owners[places[hits[0]]]), size
        return None


def _codes(text: str) -> Codes:
    words = tokens(text).words
    return np.fromiter(map(crc32, words), np.uint64, len(words))


def _grams(codes: Codes, size: int) -> Codes:
    """A number of 64 bits for each so many words in a row."""
    return np.correlate(codes, _FACTORS[:size])


def _sorted(pieces: list[Codes], owners: list[NDArray[np.uint32]]) -> _Grams:
    """All numbers in order; of equal ones the first, with its owner."""
    numbers, first = np.unique(np.concatenate(pieces), return_index=True)
    return _Grams(numbers, np.concatenate(owners)[first])


def _constants(tag: bytes, count: int) -> Codes:
    """Odd 64-bit numbers derived from a fixed tag, the same on every machine."""
    blocks = [blake2b(tag + number.to_bytes(4, "little"), digest_size=8).digest() for number in range(count)]
    return np.frombuffer(b"".join(blocks), "<u8").astype(np.uint64) | np.uint64(1)


_FACTORS = _constants(b"destilation passages 1", LONGEST)
