"""The spend cap: what was spent, what is reserved for requests in flight, and what is left. Knows no provider.

Before a request is sent the most that it can cost is reserved; the reply settles it. So spent and reserved
together never exceed a cap, whatever the replies turn out to be.
"""

import math

from msgspec import Struct
from msgspec.structs import replace

_ROUNDING = 1e-9


class Charge(Struct, frozen=True):
    """US dollars, tokens (in and out) and requests."""

    usd: float = 0.0
    tokens: int = 0
    requests: int = 1


class Caps(Struct, frozen=True, kw_only=True):
    """The most that a job may spend over all its runs; None: no cap."""

    usd: float | None = None
    tokens: int | None = None
    requests: int | None = None


class Spend:
    """What is `spent`, of all runs, and what is `reserved` for requests in flight."""

    def __init__(self, caps: Caps = Caps(), spent: Charge = Charge(requests=0)) -> None:
        self.caps = caps
        self.spent = spent
        self.reserved = Charge(requests=0)

    def reserve(self, worst: Charge) -> Charge | None:
        """Reserve for a request that can cost `worst`, and return what was reserved; None: not affordable now.

        Where the price is not known (infinite), all that is left is reserved, and nothing else is in flight.
        """
        if worst.usd == math.inf:
            if self.reserved.usd > 0 or self.exhausted(worst):
                return None
            worst = replace(worst, usd=0.0 if self.caps.usd is None else self.caps.usd - self.spent.usd)
        if self._exceeds(worst, _sum(self.spent, self.reserved)):
            return None
        self.reserved = _sum(self.reserved, worst)
        return worst

    def settle(self, reserved: Charge, actual: Charge) -> None:
        """A request came to `actual`, which counts in full even where it is more than was reserved."""
        left = _sum(self.reserved, reserved, -1)
        self.reserved = left if left.requests else Charge(requests=0)
        self.spent = _sum(self.spent, actual)

    def exhausted(self, worst: Charge) -> bool:
        """Whether such a request can never be afforded again, whatever becomes of those in flight."""
        if worst.usd == math.inf:
            worst = replace(worst, usd=0.0)
            if self.caps.usd is not None and self.spent.usd >= self.caps.usd:
                return True
        return self._exceeds(worst, self.spent)

    def allow(self, usd: float) -> None:
        """Set the cap in US dollars anew."""
        self.caps = replace(self.caps, usd=usd)

    def used(self) -> float:
        """How much of the tightest cap is spent: 0 to 1; 0 without a cap."""
        spent, caps = self.spent, self.caps
        pairs = ((spent.usd, caps.usd), (spent.tokens, caps.tokens), (spent.requests, caps.requests))
        return max((part / cap if cap else 1.0 for part, cap in pairs if cap is not None), default=0.0)

    def _exceeds(self, more: Charge, than: Charge) -> bool:
        caps = self.caps
        return (
            (caps.usd is not None and than.usd + more.usd > caps.usd + _ROUNDING)
            or (caps.tokens is not None and than.tokens + more.tokens > caps.tokens)
            or (caps.requests is not None and than.requests + more.requests > caps.requests)
        )


def _sum(one: Charge, other: Charge, sign: int = 1) -> Charge:
    return Charge(
        max(0.0, one.usd + sign * other.usd), one.tokens + sign * other.tokens, one.requests + sign * other.requests
    )
