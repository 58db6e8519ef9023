"""The memory of what a dataset holds: is this text in it already, or too close? Knows no template and no file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from numpy.typing import NDArray

from destilation.core.dedup.batch import batch
from destilation.core.dedup.digests import Digests
from destilation.core.dedup.fingerprint import Fingerprint, fingerprint
from destilation.core.dedup.near import Near, Sighting
from destilation.core.dedup.shelf import Shelf

__all__ = ["Fingerprint", "SeenIndex", "State", "Twin", "content", "fingerprint", "joined"]

State = Mapping[str, Sequence[Any]]
"""Arrays by name, each in pieces that follow one another."""


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

    def add_all(self, texts: Sequence[str], numbers: Sequence[int]) -> list[bool]:
        """As `add`, of many texts in their order; of some thousands at once it takes half the time."""
        if self._near is None:
            return [
                self.add(fingerprint(text, near=False), number) for text, number in zip(texts, numbers, strict=True)
            ]
        made = batch(texts, self._near.bands)
        new = []
        for seen, signature, number in zip(made.seen, made.signatures, numbers, strict=True):
            new.append(self._digests.find(seen.digest) is None)
            if new[-1]:
                position = self._shelf.append(number, seen.guard, seen.shingles)
                self._digests.insert(seen.digest, position)
                if signature:
                    self._near.put(seen, signature, position)
        return new

    def state(self) -> State:
        """All that it remembers, as it is now and to be kept while it goes on: next to nothing is copied for it."""
        near = self._near.state() if self._near else {}
        return {**self._shelf.state(), **self._digests.state(), **near}

    @classmethod
    def restored(cls, threshold: float, arrays: Mapping[str, NDArray[Any]]) -> "SeenIndex":
        """The index of that threshold with that state, each kind of array as one.

        Raises ValueError, KeyError or IndexError for arrays that are no such state. They are taken over.
        """
        index = cls(threshold)
        index._shelf, index._digests = Shelf.restored(arrays), Digests.restored(arrays)
        if index._near:
            index._near = Near(threshold, index._shelf)
            index._near.restore(arrays)
        return index

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
    return joined([_text(record.get(name)) for name in fields])


def joined(texts: Sequence[str]) -> str:
    """Texts as one, each apart from the next."""
    return "\n\0\n".join(text.replace("\0", "\0\0") for text in texts)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
