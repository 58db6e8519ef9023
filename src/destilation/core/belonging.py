"""Which topic each sample was made for, in four bytes a sample. Knows no text and no plan."""

from array import array

from msgspec import Struct

from destilation.core.topics.tree import Path


class BelongingState(Struct, frozen=True):
    """The topics, and for each sample the place of its topic among them, in four bytes."""

    paths: tuple[Path, ...] = ((),)
    places: bytes = b""


class Belonging:
    """Samples are told by number, from 1 on; what is left out belongs to the domain as a whole."""

    def __init__(self, state: BelongingState | None = None) -> None:
        state = state or BelongingState()
        self._paths = list(state.paths)
        self._places = {path: place for place, path in enumerate(self._paths)}
        self._place_of = array("I", state.places)

    @property
    def state(self) -> BelongingState:
        """What it knows now."""
        return BelongingState(tuple(self._paths), self._place_of.tobytes())

    def add(self, number: int, path: Path) -> None:
        """A sample was made for that topic."""
        missing = number - len(self._place_of)
        if missing > 0:
            self._place_of.frombytes(bytes(missing * self._place_of.itemsize))
        place = self._places.setdefault(path, len(self._paths))
        if place == len(self._paths):
            self._paths.append(path)
        self._place_of[number - 1] = place

    def elsewhere(self, number: int, path: Path) -> bool:
        """Whether a sample was made for another topic than that one and those it belongs to."""
        if not 1 <= number <= len(self._place_of):
            return False
        theirs = self._paths[self._place_of[number - 1]]
        return theirs != path[: len(theirs)]
