"""Lines drawn at random from files of any size, remembered by their place only. Knows no kind of line."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Generic, NamedTuple, TypeVar

from destilation.storage.disk import Disk
from destilation.storage.layout import open_regular
from destilation.storage.lines import Line

Thing = TypeVar("Thing")


class Place(NamedTuple):
    """Where a line is: its number from 1, where it begins, and how many bytes it has without its end."""

    number: int
    offset: int
    size: int


def place_of(line: Line) -> Place:
    """The place of a line that was read."""
    return Place(line.number, line.offset, len(line.data))


class Draw(Generic[Thing]):
    """A fair draw of at most `most` among however many are offered (Vitter's algorithm R, 1985)."""

    def __init__(self, most: int, chance: Random) -> None:
        self.offered = 0
        self._most = most
        self._chance = chance
        self._drawn: list[Thing] = []

    def offer(self, thing: Thing) -> None:
        """One more that may be drawn."""
        self.offered += 1
        if len(self._drawn) < self._most:
            self._drawn.append(thing)
        elif (at := self._chance.randrange(self.offered)) < self._most:
            self._drawn[at] = thing

    def drawn(self) -> list[Thing]:
        """Those that were drawn so far, in no order."""
        return list(self._drawn)


def lines_at(path: Path, places: list[Place]) -> Iterator[tuple[Place, bytes]]:
    """The lines at these places, in their order. Raises OSError, ConfigError for what is no regular file."""
    descriptor = open_regular(path, os.O_RDONLY, Disk())
    with open(descriptor, "rb") as file:
        for place in places:
            file.seek(place.offset)
            yield place, file.read(place.size)
