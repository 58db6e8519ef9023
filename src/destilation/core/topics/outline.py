r"""The outline of a tree, which people read and write. Knows no file.

    # a comment
    Optics * 2.5
      Lenses
      Mirrors [closed: 9 of the last 12 answers were duplicates]

One topic a line, two spaces deeper what belongs to it. A weight and the mark of a closed topic stand at the end. A
backslash takes a character's meaning from it where a name has one: `\#`, `\*`, `\[`, `\-`, `\+`, `\\`.
"""

import math
import re
from collections.abc import Iterator

from msgspec import Struct

from destilation.core.topics.names import clean, normal
from destilation.core.topics.tree import HEAVIEST, LIGHTEST, Topic, TopicError, Tree

DEEPEST = 12
STEP = 2
BY_HAND = "by hand"
_SPECIAL = "\\#*[-+"
# While a line is read, what is escaped in it stands as control characters, which no line may have.
_HIDE = {character: chr(code) for code, character in enumerate(_SPECIAL)}
_SHOW = dict(enumerate(_SPECIAL))
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_ESCAPE = re.compile(r"\\([\\#*\[+-])")
_COMMENT = re.compile(r"(?:^#|\s#(?!\S)).*")
_CLOSED = re.compile(r"\s\[closed(?::(.*))?\]$")
_WEIGHT = re.compile(r"(?:(.*\S)\s+)?\*\s+(\S+)")
_MEANT = re.compile(r"\\|^[#*+-]|(?<= )[#*](?= |$)|\[(?=closed)")


class _Row(Struct, frozen=True):
    line: int
    depth: int
    name: str
    weight: float
    closed: str


def parse(text: str) -> Tree:
    """The tree of an outline. Raises TopicError, with the line."""
    rows: list[_Row] = []
    for line, each in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        row = _row(line, each.rstrip())
        if row is not None:
            _fits(row, rows[-1].depth + 1 if rows else 0)
            rows.append(row)
    topics, _ = _topics(rows, 0, 0)
    return Tree(topics)


def format(tree: Tree) -> str:
    """The outline of a tree: parsed, it is the same tree."""
    return "".join(f"{line}\n" for line in _lines(tree.topics, 0))


def _row(line: int, text: str) -> _Row | None:
    """What a line says; None where it says nothing."""
    if _CONTROL.search(text):
        raise TopicError("has a control character in it", line)
    hidden = _ESCAPE.sub(lambda match: _HIDE[match.group(1)], text)
    content = hidden.lstrip(" \t")
    indent = hidden[: len(hidden) - len(content)]
    content = _COMMENT.sub("", content).rstrip()
    if not content:
        return None
    if "\t" in indent:
        raise TopicError("begins with a tab; use two spaces for each level", line)
    if len(indent) % STEP:
        raise TopicError(f"begins with {len(indent)} spaces; use two for each level", line)
    content, closed = _mark(line, content)
    content, weight = _weight(line, content)
    return _Row(line, len(indent) // STEP, _plain(content), weight, closed)


def _mark(line: int, content: str) -> tuple[str, str]:
    """The line without the mark that closes the topic, and the reason in the mark."""
    closed = ""
    if match := _CLOSED.search(f" {content}"):
        content, closed = f" {content}"[: match.start()].strip(), _plain(match.group(1) or "") or BY_HAND
    if "[closed" in content:
        raise TopicError("'[closed: reason]' must end the line, after a space; in a name write '\\[closed'", line)
    return content, closed


def _weight(line: int, content: str) -> tuple[str, float]:
    """The line without the weight, and the weight."""
    match = _WEIGHT.fullmatch(content)
    if match is None:
        return content, 1.0
    name, word = match.groups()
    try:
        weight = float(word)
    except ValueError:
        weight = math.nan
    if not LIGHTEST <= weight <= HEAVIEST:
        kind = "a number above 0 (1e-9 to 1e9) is one"
        what = f"'{_plain(word)}' is no weight: {kind}; an asterisk in a name is written '\\*'"
        raise TopicError(what, line)
    return name or "", weight


def _plain(hidden: str) -> str:
    return clean(hidden.translate(_SHOW))


def _fits(row: _Row, deepest: int) -> None:
    if not row.name:
        raise TopicError("has no name", row.line)
    if row.depth > deepest:
        where = "above it" if deepest else "at the left margin"
        raise TopicError(f"'{row.name}' is indented too far: there is no topic {where} that it belongs to", row.line)
    if row.depth >= DEEPEST:
        raise TopicError(f"'{row.name}' is more than {DEEPEST} levels deep", row.line)


def _topics(rows: list[_Row], at: int, depth: int) -> tuple[tuple[Topic, ...], int]:
    """The topics of one level from a row on, and the row after them."""
    found: list[Topic] = []
    lines: dict[bytes, int] = {}
    while at < len(rows) and rows[at].depth == depth:
        row = rows[at]
        first = lines.setdefault(normal(row.name), row.line)
        if first != row.line:
            raise TopicError(f"'{row.name}' is there already, on line {first}", row.line)
        children, at = _topics(rows, at + 1, depth + 1)
        try:
            found.append(Topic(row.name, row.weight, children, row.closed))
        except TopicError as error:
            raise TopicError(error.what, row.line) from None
    return tuple(found), at


def _lines(topics: tuple[Topic, ...], depth: int) -> Iterator[str]:
    for topic in topics:
        weight = "" if topic.weight == 1 else f" * {repr(float(topic.weight)).removesuffix('.0')}"
        mark = f" [closed: {_escaped(topic.closed)}]" if topic.closed else ""
        yield f"{' ' * STEP * depth}{_escaped(topic.name)}{weight}{mark}"
        yield from _lines(topic.children, depth + 1)


def _escaped(text: str) -> str:
    return _MEANT.sub(r"\\\g<0>", text)
