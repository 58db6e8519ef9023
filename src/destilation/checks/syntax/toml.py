"""TOML by the parser of the standard library, which takes quadratic time for dotted keys: see reader.py."""

import re
import tomllib

from destilation.checks.syntax.fault import Fault

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")


def toml_fault(text: str) -> Fault | None:
    """What keeps a text from being TOML; what breaks off is told of its last line."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        told, place = _PLACE.sub("", str(error)), _PLACE.search(str(error))
        if place is None or place.group(1) is None:
            return Fault(told, text.rstrip().count("\n") + 1)
        return Fault(told, int(place.group(1)), int(place.group(2)))
    return None
