"""The full path beside its floor: `destilation run` against the bare HTTP client, on the same server, turn by turn.

    python -m benchmarks.full_path [--long] [--json FILE]

A run plans, renders, posts, parses, checks, finds duplicates and keeps everything durably; the floor posts bodies of the
same size and parses the record. Start-up (a run of one sample) is stated apart and taken off. With latency, whole waves
of requests are sent, so the ideal is what the latency allows: `in flight / latency`.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.figures import Figure, at_least, at_most, present
from benchmarks.processes import Used, interleaved, measured, median, of_rounds
from benchmarks.quickserver import Quick, quick
from destilation.config import Config, Override, load
from destilation.core.catalogue import BUILTIN
from destilation.core.job import OpenAISpec, Share
from destilation.core.ladder import Asked
from destilation.core.task import Task
from destilation.providers.openai import OpenAI

ENV = {"OPENAI_API_KEY": "sk-benchmark", "PYTHONHASHSEED": "0"}


class Point(Struct, frozen=True):
    """Where it is measured: seconds of latency, requests in flight, and how many samples."""

    latency_s: float
    in_flight: int
    samples: int

    def __str__(self) -> str:
        return f"{self.latency_s:g} s, {self.in_flight:,} in flight"


MAIN = Point(0.0, 256, 3_000)
WIDE = Point(2.0, 2_000, 8_000)
SHORT = (MAIN, Point(0.2, 256, 3_840), WIDE)
LONG = (
    Point(0.0, 64, 6_000),
    Point(0.0, 256, 10_000),
    Point(0.0, 1_000, 10_000),
    Point(0.2, 64, 1_920),
    Point(0.2, 256, 7_680),
    Point(0.2, 1_000, 10_000),
    Point(2.0, 256, 1_280),
    Point(2.0, 1_000, 10_000),
    Point(2.0, 2_000, 20_000),
    Point(2.0, 4_000, 40_000),
)


def config_of(address: str, samples: int, in_flight: int, **more: object) -> Config:
    """The job of all these figures, for a run in this process."""
    values: dict[str, object] = {
        "job.template": "simple_qa",
        "job.domain": "Everyday Physics",
        "job.topics": "none",
        "job.target": samples,
        "job.concurrency": in_flight,
        "job.mix": [{"provider": "openai", "model": "quick"}],
        "providers.openai.base_url": f"{address}/v1",
        **more,
    }
    return load(None, overrides=[Override(key, value, key) for key, value in values.items()], env=ENV)


def request_body() -> bytes:
    """What the product posts for one sample."""
    dialect = OpenAI(OpenAISpec(name="quick", base_url="http://127.0.0.1/v1"), Share(provider="quick", model="quick"))
    prompt = BUILTIN[0].prompt(Task(1, "Everyday Physics"), 1)
    return msgspec.json.encode(dialect.body(prompt, Asked("json_schema", native=False), ()))


class Bench:
    """A folder for what the runs leave, and commands that ask one server."""

    def __init__(self, folder: Path, server: Quick) -> None:
        self.folder, self.server = folder, server
        self._body = folder / "body.json"
        self._body.write_bytes(request_body())
        self._numbers = count(1)

    def command(self, samples: int, in_flight: int, *more: str) -> list[str]:
        """A run of the product, in a new dataset folder."""
        name = f"{os.getpid()}-{next(self._numbers)}"
        keys = {"providers.openai.base_url": f"{self.server.address}/v1", "job.topics": "none"}
        flags = ["-p", "openai", "-m", "quick", "-t", "simple_qa", "--domain", "Everyday Physics", "--ui", "none"]
        flags += ["-n", str(samples), "-j", str(in_flight), "-o", str(self.folder), "--name", name, *more]
        flags += [part for key, value in keys.items() for part in ("--set", f"{key}={value}")]
        return [sys.executable, "-m", "destilation", "run", *flags]

    def ours(self, samples: int, in_flight: int, *more: str) -> Used:
        """What such a run took."""
        return measured(self.command(samples, in_flight, *more), cwd=self.folder, env=ENV)

    def bare(self, samples: int, in_flight: int, client: str = "aiohttp") -> Used:
        """What the same requests took with nothing around the client."""
        where = (self.server.address, str(samples), str(in_flight), str(self._body))
        return measured([sys.executable, "-m", "benchmarks.bare_client", *where, "--client", client])


class Start(Struct, frozen=True):
    """What one sample takes, with the server at hand: nearly all of it is the process coming up."""

    ours: Used
    floor: Used
    ceiling: Used


def started(rounds: int) -> Start:
    """Medians of starts."""
    with quick() as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)
        sides = interleaved(
            rounds, lambda: bench.ours(1, 1), lambda: bench.bare(1, 1), lambda: bench.bare(1, 1, "protocol")
        )
        return Start(*map(median, sides))


class Result(Struct, frozen=True):
    """All runs at one point, start-up taken off, and the server's seconds of processor time in each of ours."""

    point: Point
    ours: list[Used]
    floor: list[Used]
    server_cpu_s: list[float]


