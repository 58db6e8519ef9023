"""Figures of benchmarks that have a page of their own, in small: duplicates, pacing, export, dashboard, resume.

    python -m benchmarks.existing [--long] [--json FILE]

Sizes are told in each row; benchmarks/README.md names the commands that measure more.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import dedup, export, pacing, resume, tui_overhead
from benchmarks.figures import Figure, at_least, at_most, present


def duplicates(long: bool) -> list[Figure]:
    """An insert of the duplicate index beside datasketch."""
    items = 20_000 if long else 4_000
    turns = [dedup.speed(list(dedup.Writer(seed, 60).items(items)), 0.85) for seed in (1, 2, 3)]
    return [
        Figure(
            name="duplicate index, time per item",
            ours=median(ours for ours, _ in turns),
            unit="us",
            beside="datasketch",
            theirs=median(theirs for _, theirs in turns),
            ratio=median(theirs / ours for ours, theirs in turns),
            note=f"{items:,} items of 60 words; ratio: theirs / ours",
        )
    ]


def limits(long: bool) -> list[Figure]:
    """How much of a limit is used, told and untold, and what is refused meanwhile; repeatable to the digit."""
    seconds = 210.0 if long else 90.0
    figures = []
    for name, said, share, refusals in (
        ("6,000 rpm, told", "told", 0.99, 0.0),
        ("6,000 rpm", "untold", 0.96, 0.01),
    ):
        told, limiter, allowed = next(case[1:] for case in pacing.CASES if case[0] == name)
        used, refused = pacing.outcome(limiter, allowed, told, "governor", 1.0, seconds)
        other, lost = pacing.outcome(limiter, allowed, None, "1,000 + back-off", 1.0, seconds)
        note = f"{seconds:g} s, virtual time"
        beside = "1,000 workers with back-off"
        figures += [
            Figure(
                name=f"use of 6,000 rpm, limit {said}",
                ours=used,
                beside=beside,
                theirs=other,
                target=at_least(share),
                note=note,
            ),
            Figure(
                name=f"refused (429) of 6,000 rpm, limit {said}",
                ours=refused,
                beside=beside,
                theirs=lost,
                target=at_most(refusals),
                note=note,
            ),
        ]
    return figures


def exporting(long: bool) -> list[Figure]:
    """Samples per second of processor time of an export beside `datasets`, each in a process of its own."""
    items = 1_000_000 if long else 30_000
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        export.make(root / "made", items)
        turns = []
        for _ in range(3):
            _, ours, _ = export.timed("ours", str(root / "made"), "trl", str(root / "out"))
            _, theirs, _ = export.timed("theirs", str(root / "made/samples.jsonl"), str(root / "theirs.jsonl"))
            shutil.rmtree(root / "cache", ignore_errors=True)
            turns.append((ours, theirs))
    return [
        Figure(
            name="export to trl, samples per CPU-s",
            ours=items / median(ours for ours, _ in turns),
            beside="datasets: load, map, to_json",
            theirs=items / median(theirs for _, theirs in turns),
            ratio=median(theirs / ours for ours, theirs in turns),
            note=f"{items:,} samples",
        )
    ]


def dashboard(long: bool) -> list[Figure]:
    """What the engine loses when a dashboard watches it."""
    samples, rounds = (20_000, 5) if long else (4_000, 3)
    alone: list[float] = []
    watched: list[float] = []
    for turn in range(rounds):
        for kept, with_one in ((alone, False), (watched, True)) if turn % 2 else ((watched, True), (alone, False)):
            kept.append(tui_overhead.measured(samples, watched=with_one).engine)
    return [
        Figure(
            name="engine's CPU-s per 1,000, watched by a dashboard",
            ours=median(watched),
            beside="not watched",
            theirs=median(alone),
            ratio=median(one / other for one, other in zip(watched, alone, strict=True)),
            note=f"mock, {samples:,} samples",
        )
    ]


def resuming(long: bool) -> list[Figure]:
    """How long a large folder takes to be read back, with the index file and without."""
    items = 1_000_000 if long else 20_000
    with tempfile.TemporaryDirectory() as place:
        config = resume.config_of(Path(place), items + 1)
        folder = Path(place) / "job"
        resume.make(folder, items, config)
        without = resume.start(folder, config, "without the index file", write=True)
        took = median(resume.start(folder, config, "with the index file") for _ in range(3))
    return [
        Figure(
            name="resume with the index file",
            ours=took,
            unit="s",
            beside="without the index file",
            theirs=without,
            target=at_most(5.0) if long else None,
            note=f"{items:,} samples" + ("" if long else "; the target is for 1,000,000: LONG=1"),
        )
    ]


PARTS: tuple[Callable[[bool], list[Figure]], ...] = (duplicates, limits, exporting, dashboard, resuming)


def all_figures(long: bool) -> list[Figure]:
    """One after the other."""
    return [figure for part in PARTS for figure in part(long)]


if __name__ == "__main__":
    present(__doc__, all_figures)
