"""What is left out of requests because a server refused it: things asked for that a record can do without.

Knows names and refusals, no protocol. Each is conceded once and for good.
"""

import re
from collections.abc import Collection, Mapping
from typing import Literal

Nicety = Literal["seed", "max_tokens", "think"]

_STATUSES = frozenset({400, 404, 422})
# OpenRouter's 404 for "no endpoint knows all parameters" names none: the seed is the rarest one, so it goes first.
_NAMED: Mapping[Nicety, re.Pattern[str]] = {
    "max_tokens": re.compile(r"max_completion_tokens", re.IGNORECASE),
    "seed": re.compile(r"\bseed\b|requested parameters", re.IGNORECASE),
    "think": re.compile(r"does not support (?:thinking|reasoning)|\breasoning\b|requested parameters", re.IGNORECASE),
}


class Concessions:
    """The niceties that one model of one server does not take."""

    def __init__(self) -> None:
        self.made: set[Nicety] = set()

    def refused(self, sent: Collection[Nicety], status: int | None, message: str) -> bool:
        """A request with these niceties was refused; whether it may be asked again without one of them."""
        if status not in _STATUSES:
            return False
        for name, named in _NAMED.items():
            if name in sent and named.search(message):
                self.made.add(name)
                return True
        return False
