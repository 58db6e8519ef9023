"""Whether two answers to one question say the same: by value where they can be told, else not here. Knows no model."""

import re
import unicodedata
from fractions import Fraction

from msgspec import Struct

SHORT = 60
MOST_READ = 20_000
TOLERANCE = Fraction(1, 100)
_NUMBER = re.compile(
    r"(?<![\w.])[-\u2212+]?\d(?:[\d,\u00a0\u202f]*\d)?(?:\.\d+)?(?:[eE][-+]?\d{1,3})?(?:\s*/\s*\d{1,15}(?![\d.]))?"
)
_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_LABELLED = re.compile(
    r"(?:final answer|answer|result|therefore|hence|so)\b[^.\n]{0,20}?(?:is|are|:|=)\s*(.+)", re.IGNORECASE
)
# A letter by itself, or with a mark after it: "A dog" begins with an article, and "No gas" is no verdict.
_OPTION = re.compile(
    r"\W*+(?:(?i:(?:the )?(?:correct |right )?(?:answer|option|choice) (?:is )?)\W*+([A-H])(?!\w)"
    r"|([A-H])(?=\W*$|[).:,;\]]))"
)
_VERDICT = re.compile(
    r"\W*+(yes\b|(?:no|true|false)\b(?=\W*$|\s*[,;:!]|\.(?!\s*\d)|\s(?:it|this|that|they|there|he|she|we|you|i)\b))",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\s*([%\u00b0$\u20ac]?[^\W\d_]*(?:/[^\W\d_]+)?)")


class _Amount(Struct, frozen=True):
    """A number and the word after it, empty where there is none."""

    value: Fraction
    unit: str


def same_answer(one: str, other: str) -> bool | None:
    """True or False where both are numbers, options, verdicts or short texts; None where a reader has to tell."""
    if one == other or _plain(one) == _plain(other):
        return True
    one, other = one[-MOST_READ:], other[-MOST_READ:]  # what is announced stands at the end
    if (first := _option(one)) and (second := _option(other)):
        # The same letter with different words after it may be an initial, or the options of another order.
        return None if first[0] == second[0] and first[1] and second[1] else first[0] == second[0]
    if (yes := _verdict(one)) is not None and (no := _verdict(other)) is not None:
        return yes == no
    if (much := _amount(one)) is not None and (more := _amount(other)) is not None:
        return _same_amount(much, more)
    if len(_plain(one)) <= SHORT and len(_plain(other)) <= SHORT and not (_words(one) & _words(other)):
        return False
    return None


def _same_amount(one: _Amount, other: _Amount) -> bool | None:
    """Whether the numbers are close; None where their units differ, so that the numbers prove nothing."""
    close = abs(one.value - other.value) <= TOLERANCE * max(abs(one.value), abs(other.value))
    if one.unit == other.unit:
        return close
    return True if close and not (one.unit and other.unit) else None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[\w%.\-+/]+", folded)).strip(".")


def _words(text: str) -> set[str]:
    return set(_plain(text).split())


def _final(text: str) -> str:
    """The part that states the answer: what is boxed, else what follows the last words that announce it."""
    if boxed := _BOXED.findall(text):
        return str(boxed[-1])
    found = _LABELLED.findall(text)
    return str(found[-1]) if found else text


def _option(text: str) -> tuple[str, str] | None:
    """The letter, and the words after it."""
    final = _final(text)
    match = _OPTION.match(final)
    return (match[1] or match[2], _plain(final[match.end() :])) if match and len(final) <= SHORT else None


def _verdict(text: str) -> bool | None:
    match = _VERDICT.match(_final(text))
    return None if match is None else match[1].lower() in ("yes", "true")


def _amount(text: str) -> _Amount | None:
    """What the text comes to: the only number in a short text, or that which is announced."""
    final = _final(text)
    found = list(_NUMBER.finditer(final))
    if not found or (final is text and (len(found) > 1 or len(text) > SHORT)):
        return None
    value, unit = number_of(found[-1].group()), _UNIT.match(final, found[-1].end())
    return None if value is None or unit is None else _Amount(value, unit[1].casefold())


def number_of(text: str) -> Fraction | None:
    """The value of a number as people write it: signs, thousands, decimals, powers of ten, fractions."""
    plain = re.sub(r"[,\u00a0\u202f\s]", "", text).replace("\u2212", "-")
    try:
        return Fraction(plain)
    except (ValueError, ZeroDivisionError):
        return None
