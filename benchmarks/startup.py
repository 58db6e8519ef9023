"""How long a user waits: for the help, and from the start of a run to its first request, as the server saw it come.

    python -m benchmarks.startup [--long] [--json FILE]

Beside them stands the bare interpreter, for that much is nobody's to save, and the bare client's first request.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, at_most, present
from benchmarks.full_path import Bench
from benchmarks.processes import measured
from benchmarks.quickserver import Quick, quick

HELP = (sys.executable, "-m", "destilation", "--help")
NOTHING = (sys.executable, "-c", "pass")


def to_the_first_request(server: Quick, run: Callable[[], object]) -> float:
    """Seconds from the start of a run of one sample to its request."""
    began = time.time()
    run()
    return server.stats().last_at - began


def all_figures(long: bool) -> list[Figure]:
    """Medians of turns."""
    helps, nothings, firsts, bares = [], [], [], []
    with quick() as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)
        for _ in range(15 if long else 5):
            nothings.append(measured(NOTHING).seconds)
            helps.append(measured(HELP).seconds)
            firsts.append(to_the_first_request(server, lambda: bench.ours(1, 1)))
            bares.append(to_the_first_request(server, lambda: bench.bare(1, 1)))
    rows = (
        ("`--help`", helps, "bare interpreter", nothings, None),
        ("`run` to its first request", firsts, "bare aiohttp client", bares, at_most(0.4)),
    )
    return [
        Figure(name=name, ours=median(ours), unit="s", beside=beside, theirs=median(theirs), target=target)
        for name, ours, beside, theirs, target in rows
    ]


if __name__ == "__main__":
    present(__doc__, all_figures)
