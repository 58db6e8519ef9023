"""Where the processor time of the full path goes, by area: a sampling profile.

    python -m benchmarks.areas [--samples 6000]

A timer of the process's own processor time interrupts the run every 2 ms; what the main thread spent since is put down
to the innermost frame that is ours or the HTTP client's. What other threads spent is the writer's: files. A frame in C
counts for the Python line that called it. Then the bare client makes as many requests, in the same process: what it takes
alone is less than the same code takes between all the rest, which leaves it cold caches.
"""

import argparse
import asyncio
import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from benchmarks import guard
from benchmarks.bare_client import with_aiohttp
from benchmarks.full_path import request_body
from benchmarks.quickserver import quick

EVERY_S = 0.002
# The first that is in the path of the frame's file.
AREAS = (
    ("/aiohttp/", "HTTP client"),
    ("/destilation/providers/http", "HTTP client"),
    ("/destilation/providers/", "dialect: request and reply"),
    ("/destilation/core/dedup/", "duplicates"),
    ("/destilation/storage/", "files and events"),
    ("/destilation/launch/keep", "files and events"),
    ("/destilation/core/events", "files and events"),
    ("/destilation/core/progress", "progress"),
    ("/destilation/launch/metadata", "progress"),
    ("/destilation/engine/pool", "pool and pacing"),
    ("/destilation/engine/turns", "pool and pacing"),
    ("/destilation/core/pacing/", "pool and pacing"),
    ("/destilation/core/mix", "pool and pacing"),
    ("/destilation/core/spend", "pool and pacing"),
    ("/destilation/core/tariff", "pool and pacing"),
    ("/destilation/core/plan", "planning and prompts"),
    ("/destilation/core/template", "planning and prompts"),
    ("/destilation/core/dialogue", "planning and prompts"),
    ("/destilation/core/t", "planning and prompts"),
    ("/destilation/core/draws", "planning and prompts"),
    ("/destilation/core/", "validation"),
    ("/destilation/checks/", "validation"),
    ("/destilation/engine/", "workers"),
    ("/destilation/", "start and end"),
)
OTHERS, LOOP = "files and events: the writer's thread", "event loop"


def area_of(files: list[str]) -> str:
    """The area of a stack; `files` are those of its frames, innermost first."""
    for file in files:
        if "/aiohttp/" in file or "/destilation/" in file:
            return next(area for part, area in AREAS if part in file)
    return LOOP


class Profile:
    """Seconds of processor time by area."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.frames: defaultdict[str, float] = defaultdict(float)
        self._whole, self._main = time.process_time(), time.thread_time()

    def sample(self, _: int, frame: FrameType | None) -> None:
        """Put down what was spent since the last time."""
        whole, main = time.process_time(), time.thread_time()
        files: list[str] = []
        named = ""
        while frame is not None:
            files.append(frame.f_code.co_filename)
            if not named and ("/aiohttp/" in files[-1] or "/destilation/" in files[-1]):
                named = f"{'/'.join(Path(files[-1]).parts[-2:])} {frame.f_code.co_name}"
            frame = frame.f_back
        spent = main - self._main
        self.seconds[area_of(files)] += spent
        self.frames[named] += spent
        self.seconds[OTHERS] += max(0.0, whole - self._whole - spent)
        self._whole, self._main = whole, main


async def profiled(address: str, folder: Path, samples: int) -> Profile:
    """One run after one that imports everything."""
    await guard.full_path(address, folder, 50)
    profile = Profile()
    signal.signal(signal.SIGPROF, profile.sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    try:
        await guard.full_path(address, folder, samples, in_flight=256)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return profile


def most(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    """Those that took most first."""
    return sorted(seconds.items(), key=lambda item: -item[1])


def main() -> None:
    """Print the areas, and the functions that took most."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=6_000)
    asked = parser.parse_args()
    with quick() as server, tempfile.TemporaryDirectory() as place:
        profile = asyncio.run(profiled(server.address, Path(place), asked.samples))
        alone = guard.spent(with_aiohttp(server.address, asked.samples, 256, request_body()))
    total, each = sum(profile.seconds.values()), 1e6 / asked.samples
    print("| area | us a sample | share |\n| --- | --- | --- |")
    for area, seconds in [*most(profile.seconds), ("all of it", total), ("the bare client alone", alone)]:
        print(f"| {area} | {seconds * each:.0f} | {seconds / total:.0%} |")
    print()
    for name, seconds in most(profile.frames)[:15]:
        print(f"{seconds / total:6.1%}  {name or 'the event loop'}")


if __name__ == "__main__":
    main()
