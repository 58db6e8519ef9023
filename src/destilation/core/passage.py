"""A text cut into passages, where it pauses. Knows no file and no markup."""

import re
from collections.abc import Iterator

# Where a text pauses, from the longest pause on; a passage ends after what matches.
_PAUSES = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"[.!?\u2026][\"'\u201d\u2019)\]]*\s+|[\u3002\uff01\uff1f]"),
    re.compile(r"\s+"),
)


def passages(text: str, chars: int) -> Iterator[str]:
    """The text in passages of about `chars` characters, none longer than one and a half times that.

    They end with a paragraph where one ends in reach, else with a sentence, else with a word. White space around a
    passage is left out, nothing else.
    """
    at = 0
    while at < len(text):
        end = (
            len(text)
            if len(text) - at <= chars * 3 // 2
            else at + _length(text[at : at + chars * 3 // 2], len(text) - at)
        )
        if passage := text[at:end].strip():
            yield passage
        at = end


def _length(window: str, rest: int) -> int:
    """How much of the window to take, so that it ends well and what is left of the rest is no scrap."""
    half = max(1, len(window) // 3)
    least, most = half, max(half, min(len(window), rest - half))
    aim = min(2 * half, rest // 2)
    for pause in _PAUSES:
        ends = [match.end() for match in pause.finditer(window) if least <= match.end() <= most]
        if ends:
            return min(ends, key=lambda end: abs(end - aim))
    return min(aim, most)
