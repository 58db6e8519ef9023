"""Samples per second with many requests in flight, of what the latency allows, once all is under way.

    python -m benchmarks.steady [--long] [--json FILE]

A reply takes 1 to 3 seconds, 2 in the mean, as replies of real models differ; `benchmarks.full_path` has the case where
all come in the same instant. Counted are the replies after as many as are in flight, and before the last as many: what
comes before is the way up, what comes after has nobody to follow it.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, at_least, present
from benchmarks.full_path import Bench
from benchmarks.processes import interleaved
from benchmarks.quickserver import Quick, quick

LATENCY_S, SPREAD, IN_FLIGHT = 2.0, 0.5, 2_000


def between_waves(times: Sequence[float], in_flight: int) -> float:
    """Replies per second, the first and the last of them left out."""
    inner = sorted(times)[in_flight:-in_flight]
    return (len(inner) - 1) / (inner[-1] - inner[0])


def rate(server: Quick, run: Callable[[int, int], object], samples: int) -> float:
    """That of one run."""
    before = len(server.times())
    run(samples, IN_FLIGHT)
    return between_waves(server.times()[before:], IN_FLIGHT)


def all_figures(long: bool) -> list[Figure]:
    """Ours and the bare client's, turn by turn."""
    samples, rounds = (40_000, 5) if long else (10_000, 3)
    with quick(LATENCY_S, SPREAD) as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)
        ours, bare = interleaved(
            rounds, lambda: rate(server, bench.ours, samples), lambda: rate(server, bench.bare, samples)
        )
    ideal = IN_FLIGHT / LATENCY_S
    name = "samples/s of what the latency allows, steady, 1 to 3 s, 2,000 in flight"
    return [
        Figure(
            name=f"full path, {name}",
            ours=median(ours),
            beside="in flight / latency",
            theirs=ideal,
            ratio=median(ours) / ideal,
            target=at_least(0.95),
        ),
        Figure(
            name="bare aiohttp client, the same",
            ours=median(bare),
            beside="in flight / latency",
            theirs=ideal,
            ratio=median(bare) / ideal,
        ),
    ]


if __name__ == "__main__":
    present(__doc__, all_figures)
