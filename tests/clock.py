"""How long work takes, on a machine that has other work as well."""

import sys
import time
from collections.abc import Callable

# What any text of a quarter of a mebibyte may take, in seconds; tracing every line for coverage takes its own.
SOON_S = 0.5 if sys.gettrace() is None else 2.5


def took(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """The best of three tries, fewer where one is soon enough; `before` each comes what does not count."""
    best = float("inf")
    for _ in range(3):
        before()
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
        if best < SOON_S:
            break
    return best
