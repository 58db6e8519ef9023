"""The two normal forms of a text: one for equality, one cut into tokens for likeness. Knows nothing about hashes.

Equality folds case, whitespace and canonical equivalence only, so `3*4` and `3+4` stay different. Likeness
also drops punctuation, but keeps operators and digits; in a script without spaces a character is a token.
"""

import re
import unicodedata
from typing import NamedTuple

from destilation.core.dedup import characters

LONGEST = 40_000  # characters; a longer text is compared by its two ends, and by its raw bytes for equality
_PIECE = re.compile(r"(?s).{0,999}\s|.{1,1000}")
_RAISED = re.compile("[\u00b2\u00b3\u00b9\u2070-\u207f]+")
_LOWERED = re.compile("[\u2080-\u208e]+")


class Tokens(NamedTuple):
    """`words` are what shingles are made of, `marks` the numbers, operators and brackets; both in text order."""

    words: list[bytes]
    marks: list[bytes]


def exact_form(text: str) -> bytes:
    """The bytes that are equal for two texts which count as equal."""
    if len(text) > LONGEST:
        return b"\0" + text.encode("utf-8", "surrogatepass")
    folded = text.lower() if text.isascii() else _normalized("NFC", text).casefold()
    return " ".join(folded.split()).encode("utf-8", "surrogatepass")


def tokens(text: str) -> Tokens:
    """The tokens of `text`; its single characters when it holds no token at all (only punctuation)."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    found = _ascii_tokens(text.lower().encode()) if text.isascii() else _unicode_tokens(text)
    return found if found.words else Tokens(_characters(text), [])


def _ascii_tokens(text: bytes) -> Tokens:
    if not text.translate(None, characters.SIMPLE):
        return Tokens(text.translate(characters.PLAIN).split(), [])
    found = characters.ASCII_TOKEN.findall(text)
    marks = [token for token in found if not token.isalpha()]
    return Tokens([token for token in found if token not in characters.BRACKETS] if marks else found, marks)


def _unicode_tokens(text: str) -> Tokens:
    text = _RAISED.sub(r"^\g<0>", text)  # 2 to the 3rd is not 23
    text = _LOWERED.sub(r" \g<0> ", text)
    text = _normalized("NFKC", text).casefold().translate(characters.PLAIN_UNICODE)
    if text.isascii():  # all that was not ASCII was typography
        return _ascii_tokens(text.encode())
    found = characters.unicode_token().findall(text)
    words = [token.encode() for token in found if token not in characters.BRACKETS_UNICODE]
    marks = [token for token in found if (not token.isalpha() or token.isnumeric()) and characters.is_mark(token)]
    return Tokens(words, [mark.encode() for mark in marks])


def _normalized(form: "characters.Form", text: str) -> str:
    """`text` in a Unicode normal form, piece by piece: the algorithm is quadratic in a run of combining marks."""
    if len(text) <= 1000 and unicodedata.is_normalized(form, text):
        return text
    return "".join(unicodedata.normalize(form, piece) for piece in _PIECE.findall(text))


def _characters(text: str) -> list[bytes]:
    return [character.encode("utf-8", "surrogatepass") for character in text if not character.isspace()]
