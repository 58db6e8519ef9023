"""Which characters make a word, an operator, a bracket, or nothing. Knows nothing about texts as a whole.

An operator counts only where it can be one: the hyphen of `well-known`, the asterisks of `**bold**` and the
mark of `Hello!` are punctuation, those of `5-3`, `2 * 3` and `5!` are not.
"""

import re
import unicodedata
from functools import cache
from typing import Literal

Form = Literal["NFC", "NFKC"]

# Scripts written without spaces (Unicode blocks): Thai, Lao, Tibetan, Myanmar, Khmer, Kana, Han.
_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = r"""
    (?<!\s)\s*+(                                                         # a run of spaces is walked once
    {word}+(?:(?<=\d)[.,:](?=\d){word}+)*                                # a word, a number: 3.14, 1,000, 10:30
    |{unspaced}
    |[+/=<>^%&|~@$]
    |(?<=[\w)\]])\*++(?=[\w(\[])|(?<=[^\s*][ ])\*++(?=[ ]\S)             # 2*3, 2 ** 3
    |-(?:(?<=[\d)\]]-)|(?=[\d(>=])|(?<=\S[ ]-)(?=[ ]\S)                  # 5-3, -(, ->, a - b
        |(?<=[a-z\d)]--)                                                 # x--
        |(?<![^\s(\[=,<>+*/-]-)(?={letter})|(?<=\b{letter}-)(?={letter}\b))  # -x, --flag, x-y
    |!(?:(?<=\b[a-z]!)|(?<=[\d)]!)|(?=[\w(=]))                              # n!, 5!, !x, !=
    |\#(?<=[a-z]\#)                                                      # c#
    |(?<=[a-z])'++(?=\()                                                 # f'(x)
    |\.(?<!\w\.)(?=\d)                                                   # .5
    |[()\[\]{{}}]
    )
"""
_ASCII_ONLY = {"word": "[a-z0-9]", "letter": "[a-z]", "unspaced": "(?!)"}
_ANY = {
    "word": rf"[^\x00-/:-`{{-\x7f\s{_UNSPACED}]",
    "letter": r"[^\W\d_]",
    "unspaced": f"[{_UNSPACED}]+",
}
ASCII_TOKEN = re.compile(_TOKEN.format(**_ASCII_ONLY).encode(), re.VERBOSE)
BRACKETS_UNICODE = frozenset("()[]{}")
BRACKETS = frozenset(bracket.encode() for bracket in BRACKETS_UNICODE)

# A lower-cased ASCII text with nothing but these is words and punctuation only: splitting it is enough.
SIMPLE = bytes(code for code in range(128) if chr(code) not in "0123456789+/=<>^%&|~@$*#!(){}[]-")
PLAIN = bytes(code if chr(code) in "abcdefghijklmnopqrstuvwxyz" else 0x20 for code in range(256))

_LETTER_OF = re.compile(f"[{_UNSPACED}]")
_SAME = {0x2212: "-", 0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x2032: "'", 0x2044: "/", 0x2215: "/"}
# Space to `str`, but not to `bytes`: the same to both.
_SAME |= dict.fromkeys(range(0x1C, 0x20), "\0")


class _Plain(dict[int, str]):
    """A table for `str.translate`, filled as characters are met: punctuation to spaces, symbols and the
    characters of unspaced scripts apart from what stands before them, combining marks left where they are."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code))
        return plain


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if ord(character) < 0x80 or category[0] in "LNM":
        if 0xFE00 <= ord(character) <= 0xFE0F:  # variation selectors say how, not what
            return ""
        return f" {character}" if category[0] != "M" and _LETTER_OF.match(character) else character
    if category == "Cf":
        return ""
    return f" {character} " if category in ("Sm", "Sc", "So") else " "


PLAIN_UNICODE = _Plain(_SAME)


@cache
def unicode_token() -> re.Pattern[str]:
    """A token of any text. Made when the first text needs it: it takes as long as a hundred texts."""
    return re.compile(_TOKEN.format(**_ANY), re.VERBOSE)


def is_mark(token: str) -> bool:
    """Whether a token of `unicode_token` is a number, an operator, a symbol or a bracket and not a word."""
    if token.isalpha():
        return token.isnumeric()
    return any(map(str.isnumeric, token)) or not any(map(str.isalpha, token))
