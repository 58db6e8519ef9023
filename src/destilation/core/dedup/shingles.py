"""Word 3-grams as 32-bit numbers. Knows nothing about text, only tokens; the same numbers in every process.

The set of shingles of a text is what Jaccard similarity compares. Of a long text only the `KEPT` smallest are
kept: a bottom-k sketch (Broder, "On the resemblance and containment of documents", 1997).
"""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Shingles = NDArray[np.uint32]
KEPT = 1024

# Odd constants: fractional digits of the square roots of 2, 3 and 5. The upper half of such a sum of products
# is a universal hash of the three codes (Dietzfelbinger et al., multiply-shift).
_FACTORS = tuple(map(np.uint64, (0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B)))
_UPPER = np.uint64(32)
NO_TOKEN = 1 << 32


def hashes(tokens: list[bytes]) -> Shingles:
    """The shingles in text order; a single one when there are fewer than three tokens, none of none."""
    codes = np.fromiter(map(crc32, tokens), np.uint64, len(tokens))
    if not tokens:
        return codes.astype(np.uint32)
    if len(tokens) < 3:
        codes = np.concatenate([codes, np.full(3 - len(tokens), NO_TOKEN, np.uint64)])
    return triples(codes)


def triples(codes: NDArray[np.uint64]) -> Shingles:
    """A number for each three codes in a row, of at least three."""
    first, second, third = _FACTORS
    sums = codes[:-2] * first
    sums += codes[1:-1] * second
    sums += codes[2:] * third
    sums >>= _UPPER
    return sums.astype(np.uint32)


def kept(ordered: Shingles) -> Shingles:
    """The sorted set of these shingles, the smallest `KEPT` of them."""
    found = ordered.copy()
    found.sort()
    repeated = found[1:] == found[:-1]
    if np.count_nonzero(repeated):
        found = found[np.concatenate([[True], ~repeated])]
    return found[:KEPT]
