"""What may be a topic's name, and which names are there already. Knows no tree and no file."""

import re
from collections.abc import Iterable

from destilation.core.dedup.normal import tokens

MOST_NAME = 200  # characters
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LISTED = re.compile(r"^(?:\d{1,3}[.)]|[-*+\u2022])\s+")


def clean(text: str) -> str:
    """The text as a name: on one line, single spaces, no control characters; empty where nothing can be seen."""
    name = " ".join(_UNFIT.sub(" ", text).split())
    return name if any(character.isprintable() and character != " " for character in name) else ""


def normal(name: str) -> bytes:
    """The bytes that two names share which mean the same: case, punctuation and typography do not count."""
    return b" ".join(tokens(name).words)


class Names:
    """The names that are taken, by their normal forms."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {normal(name) for name in taken}

    def fresh(self, proposed: Iterable[str]) -> tuple[str, ...]:
        """Those of the proposed names that are not taken, cleaned, each once; they are taken from now on.

        Numbers and bullets of lists are no part of a name; what is empty or longer than MOST_NAME is none.
        """
        found = []
        for text in proposed:
            name = clean(_LISTED.sub("", clean(text)))
            form = normal(name)
            if name and len(name) <= MOST_NAME and form not in self._taken:
                self._taken.add(form)
                found.append(name)
        return tuple(found)
