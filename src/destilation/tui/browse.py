"""A folder's samples, or its refused answers, as a list of any length: only lines that are looked at are read.

Counting and searching go on in small steps between two looks at the screen, and end with the file.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any, overload

import msgspec
from msgspec import Struct

from destilation.core.condition import Condition
from destilation.storage.layout import PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.paging import Paging
from destilation.tui.model.filter import NAMES, fits, parts_of

TOPIC_GAP = " › "
_PAGE, _PAGES = 64, 32
_STEP = 256
_PLAIN = re.compile(r"[a-z][a-z _-]*")
_OTHERWISE = (b"\\u", "\u0130".encode(), "\u212a".encode())
"""Escapes, and the two letters beyond ASCII whose small letters are in it."""
_OBJECT = msgspec.json.Decoder(dict[str, Any])


class Item(Struct, frozen=True):
    """A line by its number from 1: what it says, and for a sample how it came to be (empty: not known)."""

    number: int
    row: dict[str, Any]
    origin: dict[str, Any]
    refused: bool

    @property
    def words(self) -> str:
        """Its first text; of a refusal why, and by which layer."""
        if self.refused:
            codes, reasons = _list(self.row.get("codes")), _list(self.row.get("reasons"))
            return f"{self.row.get('layer')}: {': '.join(map(str, (*codes[:1], *reasons[:1])))}"
        return next((value for value in self.row.values() if isinstance(value, str) and value), "")

    @property
    def known(self) -> dict[str, str]:
        """What filters ask for by name."""
        told = self.row if self.refused else self.origin
        names = [name for name in NAMES if name in told]
        known = {name: str(told[name]) for name in names}
        known["topic"] = TOPIC_GAP.join(map(str, _list(told.get("topic"))))
        return known if self.refused else {**known, "sample": str(self.number)}


class Browse(Sequence[Item]):
    """What fits the filter, as far as it is found; `done` when there is nothing more to find for now."""

    def __init__(self, folder: Path, *, refused: bool = False, where: Condition | None = None) -> None:
        self.refused = refused
        self.done = False
        self._lines = Paging(folder / (REJECTIONS if refused else SAMPLES))
        self._origins = None if refused else Paging(folder / PROVENANCE)
        self._where = where
        self._typed = ""
        self._parts: list[str] = []
        self._words: list[bytes] = []
        self._found = array("Q")
        self._searched = 0
        self._pages: dict[int, list[Item]] = {}

    @property
    def all(self) -> bool:
        """Whether every line fits."""
        return not self._parts and self._where is None

    @property
    def total(self) -> int:
        """How many lines are known, whether they fit or not."""
        return self._lines.count

    @property
    def share(self) -> float:
        """How much of the file was looked through, from 0 to 1."""
        counted = self._lines.share
        return counted if self.all or not self.total else counted * self._searched / self.total

    def filter(self, typed: str) -> None:
        """Look for something else, from the beginning."""
        if typed == self._typed:
            return
        self._typed, self._parts = typed, parts_of(typed)
        self._words = plain_words(self._parts)
        self._begin()

    def step(self) -> None:
        """Count or search a little more: some milliseconds."""
        was = self.total
        grew = self._lines.look()
        if self._origins is not None:
            grew |= self._origins.look()
        if self.total < was:
            self._begin()
        if grew:
            self._pages.clear()
        elif not self.all:
            grew = self._search()
        self.done = not grew

    def place_of(self, number: int) -> int:
        """Where in the list the first line is that has this number or a later one."""
        if self.all:
            return max(0, min(number, self.total) - 1)
        return min(bisect_left(self._found, number - 1), max(0, len(self._found) - 1))

    def close(self) -> None:
        """Let the files go."""
        self._lines.close()
        if self._origins is not None:
            self._origins.close()

    def __len__(self) -> int:
        return self.total if self.all else len(self._found)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> list[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | list[Item]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        return self._item(place if self.all else self._found[place])

    def _item(self, index: int) -> Item:
        page, place = divmod(index, _PAGE)
        if page not in self._pages:
            if len(self._pages) >= _PAGES:
                del self._pages[next(iter(self._pages))]
            self._pages[page] = [self._made(*each) for each in self._raw(page * _PAGE, _PAGE)]
        items = self._pages[page]
        return items[place] if place < len(items) else Item(index + 1, {}, {}, self.refused)

    def _raw(self, first: int, most: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Lines by their index, each with its line of provenance (empty: none)."""
        origins = repeat(b"") if self._origins is None else chain(self._origins.lines(first), repeat(b""))
        for index, (line, origin) in enumerate(zip(self._lines.lines(first), origins, strict=False), first):
            if index >= first + most:
                return
            yield index, line, origin

    def _made(self, index: int, line: bytes, told: bytes) -> Item:
        origin = _decoded(told) if told else {}
        if origin.get("sample") != index + 1:
            origin = {}
        return Item(index + 1, _decoded(line), origin, self.refused)

    def _search(self) -> bool:
        was = self._searched
        for index, line, told in self._raw(was, _STEP):
            self._searched = index + 1
            if may_fit(self._words, line, told) and self._fits(self._made(index, line, told)):
                self._found.append(index)
        return self._searched > was

    def _fits(self, item: Item) -> bool:
        if self._where is not None and not self._where.fits({**item.origin, **item.row}):
            return False
        return not self._parts or fits(self._parts, "\n".join(_texts(item.row)), item.known)

    def _begin(self) -> None:
        self._found, self._searched, self.done = array("Q"), 0, False
        self._pages.clear()


def plain_words(parts: list[str]) -> list[bytes]:
    """What stands in every line that fits, as it stands in a file: nothing that JSON or case could write otherwise."""
    values = [part.partition(":")[2] if part.partition(":")[0] in NAMES else part for part in parts if part[0] != "!"]
    return [value.encode() for value in values if _PLAIN.fullmatch(value)]


def may_fit(words: list[bytes], line: bytes, origin: bytes) -> bool:
    """False only where one of the words is nowhere: so that not every line of a long search has to be decoded."""
    if not words:
        return True
    both = b"%b\n%b" % (line.lower(), origin.lower())
    return all(word in both for word in words) or any(each in both for each in _OTHERWISE)


def _texts(value: object) -> list[str]:
    """All text in a JSON value."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else [] if value is None else [str(value)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        return _OBJECT.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
