"""All that the index needs to know of a text. Knows nothing about other texts."""

from hashlib import blake2b

import numpy as np
from msgspec import Struct

from destilation.core.dedup.guard import guard
from destilation.core.dedup.normal import exact_form, tokens
from destilation.core.dedup.shingles import Shingles, hashes, kept

VERSION = 1  # of everything a stored index depends on: normal forms, hashes, bands
LEAD = 512
_NONE = np.zeros(0, np.uint32)


class Fingerprint(Struct, frozen=True, eq=False, gc=False):
    """`digest`: 64 bits that equal texts share. `shingles`: sorted set. `lead`: the first ones in text order.

    `guard`: its numbers and operators, 0 for none.
    """

    digest: int
    shingles: Shingles
    lead: Shingles
    guard: int


def fingerprint(text: str, *, near: bool = True) -> Fingerprint:
    """The fingerprint of any string, lone surrogates included; without `near` it serves equality only."""
    digest = digest_of(text)
    if not near:
        return Fingerprint(digest, _NONE, _NONE, 0)
    words, marks = tokens(text)
    ordered = hashes(words)
    return Fingerprint(digest, kept(ordered), ordered[:LEAD], guard(marks))


def digest_of(text: str) -> int:
    """64 bits that equal texts share."""
    return int.from_bytes(blake2b(exact_form(text), digest_size=8).digest(), "little")
