"""Code parsed by a real grammar: JSON, XML and CSS here, all others in a process apart.

A text of any size and shape is answered soon: what is too long or too deep is refused unread.
"""

import json
import re
from collections.abc import Callable, Mapping

from destilation.checks.syntax.apart import Apart
from destilation.checks.syntax.css import css_fault
from destilation.checks.syntax.fault import Fault
from destilation.checks.syntax.formats import xml_fault
from destilation.checks.syntax.grammar import GRAMMARS, grammars_installed
from destilation.checks.syntax.reader import APART

MOST_BYTES = 256 * 1024
_MOST_NESTED = 400
_APART = Apart()


def code_fault(text: str, language: str) -> Fault | None:
    """What keeps a text from being code of the language; None where nothing does, or where it cannot be told."""
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return Fault(f"it is longer than {MOST_BYTES // 1024} KiB")
    if "\0" in text:
        return Fault("it holds a NUL character", text.count("\n", 0, text.index("\0")) + 1)
    if (nested := _nesting(text)) > _MOST_NESTED:
        return Fault(f"brackets are nested {nested} levels deep")
    own = _OWN.get(language)
    if own is not None:
        return own(text)
    return _APART.fault(text, language) if checkable(language) else None


def checkable(language: str) -> bool:
    """Whether code of the language can be parsed here."""
    return language in _OWN or language in APART or (language in GRAMMARS and grammars_installed())


def _json(text: str) -> Fault | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Fault(error.msg, error.lineno, error.colno)
    except (ValueError, RecursionError) as error:
        return Fault(f"it cannot be parsed: {error}")
    return None


_OWN: Mapping[str, Callable[[str], Fault | None]] = {
    "css": css_fault,
    "json": _json,
    "xml": xml_fault,
}


def _nesting(text: str) -> int:
    """How deeply brackets can be nested at most: parsers that recurse must not be given more than they bear."""
    brackets = re.findall(r"[()\[\]{}]", text)
    if len(brackets) <= _MOST_NESTED:
        return 0
    deepest = depth = 0
    for each in brackets:
        if each in "([{":
            depth += 1
            if depth > deepest:
                deepest = depth
        elif depth:
            depth -= 1
    return deepest
