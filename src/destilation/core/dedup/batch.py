"""Many texts fingerprinted and signed at once: the same fingerprints, at a third of the time. Knows no index."""

from collections.abc import Sequence
from itertools import chain
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from destilation.core.dedup.bands import Bands, Signature
from destilation.core.dedup.fingerprint import LEAD, Fingerprint, digest_of
from destilation.core.dedup.guard import guard
from destilation.core.dedup.normal import tokens
from destilation.core.dedup.shingles import KEPT, NO_TOKEN, Shingles, triples

Sizes = NDArray[np.int64]


class Batch(Struct, frozen=True, eq=False):
    """The fingerprints of some texts, and what `bands` sign each of them with (nothing where it has no shingle)."""

    seen: list[Fingerprint]
    signatures: list[Signature]


def batch(texts: Sequence[str], bands: Bands) -> Batch:
    """What `fingerprint` and `Bands.sign` say of each of the texts."""
    if not texts:
        return Batch([], [])
    found = [tokens(text) for text in texts]
    ordered, sizes = _hashes([each.words for each in found])
    sets, kept = _kept(ordered, sizes)
    leads, shingles = _cut(ordered, sizes), _cut(sets, kept)
    seen = [
        Fingerprint(digest_of(text), shingle, lead[:LEAD], guard(each.marks))
        for text, shingle, lead, each in zip(texts, shingles, leads, found, strict=True)
    ]
    return Batch(seen, _signatures(sets, kept, bands))


def _hashes(texts: list[list[bytes]]) -> tuple[Shingles, Sizes]:
    """The shingles of all texts, one after the other in text order, and how many each has."""
    filled = [words + [b""] * (3 - len(words)) if len(words) < 3 else words for words in texts]
    counts = np.fromiter(map(len, filled), np.int64, len(filled))
    codes = np.fromiter(map(crc32, chain.from_iterable(filled)), np.uint64, int(counts.sum()))
    starts = counts.cumsum() - counts
    there = np.ones(len(codes), np.bool_)  # where a shingle of one text begins
    ends = starts + counts
    there[ends - 1] = there[ends - 2] = False
    for at, words in enumerate(texts):
        if len(words) < 3:
            codes[starts[at] + len(words) : ends[at]] = NO_TOKEN
            there[starts[at]] = bool(words)
    sizes = counts - 2
    sizes[[at for at, words in enumerate(texts) if not words]] = 0
    return triples(codes)[there[:-2]], sizes


def _kept(ordered: Shingles, sizes: Sizes) -> tuple[Shingles, Sizes]:
    """The sorted set of each text's shingles, the smallest `KEPT` of them, and how many those are."""
    owner = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    both = (owner << np.uint64(32)) | ordered
    both.sort()
    if len(both):
        both = both[np.concatenate([[True], both[1:] != both[:-1]])]
    owners = (both >> np.uint64(32)).astype(np.int64)
    found = np.bincount(owners, minlength=len(sizes))
    if found.max(initial=0) > KEPT:
        rank = np.arange(len(both)) - (found.cumsum() - found)[owners]
        both, found = both[rank < KEPT], np.minimum(found, KEPT)
    return both.astype(np.uint32), found


def _cut(flat: Shingles, sizes: Sizes) -> list[Shingles]:
    ends = sizes.cumsum().tolist()
    return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _signatures(sets: Shingles, sizes: Sizes, bands: Bands) -> list[Signature]:
    there = sizes > 0
    signed = iter(bands.sign_all(sets, (sizes.cumsum() - sizes)[there]))
    return [next(signed) if any_left else () for any_left in there.tolist()]
