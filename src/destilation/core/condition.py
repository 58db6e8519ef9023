"""A condition in words, such as `provider == "ollama" and tokens.out > 500`, asked of one object after the other.

A small language of its own: nothing in it is ever evaluated as a program. `==` `!=` `<` `>` compare, `~` finds text
in text whatever its case; `and`, `or`, `not` and parentheses join. Knows no file.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

MOST_CHARACTERS, MOST_NESTED = 2_000, 40
OPERATORS = ("==", "!=", "<", ">", "~")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<operator>==|!=|<|>|~|[()])|(?P<word>[^\s()"'<>=!~]+)|(?P<wrong>\S))"""
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None}

Test = Callable[[Mapping[str, Any]], bool]


class ConditionError(ValueError):
    """A condition that cannot be read; the message says what was expected, and where."""


class Condition(Struct, frozen=True):
    """A condition: whether an object fits it, and the names it asks for (dotted ones lead into inner objects)."""

    fits: Test
    names: tuple[str, ...]


class _Token(Struct, frozen=True):
    kind: str
    text: str
    at: int


def condition(text: str) -> Condition:
    """The condition in a text. Raises ConditionError."""
    if len(text) > MOST_CHARACTERS:
        raise ConditionError(f"a condition has at most {MOST_CHARACTERS:,} characters")
    parser = _Parser(_tokens(text), len(text))
    fits = parser.any_of(0)
    parser.end()
    return Condition(fits, tuple(dict.fromkeys(parser.names)))


def value_at(document: Mapping[str, Any], name: str) -> Any:
    """The value under a name, or under a dotted one in an inner object; None where there is none."""
    if name in document:
        return document[name]
    value: Any = document
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "wrong":
            raise ConditionError(f"{match['wrong']!r} at character {match.start('wrong') + 1} belongs to nothing")
        found.append(_Token(kind, match[kind], match.start(kind)))
    return found


class _Parser:
    """Reads from left to right; `not` binds more than `and`, `and` more than `or`."""

    def __init__(self, tokens: Iterable[_Token], end: int) -> None:
        self.names: list[str] = []
        self._tokens = [*tokens, _Token("end", "", end)]
        self._place = 0

    def any_of(self, depth: int) -> Test:
        tests = [self._all_of(depth)]
        while self._skip("or"):
            tests.append(self._all_of(depth))
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def end(self) -> None:
        if self._next.kind != "end":
            raise self._expected("and, or, or the end")

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _all_of(self, depth: int) -> Test:
        tests = [self._one(depth)]
        while self._skip("and"):
            tests.append(self._one(depth))
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _one(self, depth: int) -> Test:
        if depth > MOST_NESTED:
            raise ConditionError(f"a condition is nested at most {MOST_NESTED} deep")
        if self._skip("not"):
            negated = self._one(depth + 1)
            return lambda document: not negated(document)
        if self._skip("("):
            inner = self.any_of(depth + 1)
            if not self._skip(")"):
                raise self._expected(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        if self._next.kind != "word" or self._next.text in ("and", "or"):
            raise self._expected("a name")
        name = self._take().text
        if self._next.text not in OPERATORS or self._next.kind != "operator":
            raise self._expected(f"one of {' '.join(OPERATORS)} after {name}")
        compare = _COMPARE[self._take().text]
        wanted = self._value()
        self.names.append(name)
        return lambda document: compare(value_at(document, name), wanted)

    def _value(self) -> object:
        if self._next.kind not in ("word", "text"):
            raise self._expected("a value")
        token = self._take()
        if token.kind == "text":
            return _unquoted(token)
        if token.text in _CONSTANTS:
            return _CONSTANTS[token.text]
        return float(token.text) if _NUMBER.fullmatch(token.text) else token.text

    def _take(self) -> _Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def _skip(self, word: str) -> bool:
        there = self._next.kind in ("word", "operator") and self._next.text == word
        self._place += there
        return there

    def _expected(self, what: str) -> ConditionError:
        found = f"not {self._next.text[:40]!r}" if self._next.text else "but it ends there"
        return ConditionError(f"expected {what} at character {self._next.at + 1}, {found}")


def _unquoted(token: _Token) -> str:
    if token.text.startswith("'"):
        return token.text[1:-1]
    try:
        return str(json.loads(token.text, strict=False))
    except ValueError:
        raise ConditionError(f"the text at character {token.at + 1} has an escape that JSON has not") from None


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: object, wanted: object) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted


def _less(value: object, wanted: object) -> bool:
    """Numbers by size, texts (and so times) in their order; anything else is not comparable."""
    if isinstance(value, str) and isinstance(wanted, str):
        return value < wanted
    return _number(value) and _number(wanted) and value < wanted  # type: ignore[operator]


def _holds(value: object, wanted: object) -> bool:
    if value is None:
        return False
    return _text(wanted).casefold() in _text(value).casefold()


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_COMPARE: Mapping[str, Callable[[object, object], bool]] = {
    "==": _same,
    "!=": lambda value, wanted: not _same(value, wanted),
    "<": _less,
    ">": lambda value, wanted: _less(wanted, value),
    "~": _holds,
}
