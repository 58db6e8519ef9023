"""What an answer states and its source does not: numbers, quotations and names. Knows no language model.

Only what can be told for certain is looked for; whether a claim follows from a passage is for a judge to say.
"""

import re
from collections.abc import Collection, Iterator

from destilation.core.compare import number_of

MOST_NAMED = 5
_NUMBER = re.compile(r"(?<![\w.])\d(?:[\d,]*\d)?(?:\.\d+)?(?!\w)")
_QUOTED = re.compile(r"[\"\u201c]([^\"\u201c\u201d\n]{8,300})[\"\u201d]")
_NAME = re.compile(r"(?<![.!?:;\n] )(?<!^)(?<![\w'-])([A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})+)")
_SMALL = 12


def unsupported(text: str, passage: str, question: str = "") -> list[str]:
    """What the text states that neither the passage nor the question has, worded for whoever wrote it."""
    source = _folded(f"{passage}\n{question}")
    numbers = {number_of(each) for each in set(_NUMBER.findall(f"{passage}\n{question}"))}
    found = [f"the number {each} is not in the source" for each in _strange_numbers(text, numbers)]
    quoted = [each for each in _QUOTED.findall(text) if _folded(each) not in source]
    found += [f'"{each}" is quoted, but the source does not say so' for each in quoted]
    found += [f"the name {each} is not in the source" for each in _NAME.findall(text) if _folded(each) not in source]
    return list(dict.fromkeys(found))[:MOST_NAMED]


def _strange_numbers(text: str, known: Collection[object]) -> Iterator[str]:
    for each in dict.fromkeys(_NUMBER.findall(text)):
        value = number_of(each)
        # Small whole numbers count and order things.
        if value not in known and not (value is not None and value.denominator == 1 and value <= _SMALL):
            yield each


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