def measure(point: Point, start: Start, rounds: int) -> Result:
    """Ours and the floor, turn by turn."""
    served: list[float] = []
    with quick(point.latency_s) as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)

        def ours() -> Used:
            before = server.stats()
            used = bench.ours(point.samples, point.in_flight).without(start.ours)
            after = server.stats()
            if after.requests - before.requests != point.samples:
                raise AssertionError(f"{after.requests - before.requests} requests for {point.samples} samples")
            served.append(after.cpu_s - before.cpu_s)
            return used

        mine, floor = interleaved(rounds, ours, lambda: bench.bare(point.samples, point.in_flight).without(start.floor))
    return Result(point, mine, floor, served)


def figures_of(result: Result) -> list[Figure]:
    """Processor time and samples per second of a point, both beside the floor; with latency, beside the ideal too."""
    point, ours, floor = result.point, median(result.ours), median(result.floor)
    thousands = point.samples / 1_000
    figures = [
        Figure(
            name=f"full path, CPU-s per 1,000 samples, {point}",
            ours=ours.cpu_s / thousands,
            beside="bare aiohttp client",
            theirs=floor.cpu_s / thousands,
            ratio=of_rounds(result.ours, result.floor, lambda used: used.cpu_s),
            target=at_most(2.0),
        ),
        Figure(
            name=f"full path, samples/s, {point}",
            ours=point.samples / ours.seconds,
            beside="bare aiohttp client",
            theirs=point.samples / floor.seconds,
            ratio=of_rounds(result.floor, result.ours, lambda used: used.seconds),
        ),
    ]
    if point.latency_s:
        ideal = point.in_flight / point.latency_s
        figures.append(
            Figure(
                name=f"full path, samples/s of what the latency allows, {point}",
                ours=point.samples / ours.seconds,
                beside="in flight / latency",
                theirs=ideal,
                ratio=point.samples / ours.seconds / ideal,
                target=at_least(0.95) if point.in_flight == WIDE.in_flight else None,
            )
        )
    return figures


def server_figures(result: Result, start: Start, rounds: int) -> list[Figure]:
    """What the server takes, which no figure above contains, and what it is capable of."""
    point = result.point
    with quick() as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)
        runs = [bench.bare(20_000, 64, "protocol").without(start.ceiling) for _ in range(rounds)]
    ours = median(result.ours)
    return [
        Figure(
            name="the server's own CPU-s per 1,000",
            ours=statistics.median(result.server_cpu_s) / point.samples * 1_000,
            beside="full path",
            theirs=ours.cpu_s / point.samples * 1_000,
            ratio=statistics.median(result.server_cpu_s) / ours.cpu_s,
        ),
        Figure(
            name="the server's ceiling, replies/s",
            ours=20_000 / median(runs).seconds,
            beside="full path",
            theirs=point.samples / ours.seconds,
            ratio=20_000 / median(runs).seconds / (point.samples / ours.seconds),
            note="asked by a bare protocol",
        ),
    ]


def start_figures(start: Start) -> list[Figure]:
    """Start-up, which is taken off everywhere."""
    return [
        Figure(
            name="start-up, CPU-s of a run of one sample",
            ours=start.ours.cpu_s,
            beside="bare aiohttp client",
            theirs=start.floor.cpu_s,
            ratio=start.ours.cpu_s / start.floor.cpu_s,
            note="taken off above",
        )
    ]


def all_figures(long: bool, points: Sequence[Point] = ()) -> list[Figure]:
    """The whole table."""
    rounds = 5 if long else 3
    start = started(rounds)
    results = [measure(point, start, rounds) for point in points or (LONG if long else SHORT)]
    fastest = next(result for result in results if not result.point.latency_s)
    figures = [figure for result in results for figure in figures_of(result)]
    return figures + server_figures(fastest, start, rounds) + start_figures(start)


if __name__ == "__main__":
    present(__doc__, all_figures)
