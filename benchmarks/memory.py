"""What a run keeps in memory: for each request in flight, and for each sample beyond what the duplicate index explains.

    python -m benchmarks.memory [--long] [--json FILE]

Peaks of resident memory of whole runs. In flight: as many samples as requests, all of them out at the same time, once
few and once many. Kept: runs of few and of many samples; the index is built again here from the samples of each.
"""

import json
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, at_most, present
from benchmarks.full_path import Bench
from benchmarks.processes import interleaved, median
from benchmarks.quickserver import quick
from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex, content

FEW = 200


def per_request(many: int, rounds: int, latency_s: float) -> Figure:
    """Bytes for each request that waits for its answer."""
    with quick(latency_s) as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)
        mine = interleaved(rounds, lambda: bench.ours(FEW, FEW), lambda: bench.ours(many, many))
        floors = interleaved(rounds, lambda: bench.bare(FEW, FEW), lambda: bench.bare(many, many))
    ours, floor = ((median(high).peak - median(low).peak) / (many - FEW) / 1_000 for low, high in (mine, floors))
    return Figure(
        name="RSS per request in flight",
        ours=ours,
        unit="kB",
        beside="bare aiohttp client",
        theirs=floor,
        target=at_most(40),
        note=f"{FEW:,} to {many:,} at {latency_s:g} s",
    )


def index_bytes(samples: Path) -> int:
    """What the duplicate index of a finished dataset holds."""
    index, fields = SeenIndex(0.85), BUILTIN[0].compared_fields
    with samples.open("rb") as file:
        for number, line in enumerate(file, 1):
            index.admit(content(json.loads(line), fields), number)
    return index.nbytes


def per_sample(few: int, many: int) -> list[Figure]:
    """Bytes for each sample that is in, all told and without the index."""
    peaks, sizes = [], []
    with quick() as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)
        for samples in (few, many):
            peaks.append(bench.ours(samples, 256, "--name", f"of-{samples}").peak)
            sizes.append(index_bytes(Path(place) / f"of-{samples}" / "samples.jsonl"))
    kept, explained = ((high - low) / (many - few) for low, high in (peaks, sizes))
    return [
        Figure(
            name="RSS per sample kept",
            ours=kept,
            unit="B",
            beside="duplicate index",
            theirs=explained,
            ratio=kept / explained,
            note=f"{few:,} to {many:,}",
        ),
        Figure(
            name="RSS growth beyond the index, of the peak",
            ours=max(0.0, (kept - explained) * (many - few) / peaks[1]),
            target=at_most(0.05),
            note=f"at {many:,} samples",
        ),
    ]


def all_figures(long: bool) -> list[Figure]:
    """Both."""
    rows = per_sample(20_000, 100_000) if long else per_sample(2_000, 10_000)
    return [per_request(4_000, 3, 10.0) if long else per_request(2_000, 1, 5.0), *rows]


if __name__ == "__main__":
    present(__doc__, all_figures)
