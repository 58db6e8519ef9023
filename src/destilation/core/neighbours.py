"""The last samples of each topic, as a prompt shows them so that the next one is another. Knows no template.

Memory holds a few short lines a topic, however many samples there are.
"""

from collections import deque

from destilation.core.quoting import DATA, marked, shortened
from destilation.core.topics.tree import Path

MOST_NEIGHBOURS = 10
LENGTH = 100  # characters of each


class Neighbours:
    """Told of samples in their order, it shows the last `most` of a topic; told again in that order, the same ones."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._latest: dict[Path, deque[str]] = {}

    def accepted(self, path: Path, text: str) -> None:
        """A sample of a topic; `text` is what duplicates are told by."""
        if self._most:
            self._latest.setdefault(path, deque(maxlen=self._most)).append(shortened(text, LENGTH))

    def told(self, path: Path) -> str:
        """What a prompt says of them; empty where there is none. Of a new topic: those of the one that was divided."""
        above = (path[:depth] for depth in range(len(path), -1, -1))
        latest = next((self._latest[each] for each in above if each in self._latest), None)
        if latest is None:
            return ""
        lines = marked([f"- {text}" for text in latest])
        return f"These are there already: make one that is clearly different. What stands {DATA}.\n{lines}"
