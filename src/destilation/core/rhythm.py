"""In which order the values of one axis take turns, so that at any time each had its share. Knows no other axis.

The rule is Tijdeman's ("The chairman assignment problem", 1980): of those who may have the turn, the one whose latest
moment comes first. After any number of turns each of n values is within 1 - 1/(2n - 2) turns of its share.
"""

from collections.abc import Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import ceil, gcd

FINEST = 100  # turns in a round: weights are rounded to hundredths where no fewer turns can tell them exactly
_EXACT = 1e-9


def turns(weights: Sequence[float]) -> tuple[int, ...]:
    """How many turns each value has in a round: in proportion to its weight, and at least one."""
    whole, finest = sum(weights), max(FINEST, 4 * len(weights))
    for size in range(len(weights), finest + 1):
        counts = [max(1, round(weight / whole * size)) for weight in weights]
        if sum(counts) == size and all(
            abs(count / size - weight / whole) < _EXACT for count, weight in zip(counts, weights, strict=True)
        ):
            return tuple(counts)
    counts = [max(1, round(weight / whole * finest)) for weight in weights]
    return tuple(count // gcd(*counts) for count in counts)


def rhythm(counts: Sequence[int]) -> tuple[int, ...]:
    """One round: the number of the value at each turn."""
    size = sum(counts)
    slack = Fraction(1, max(1, 2 * len(counts) - 2))
    shares = [Fraction(count, size) for count in counts]
    had = [0] * len(counts)
    later = [(ceil(slack / share), value) for value, share in enumerate(shares)]  # from when each may have its turn
    heapify(later)
    able: list[tuple[Fraction, int]] = []  # until when each must have it
    order = []
    for turn in range(1, size + 1):
        while later and later[0][0] <= turn:
            _, value = heappop(later)
            heappush(able, ((1 - slack + had[value]) / shares[value], value))
        _, value = heappop(able)
        order.append(value)
        had[value] += 1
        heappush(later, (ceil((slack + had[value]) / shares[value]), value))
    return tuple(order)
