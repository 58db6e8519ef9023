"""Which lines of a list are shown: by words, by what is known of them, and by how grave they are."""

import re
from collections.abc import Mapping

from msgspec import Struct

from destilation.tui.model.entry import ACCEPT, FAIL, TELL, Entry

LEVELS = {ACCEPT: "all", TELL: "without accepts", FAIL: "failures"}
NAMES = ("provider", "model", "topic", "layer", "stage", "task", "sample", "attempt")
EXACT = ("task", "sample", "attempt")
"""Those that are asked for by the whole number; of the others a part will do."""
_PART = re.compile(r'(?:[^\s"]+|"[^"]*"?)+')


class Filter(Struct, frozen=True):
    """What the user typed, all of whose parts must fit, and the least level.

    `text` looks for words, `!text` excludes them, `provider:x`, `layer:x` and `task:n` look there only.
    """

    typed: str = ""
    level: int = ACCEPT

    def admits(self, entry: Entry) -> bool:
        """Whether a line is shown."""
        known = {"provider": entry.provider, "layer": entry.layer, "task": str(entry.task)}
        return entry.level >= self.level and fits(parts_of(self.typed), entry.words, known)

    @property
    def next_level(self) -> int:
        """The level after this one."""
        return (self.level + 1) % len(LEVELS)

    @property
    def everything(self) -> bool:
        """Whether all lines are shown."""
        return not self.typed and self.level == ACCEPT


def parts_of(typed: str) -> list[str]:
    """The parts of what was typed, in lower case; quotes keep together what has blanks: `topic:"thin lenses"`."""
    return [part for match in _PART.finditer(typed.lower()) if (part := match[0].replace('"', ""))]


def fits(parts: list[str], words: str, known: Mapping[str, str]) -> bool:
    """Whether a line with these words, of which this is known by name, fits each of the parts."""
    return all(_fits(part, words, known) for part in parts)


def _fits(part: str, words: str, known: Mapping[str, str]) -> bool:
    if part.startswith("!") and len(part) > 1:
        return not _fits(part[1:], words, known)
    key, colon, value = part.partition(":")
    if colon and key in NAMES:
        there = known.get(key, "").lower()
        return value == there if key in EXACT else bool(there) and value in there
    return part in words.lower()
