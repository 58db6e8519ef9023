"""What more than one process could bring at most: two runs at the same time that share nothing, beside one.

    python -m benchmarks.processes_at_once [--long] [--json FILE]

Two that work on one dataset would have to share the plan, the limits, the duplicate index and the files; what that
costs comes off these figures.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, present
from benchmarks.full_path import ENV, Bench
from benchmarks.processes import Used, children_cpu_s, interleaved, median, of_rounds
from benchmarks.quickserver import quick


def at_once(bench: Bench, copies: int, samples: int, in_flight: int) -> Used:
    """So many runs begun together, until the last has ended."""
    before, began = children_cpu_s(), time.perf_counter()
    runs = [
        subprocess.Popen(
            bench.command(samples, in_flight), cwd=bench.folder, env={**os.environ, **ENV}, stdout=subprocess.DEVNULL
        )
        for _ in range(copies)
    ]
    codes = [run.wait() for run in runs]
    assert not any(codes), codes
    return Used(time.perf_counter() - began, children_cpu_s() - before, 0)


def all_figures(long: bool) -> list[Figure]:
    """Throughput and processor time of two beside one, start-up taken off."""
    samples, rounds = (20_000, 5) if long else (2_500, 3)
    with quick() as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)
        starts = interleaved(rounds, lambda: at_once(bench, 1, 1, 1), lambda: at_once(bench, 2, 1, 1))
        one, two = map(median, starts)
        alone, both = interleaved(
            rounds,
            lambda: at_once(bench, 1, samples, 256).without(one),
            lambda: at_once(bench, 2, samples, 256).without(two),
        )
    single, double = median(alone), median(both)
    return [
        Figure(
            name="samples/s of two independent runs at once",
            ours=2 * samples / double.seconds,
            beside="one run",
            theirs=samples / single.seconds,
            ratio=2 * of_rounds(alone, both, lambda used: used.seconds),
            note="the upper bound for two processes",
        ),
        Figure(
            name="CPU-s per 1,000 of two independent runs at once",
            ours=double.cpu_s / samples * 500,
            beside="one run",
            theirs=single.cpu_s / samples * 1_000,
            ratio=of_rounds(both, alone, lambda used: used.cpu_s) / 2,
        ),
    ]


if __name__ == "__main__":
    present(__doc__, all_figures)
