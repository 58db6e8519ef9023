"""The near half: which remembered text is too much like this one. Knows shingles and guards, no text.

Bands nominate and exact Jaccard similarity decides. Short texts with numbers meet under keys that hold their
guard, so a thousand sums that differ in one number never even nominate each other.
"""

import numpy as np
from msgspec import Struct

from destilation.core.dedup.bands import Bands, keys, shape
from destilation.core.dedup.buckets import Buckets, Found
from destilation.core.dedup.fingerprint import Fingerprint
from destilation.core.dedup.guard import SHORT
from destilation.core.dedup.likeness import NOTHING, similarity
from destilation.core.dedup.openings import Openings, decisive
from destilation.core.dedup.shelf import Kept, Shelf


class Sighting(Struct, frozen=True, eq=False):
    """The most similar text at or above the threshold (None: there is none), and where the new one belongs."""

    position: int | None
    similarity: float
    keys: list[int]
    found: Found


class Near:
    """Finds likeness among the texts of a shelf that were told to `remember`. Texts have at least one shingle."""

    def __init__(self, threshold: float, shelf: Shelf) -> None:
        self._threshold = threshold
        self._shelf = shelf
        self._bands = Bands(*shape(threshold))
        self._buckets = Buckets()
        self._openings = Openings()

    @property
    def nbytes(self) -> int:
        """Bytes held by the tables, the shelf not counted."""
        return self._buckets.nbytes + self._openings.nbytes

    def look(self, seen: Fingerprint) -> Sighting:
        """Compares a text with all that its bands nominate; changes nothing."""
        ignored = self._ignored(seen)
        home, *others = self._keys(seen, ignored)
        found = self._buckets.find(home)
        nominated = set(found.positions)
        for more in others:
            nominated.update(self._buckets.find(more).positions)
        best, highest = None, self._threshold
        for position in sorted(nominated):
            text = self._shelf[position]
            if not self._comparable(seen, text, ignored):
                continue
            alike = similarity(seen.shingles, text.shingles, ignored)
            if alike > highest or (alike == highest and best is None):
                best, highest = position, alike
        return Sighting(best, highest, home, found)

    def remember(self, seen: Fingerprint, sighting: Sighting, position: int) -> None:
        """Makes the text at `position` of the shelf findable; `sighting` is what the look just before gave."""
        self._buckets.insert(sighting.keys, sighting.found, position)
        self._openings.learn(seen.lead)

    def refuse(self, seen: Fingerprint, position: int) -> None:
        """Learns from a text refused for its likeness with `position`: was it the opening alone that decided?"""
        opening = decisive(seen.lead, seen.shingles, self._shelf[position].shingles)
        if len(opening):
            self._openings.learn(opening)

    def _ignored(self, seen: Fingerprint) -> frozenset[int]:
        """The shingles that are boilerplate; empty when nothing else would be left."""
        opening = self._openings.boilerplate(seen.lead, len(seen.shingles))
        if not len(opening):
            return NOTHING
        ignored = frozenset(opening.tolist())
        return NOTHING if ignored.issuperset(seen.shingles.tolist()) else ignored

    def _keys(self, seen: Fingerprint, ignored: frozenset[int]) -> list[list[int]]:
        """The keys this text is stored under, then those under which a like text may be.

        That is: one on the other side of the line between short and long, and one from before the opening was
        known as boilerplate.
        """
        size = len(seen.shingles)
        guards = [seen.guard, 0] if size <= SHORT else [0, seen.guard]
        if not seen.guard or not self._threshold * (SHORT + 1) <= size <= SHORT / self._threshold:
            guards.pop()
        signatures = [self._bands.sign(seen.shingles)]
        if ignored:
            rest = [shingle for shingle in seen.shingles.tolist() if shingle not in ignored]
            signatures.insert(0, self._bands.sign(np.array(rest, np.uint32)))
        return [keys(signature, guard) for signature in signatures for guard in guards]

    def _comparable(self, seen: Fingerprint, text: Kept, ignored: frozenset[int]) -> bool:
        """Whether the guard allows a verdict and the sizes alone do not rule one out."""
        less, more = sorted((len(seen.shingles), len(text.shingles)))
        if less <= SHORT and seen.guard != text.guard:
            return False
        return bool(ignored) or less >= self._threshold * more
