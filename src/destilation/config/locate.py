"""Where each key of a TOML text stands. Knows no meaning of any key.

The text is known to be valid: `tomllib` read it before. So this only has to follow the structure: table
headers, dotted keys, inline tables and arrays, strings of four kinds, comments.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping

from destilation.config.problems import Place

Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'[\s\S]*?\'{3,5}(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)


class Span:
    """A key and its value, as offsets into the text."""

    __slots__ = ("key", "key_end", "value", "value_end")

    def __init__(self, key: int, key_end: int, value: int, value_end: int = 0) -> None:
        self.key, self.key_end, self.value, self.value_end = key, key_end, value, value_end


def locate(text: str) -> Mapping[Path, Span]:
    """The spans of all keys by their path; places in arrays are numbers from 0."""
    return _Locator(text).run()


class Lines:
    """Where the lines of a text begin, so that many offsets are found soon."""

    def __init__(self, text: str) -> None:
        self._begins = [0, *(match.end() for match in re.finditer("\n", text))]
        self._length = len(text)

    def place_of(self, start: int, end: int) -> Place:
        """Offsets as line and column from 1; a span over several lines ends with the first."""
        line = bisect_right(self._begins, start)
        stop = self._begins[line] - 1 if line < len(self._begins) else self._length
        return Place(line, start - self._begins[line - 1] + 1, max(1, min(end, stop) - start))


class _Locator:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: dict[Path, Span] = {}
        self._counts: dict[Path, int] = {}

    def run(self) -> Mapping[Path, Span]:
        table: Path = ()
        while self._skip() < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _skip(self, pattern: re.Pattern[str] = _BETWEEN) -> int:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _header(self) -> Path:
        many = self._text.startswith("[[", self._at)
        self._at += 1 + many
        start = self._skip(_BLANK)
        keys = self._key()
        end = self._at
        self._skip(_BLANK)
        self._at += 1 + many
        path = self._resolve(keys[:-1])
        path = (*path, keys[-1])
        if many:
            number = self._counts[path] = self._counts.get(path, -1) + 1
            self._found.setdefault(path, Span(start, end, start, end))
            path = (*path, number)
        self._found[path] = Span(start, end, start, end)
        return path

    def _resolve(self, keys: list[str]) -> Path:
        """The path of a table header's parents: an array of tables means its last one."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _pair(self, table: Path) -> None:
        start = self._at
        keys = self._key()
        end = self._at
        self._skip(_BLANK)
        self._at += 1  # the equals sign
        value = self._skip(_BLANK)
        path = table
        for key in keys[:-1]:
            path = (*path, key)
            self._found.setdefault(path, Span(start, end, value))
        path = (*path, keys[-1])
        span = self._found[path] = Span(start, end, value)
        self._value(path)
        span.value_end = self._at

    def _key(self) -> list[str]:
        keys = []
        while True:
            self._skip(_BLANK)
            match = _BARE.match(self._text, self._at) or _STRING.match(self._text, self._at)
            assert match is not None, "not the TOML that was read"
            self._at = match.end()
            raw = match.group()
            keys.append(_unquoted(raw) if raw[0] in "\"'" else raw)
            before = self._at
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                self._at = before
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            match = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
            raw = match.group() if match else ""
            self._at += len(raw) if raw[:1] in ('"', "'") else len(raw.rstrip())

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while self._text[self._skip()] != "]":
            if self._text[self._at] == ",":
                self._at += 1
                continue
            start = self._at
            span = self._found[(*path, number)] = Span(start, start + 1, start)
            self._value((*path, number))
            span.value_end = span.key_end = self._at
            number += 1
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._text[self._skip()] != "}":
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._pair(path)
        self._at += 1


def _unquoted(raw: str) -> str:
    import tomllib

    return next(iter(tomllib.loads(f"{raw} = 0")))
