"""A check of one's own: numbers of a physical quantity carry their unit."""

import re

_BARE = re.compile(r"\b(?:is|are|of|about)\s+(\d(?:[\d.,]*\d)?)(?=[.;]|\s*$)", re.MULTILINE)


def numbers_have_units(record, fields=("answer",)):
    """What is wrong with the record, a sentence each; nothing: it passes."""
    return [
        f"field '{name}': {match.group(1)} stands without a unit; write the unit, or say that there is none"
        for name in fields
        for match in _BARE.finditer(record.get(name) or "")
    ]
