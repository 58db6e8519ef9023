"""What keeping everything costs: a run with all its files beside the same engine that keeps nothing.

    python -m benchmarks.without_files [--long] [--json FILE]

With all: `destilation run` as it is by default: the ledger of answers, provenance, events, metadata, a group commit with
fsync. Without: the same pool, gate, plan and workers wired by hand, with a Keep that keeps nothing and nobody who hears
the events. Start-up is taken off both.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, at_least, present
from benchmarks.full_path import ENV, Bench, config_of
from benchmarks.processes import Used, interleaved, measured, median, of_rounds
from benchmarks.quickserver import quick
from destilation.core.dedup.index import SeenIndex
from destilation.core.draws import Draws
from destilation.core.events import Event
from destilation.core.plan import Plan
from destilation.core.progress import Progress
from destilation.core.verdict import Rejection, Sample
from destilation.engine.orchestrator import Orchestrator
from destilation.engine.post import Said
from destilation.engine.worker import Worker
from destilation.launch.wiring import asked_of, pool_of, stages_of
from destilation.providers.registry import Registry


class Nothing:
    """Keeps nothing."""

    async def record(self, *said: Said) -> None:
        """Gone."""

    def accept(self, said: Said, sample: Sample, attempts: int, trail: Sequence[Said]) -> None:
        """Gone."""

    def refuse(self, said: Said, rejection: Rejection, *, final: bool) -> None:
        """Gone."""

    async def recall(self, number: int) -> str | None:
        """Nothing is there."""
        return None


async def engine(address: str, samples: int, in_flight: int) -> str:
    """The engine's parts as `launch` wires them, without a folder. Returns how it ended."""
    config = config_of(address, samples, in_flight)

    def emit(_: Event) -> None: ...

    async with Registry(ENV, resend=True) as registry:
        asked = await asked_of(config, registry)
        progress = Progress()
        pool = pool_of(config, asked, progress, emit=emit, clock=asyncio.get_running_loop().time)
        stages = stages_of(config, SeenIndex(config.job.dedup.threshold), 0)
        worker = Worker(stages, pool, Nothing(), emit, seed=config.job.seed)
        plan = Plan(config.job.domain, samples, draws=Draws(config.axes, config.job.seed))
        run = Orchestrator(plan, worker, pool, concurrency=in_flight, past={}, beat=lambda: None)
        return await run.run()


def all_figures(long: bool) -> list[Figure]:
    """Throughput and processor time, turn by turn."""
    samples, in_flight, rounds = (20_000, 256, 5) if long else (3_000, 256, 3)
    with quick() as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)

        def alone(samples: int) -> Used:
            command = [sys.executable, "-m", "benchmarks.without_files", "--engine", server.address]
            return measured([*command, str(samples), str(min(samples, in_flight))], env=ENV)

        starts = map(median, interleaved(rounds, lambda: bench.ours(1, 1), lambda: alone(1)))
        start, bare_start = starts
        kept, gone = interleaved(
            rounds,
            lambda: bench.ours(samples, in_flight).without(start),
            lambda: alone(samples).without(bare_start),
        )
    ours, theirs = median(kept), median(gone)
    return [
        Figure(
            name="samples/s with everything on",
            ours=samples / ours.seconds,
            beside="the engine without files",
            theirs=samples / theirs.seconds,
            ratio=of_rounds(gone, kept, lambda used: used.seconds),
            target=at_least(0.75),
        ),
        Figure(
            name="CPU-s per 1,000 with everything on",
            ours=ours.cpu_s / samples * 1_000,
            beside="the engine without files",
            theirs=theirs.cpu_s / samples * 1_000,
            ratio=of_rounds(kept, gone, lambda used: used.cpu_s),
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--engine"]:
        ended = asyncio.run(engine(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
        sys.exit(None if ended == "met" else ended)
    present(__doc__, all_figures)
