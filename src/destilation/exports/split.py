"""Which part of a split a sample belongs to: by what it says alone, so that it never changes when others are added.

What decides is not the hash of a sample but that of a coarse key: the smallest of the hashes of its pairs of long
words. Two texts have the same with a probability that is the Jaccard similarity of their sets of pairs (Broder,
1997), so near copies mostly land together. The first words of a text, and pairs of short ones ("what is"), are no
candidates: half of a dataset may begin alike, and would land in one part. Of a short text the words of more than
three letters are the key, with its numbers; one that differs in more is no near copy.
"""

import re
from hashlib import blake2b
from zlib import crc32

import numpy as np
from msgspec import Struct

from destilation.core.dedup.fingerprint import fingerprint
from destilation.core.dedup.normal import tokens
from destilation.core.dedup.shingles import hashes
from destilation.errors import ConfigError

NAMES = ("train", "validation", "test")
_SHORT = 12  # words: of fewer, all count
_OPENING = 6  # words that do not
_LONG = ((16, 3), (12, 1))  # bytes of a pair of words, and of how many there have to be; the rarer kind first
# Odd constants, as in core/dedup/shingles.py: the upper half of the sum is a universal hash of the two codes.
_FACTORS = np.array([0x6A09E667F3BCC909, 0xBB67AE8584CAA73B], np.uint64)
_HALF = np.uint64(32)
_TEXT = re.compile(r"\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?){0,2}")


class Split(Struct, frozen=True):
    """Named parts with their shares, which add up to 1."""

    names: tuple[str, ...]
    shares: tuple[float, ...]

    def part_of(self, text: str, stratum: str = "") -> int:
        """The place of the part that a text belongs to; strata are split each by itself."""
        digest = blake2b(_coarse(text), digest_size=8, key=blake2b(stratum.encode(), digest_size=16).digest())
        at = int.from_bytes(digest.digest(), "big") / 2**64
        for place, share in enumerate(self.shares):
            at -= share
            if at < 0:
                return place
        return max(place for place, share in enumerate(self.shares) if share)


def split_of(text: str) -> Split:
    """`90/5/5` (train, validation, test) or `95/5` (train, validation) as a Split. Raises ConfigError."""
    if not _TEXT.fullmatch(text):
        raise ConfigError(f"--split wants shares such as 90/5/5 (train/validation/test), not '{text[:40]}'")
    numbers = [float(each) for each in text.split("/")]
    total = sum(numbers)
    if not numbers[0]:
        raise ConfigError("--split leaves nothing for train: the first share is 0")
    return Split(NAMES[: len(numbers)], tuple(number / total for number in numbers))


def _coarse(text: str) -> bytes:
    words = tokens(text).words
    if len(words) < _SHORT:
        return _bag(text, words)
    told = words[_OPENING:]
    codes = np.fromiter(map(crc32, told), np.uint64, len(told))
    sizes = np.fromiter(map(len, told), np.uint32, len(told))
    pairs, together = np.correlate(codes, _FACTORS) >> _HALF, sizes[:-1] + sizes[1:]
    for least, few in _LONG:
        rare = pairs[together >= least]
        if len(rare) >= few:
            return int(rare.min()).to_bytes(4, "big")
    return int(hashes(told).min()).to_bytes(4, "big")


def _bag(text: str, words: list[bytes]) -> bytes:
    """What a short text says, whatever its order, small words and punctuation."""
    seen = fingerprint(text)
    telling = {word for word in words if len(word) > 3} or set(words)
    return b" ".join([*sorted(telling), str(seen.guard if words else seen.digest).encode()])
