"""An answer that was refused for being like a sample, beside that sample, with what both share marked."""

import difflib
import re
from pathlib import Path

import msgspec
from msgspec import Struct
from textual.content import Content, Span

from destilation.storage.layout import SAMPLES
from destilation.storage.paging import Paging
from destilation.tui.coloured import record_of, shown
from destilation.tui.story import Attempt

CODES = ("near_duplicate", "duplicate", "same_meaning")
SAME = "$text-warning underline"
MOST_WORDS = 2_000
_SAMPLE = re.compile(r"\bsample (\d+)\b")
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Twin(Struct, frozen=True):
    """The sample's number, and the texts of a field in the answer and in the sample, by name."""

    number: int
    texts: tuple[tuple[str, str, str], ...]


def twin_of(folder: Path, attempt: Attempt) -> Twin | None:
    """The sample that an answer was too much like; None where that is no reason of its refusal, or it is not there."""
    for code, reason in attempt.reasons:
        named = _SAMPLE.search(reason) if code in CODES else None
        mine = dict(record_of(attempt.reply) or [])
        theirs = _sample(folder, int(named[1])) if named is not None and mine else {}
        both = [
            (name, mine[name], text)
            for name, text in theirs.items()
            if isinstance(text, str) and isinstance(mine.get(name), str)
        ]
        compared = [each for each in both if re.search(rf"\b{re.escape(each[0])}\b", reason)]
        if named is not None and both:
            return Twin(int(named[1]), tuple(compared or both))
    return None


def marked(twin: Twin) -> tuple[Content, Content]:
    """Both sides, field by field; what they share is underlined."""
    mine, theirs = [], []
    for name, one, other in twin.texts:
        left, right = _compared(shown(one), shown(other))
        mine.append(Content.assemble((f"{name}\n", "bold $accent"), left))
        theirs.append(Content.assemble((f"{name}\n", "bold $accent"), right))
    return Content("\n\n").join(mine), Content("\n\n").join(theirs)


def _compared(one: str, other: str) -> tuple[Content, Content]:
    left, right = _WORDS.findall(one)[:MOST_WORDS], _WORDS.findall(other)[:MOST_WORDS]
    found = difflib.SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    mine = [Span(*_place(left, block.a, block.size), SAME) for block in found if block.size]
    theirs = [Span(*_place(right, block.b, block.size), SAME) for block in found if block.size]
    return Content(one, spans=mine), Content(other, spans=theirs)


def _place(words: list[str], start: int, size: int) -> tuple[int, int]:
    begin = sum(map(len, words[:start]))
    return begin, begin + sum(map(len, words[start : start + size]))


def _sample(folder: Path, number: int) -> dict[str, object]:
    paging = Paging(folder / SAMPLES)
    try:
        while paging.count < number and paging.look():
            pass
        line = next(iter(paging.lines(number - 1)), b"") if 0 < number <= paging.count else b""
        return msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OSError):
        return {}
    finally:
        paging.close()
