"""The near half: which remembered text is too much like this one. Knows shingles and guards, no text.

Bands nominate and exact Jaccard similarity decides. Short texts with numbers meet under keys that hold their
guard, so a thousand sums that differ in one number never even nominate each other.

What is stored depends on the remembered texts alone and not on those that were refused, so that it is the same
however often it was made anew.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from destilation.core.dedup.bands import Bands, Signature, keys, shape
from destilation.core.dedup.buckets import Buckets, Found
from destilation.core.dedup.fingerprint import Fingerprint
from destilation.core.dedup.guard import SHORT
from destilation.core.dedup.likeness import NOTHING, similarity
from destilation.core.dedup.openings import Openings, decisive
from destilation.core.dedup.shelf import Kept, Shelf
from destilation.core.dedup.shingles import Shingles


class Sighting(Struct, frozen=True, eq=False, gc=False):
    """The most similar text at or above the threshold (None: there is none), and where the new one belongs."""

    position: int | None
    similarity: float
    keys: list[int]
    found: Found


class Near:
    """Finds likeness among the texts of a shelf that were told to `remember`. Texts have at least one shingle."""

    def __init__(self, threshold: float, shelf: Shelf) -> None:
        self.bands = Bands(*shape(threshold))
        self._threshold = threshold
        self._shelf = shelf
        self._buckets = Buckets()
        self._openings = Openings()  # of the remembered texts
        self._heard = Openings()  # of these and of those that were refused

    @property
    def nbytes(self) -> int:
        """Bytes held by the tables, the shelf not counted."""
        return self._buckets.nbytes + self._openings.nbytes + self._heard.nbytes

    def look(self, seen: Fingerprint) -> Sighting:
        """Compares a text with all that its bands nominate; changes nothing."""
        ignored, stored = self._ignored(self._heard, seen), self._ignored(self._openings, seen)
        home, *others = self._keys(seen, [stored, ignored])
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
        self._store(seen.lead, sighting.keys, sighting.found, position)

    def put(self, seen: Fingerprint, signature: Signature, position: int) -> None:
        """As a look and `remember`, without the comparing; `signature` is what `bands` sign the text with."""
        ignored = self._ignored(self._openings, seen)
        home = self._keys(seen, [ignored])[0] if ignored else keys(signature, self._guards(seen)[0])
        self._store(seen.lead, home, self._buckets.find(home), position)

    def refuse(self, seen: Fingerprint, position: int) -> None:
        """Learns from a text refused for its likeness with `position`: was it the opening alone that decided?"""
        opening = decisive(seen.lead, seen.shingles, self._shelf[position].shingles)
        if len(opening):
            self._heard.learn(opening)

    def state(self) -> dict[str, list[Any]]:
        """What was made of the remembered texts, to be kept while it changes."""
        return {**self._buckets.state(), **self._openings.state()}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over that state, each kind of array as one."""
        self._buckets = Buckets.restored(arrays)
        self._openings, self._heard = Openings.restored(arrays), Openings.restored(arrays)

    def _store(self, lead: Shingles, home: list[int], found: Found, position: int) -> None:
        self._buckets.insert(home, found, position)
        self._openings.learn(lead)
        self._heard.learn(lead)

    def _ignored(self, openings: Openings, seen: Fingerprint) -> frozenset[int]:
        """The shingles that are boilerplate; empty when nothing else would be left."""
        if not openings.is_common(seen.lead):
            return NOTHING
        ignored = frozenset(openings.boilerplate(seen.lead, len(seen.shingles)).tolist())
        return NOTHING if ignored.issuperset(seen.shingles.tolist()) else ignored

    def _keys(self, seen: Fingerprint, ignoring: list[frozenset[int]]) -> list[list[int]]:
        """The keys this text is stored under (without what is first ignored), then those of a like text may be.

        That is: one on the other side of the line between short and long, one that was stored while another
        part of the opening was known as boilerplate, or none.
        """
        guards = self._guards(seen)
        if not any(ignoring):
            signature = self.bands.sign(seen.shingles)
            return [keys(signature, guard) for guard in guards]
        signatures = [self._signed(seen, ignored) for ignored in dict.fromkeys([*ignoring, NOTHING])]
        return [keys(signature, guard) for signature in signatures for guard in guards]

    def _signed(self, seen: Fingerprint, ignored: frozenset[int]) -> Signature:
        if not ignored:
            return self.bands.sign(seen.shingles)
        rest = [shingle for shingle in seen.shingles.tolist() if shingle not in ignored]
        return self.bands.sign(np.array(rest, np.uint32))

    def _guards(self, seen: Fingerprint) -> list[int]:
        """The guard that goes into the keys of the text, then that of a like one beyond the line, if there may be."""
        if not seen.guard:
            return [0]
        size = len(seen.shingles)
        guards = [seen.guard, 0] if size <= SHORT else [0, seen.guard]
        if not self._threshold * (SHORT + 1) <= size <= SHORT / self._threshold:
            guards.pop()
        return guards

    def _comparable(self, seen: Fingerprint, text: Kept, ignored: frozenset[int]) -> bool:
        """Whether the guard allows a verdict and the sizes alone do not rule one out."""
        less, more = sorted((len(seen.shingles), len(text.shingles)))
        if less <= SHORT and seen.guard != text.guard:
            return False
        return bool(ignored) or less >= self._threshold * more
