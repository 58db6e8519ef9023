"""How far a verb is that goes through a large file: a line on stderr now and then."""

import sys
import time
from collections.abc import Callable

ON_A_TERMINAL_S, ELSEWHERE_S = 1.0, 30.0


def every_now_and_then(what: str) -> Callable[[int], None]:
    """Takes how many are done; tells it every second on a terminal, every half minute elsewhere."""
    pause = ON_A_TERMINAL_S if sys.stderr.isatty() else ELSEWHERE_S
    began = last = time.monotonic()

    def watch(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= pause:
            last = now
            print(f"{what} {done:,}, {done / (now - began):,.0f}/s", file=sys.stderr)

    return watch
