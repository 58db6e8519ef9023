"""The memory of what a dataset holds: is this text in it already, or too close? Knows no template and no file."""

import json
from collections.abc import Mapping, Sequence

import msgspec

from destilation.core.dedup.digests import Digests
from destilation.core.dedup.fingerprint import Fingerprint, fingerprint
from destilation.core.dedup.near import Near, Sighting
from destilation.core.dedup.shelf import Shelf

__all__ = ["Fingerprint", "SeenIndex", "Twin", "content", "fingerprint"]


class Twin(msgspec.Struct, frozen=True):
    """The kept sample, by number, that a text equals or is too close to; `similarity` is 1.0 where `exact`."""

    number: int
    similarity: float
    exact: bool


class SeenIndex:
    """Remembers fingerprints and finds the twin of a new one. One owner, no threads.

    Equal texts are always found. Texts whose shingles have a Jaccard similarity of at least `threshold`
    (0.5 to 1.0; at 1.0 only equal texts count) are found with a probability above 0.99, and no others are.
    """

    def __init__(self, threshold: float = 0.85) -> None:
        if not 0.5 <= threshold <= 1.0:
            raise ValueError(f"the similarity threshold must be from 0.5 to 1.0, not {threshold}")
        self._shelf = Shelf()
        self._digests = Digests()
        self._near = Near(threshold, self._shelf) if threshold < 1.0 else None

    def __len__(self) -> int:
        return len(self._shelf)

    @property
    def nbytes(self) -> int:
        """Bytes held by all arrays of the index."""
        near = self._near.nbytes if self._near else 0
        return self._shelf.nbytes + self._digests.nbytes + near

    def twin(self, seen: Fingerprint) -> Twin | None:
        """The equal sample if there is one, else the most similar one in reach of the threshold."""
        return self._equal(seen) or self._close(self._look(seen))

    def add(self, seen: Fingerprint, number: int) -> bool:
        """Remembers a text under a number (at most 63 bits). Of equal texts the first is, and the others are False."""
        new = self._digests.find(seen.digest) is None
        if new:
            self._remember(seen, number, self._look(seen))
        return new

    def admit(self, text: str, number: int) -> Twin | None:
        """The twin of a text, or None: then it is remembered under `number` from now on."""
        seen = fingerprint(text, near=self._near is not None)
        if equal := self._equal(seen):
            return equal
        sighting = self._look(seen)
        if self._near is None or sighting is None or sighting.position is None:
            self._remember(seen, number, sighting)
            return None
        self._near.refuse(seen, sighting.position)
        return self._close(sighting)

    def _equal(self, seen: Fingerprint) -> Twin | None:
        position = self._digests.find(seen.digest)
        return None if position is None else Twin(self._shelf[position].number, 1.0, True)

    def _look(self, seen: Fingerprint) -> Sighting | None:
        return self._near.look(seen) if self._near and len(seen.shingles) else None

    def _close(self, sighting: Sighting | None) -> Twin | None:
        if sighting is None or sighting.position is None:
            return None
        return Twin(self._shelf[sighting.position].number, sighting.similarity, False)

    def _remember(self, seen: Fingerprint, number: int, sighting: Sighting | None) -> None:
        position = self._shelf.append(number, seen.guard, seen.shingles if self._near else seen.shingles[:0])
        self._digests.insert(seen.digest, position)
        if self._near and sighting:
            self._near.remember(seen, sighting, position)


def content(record: Mapping[str, object], fields: Sequence[str]) -> str:
    """The text that is compared: the values of these fields, strings as they are, others as canonical JSON.

    A NUL between two values, doubled where a value holds one, keeps different fields from reading the same.
    A field that is missing or None is empty.
    """
    return "\n\0\n".join(_text(record.get(name)).replace("\0", "\0\0") for name in fields)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
