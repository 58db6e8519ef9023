"""A guard against losses: processor time of the full path for a sample, in units of the bare client's for a request.

    python -m benchmarks.guard [--record]

Quick, for the tests: both sides take turns in this one process, against a server in another, and only the time of the
processor counts, so other work on the machine hits both sides alike. The median of many short rounds is printed;
`--record` writes it into tests/performance.json for this version of Python, after a change that was meant.
"""

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Coroutine
from itertools import count
from pathlib import Path

import msgspec

from benchmarks.bare_client import with_aiohttp
from benchmarks.full_path import ENV, config_of, request_body
from benchmarks.quickserver import quick
from destilation.launch.run import run

RECORD = Path(__file__).parents[1] / "tests" / "performance.json"
SAMPLES, REQUESTS, IN_FLIGHT, ROUNDS = 250, 750, 64, 11
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_names = count(1)


async def full_path(address: str, folder: Path, samples: int = SAMPLES, in_flight: int = IN_FLIGHT) -> None:
    """A run of the product in this process."""
    own = {"job.out": str(folder), "job.name": f"job-{next(_names)}"}
    config = config_of(address, samples, in_flight, **own)
    report = await run(config, env=ENV)
    assert report.accepted == samples


def spent(work: Coroutine[object, object, None]) -> float:
    """Seconds of processor time."""
    gc.collect()
    began = time.process_time()
    asyncio.run(work)
    return time.process_time() - began


def ratio(rounds: int = ROUNDS) -> float:
    """The full path's share for a sample by the bare client's for a request: the median of interleaved rounds."""
    body, ratios = request_body(), []
    with quick() as server, tempfile.TemporaryDirectory() as place:
        for _ in range(rounds + 1):
            ours = spent(full_path(server.address, Path(place))) / SAMPLES
            bare = spent(with_aiohttp(server.address, REQUESTS, IN_FLIGHT, body)) / REQUESTS
            ratios.append(ours / bare)
    return statistics.median(ratios[1:])  # the first round imports and compiles


def recorded() -> dict[str, float]:
    """The ratios of record, by version of Python."""
    return msgspec.json.decode(RECORD.read_bytes(), type=dict[str, float])


def main() -> None:
    """Print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="keep it as what is expected from now on")
    asked = parser.parse_args()
    now = statistics.median(ratio() for _ in range(3)) if asked.record else ratio()
    print(f"{now:.3f}")
    if asked.record:
        known = {**(recorded() if RECORD.exists() else {}), PYTHON: round(now, 2)}
        RECORD.write_bytes(msgspec.json.format(msgspec.json.encode(known)) + b"\n")


if __name__ == "__main__":
    main()
