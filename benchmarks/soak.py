"""A run of 200,000 samples on the mock at top speed, watched from outside: memory, open files, threads, throughput.

`python benchmarks/soak.py 50000` is a shorter one. Resident memory is set beside what the duplicate index holds
after the same samples.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex, content
from destilation.core.job import MockSpec
from destilation.core.task import Task, request_seed
from destilation.providers.mock import MockProvider

TARGET = 200_000
WARM_UP = 0.3


class Seen(NamedTuple):
    """One look at the running process; `at` and `cpu` in seconds, `resident` in bytes of anonymous memory."""

    at: float
    cpu: float
    accepted: int
    resident: int
    files: int
    threads: int


def observe(folder: Path, target: int) -> list[Seen]:
    """What was seen of the run, each time that it had written its metadata."""
    flags = f"run -p mock -n {target} -j 256 --name big -q".split()
    process = subprocess.Popen([sys.executable, "-m", "destilation", *flags], cwd=folder)
    rows: list[Seen] = []
    while process.poll() is None:
        time.sleep(0.02)
        try:
            samples = folder / "datasets/big/metadata.json"
            if rows and samples.stat().st_mtime == rows[-1].at:
                continue
            status = Path(f"/proc/{process.pid}/status").read_text()
            resident = int(status.split("RssAnon:")[1].split()[0]) * 1024
            threads = int(status.split("Threads:")[1].split()[0])
            files = len(os.listdir(f"/proc/{process.pid}/fd"))
            times = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            cpu = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
            accepted = json.loads(samples.read_text())["accepted"]
            rows.append(Seen(samples.stat().st_mtime, cpu, accepted, resident, files, threads))
        except (OSError, IndexError, ValueError):
            continue
    assert process.returncode == 0
    return [row for row in rows if 0 < row.accepted < target]


async def index_bytes(few: int, many: int) -> tuple[int, int]:
    """What the index holds after so many of the mock's samples."""
    index, sizes = SeenIndex(0.85), []
    provider, template = MockProvider(MockSpec(name="mock"), "mock", sleep=asyncio.sleep), BUILTIN[0]
    for number in range(1, many + 1):
        prompt = template.prompt(Task(number, "Everyday Physics"), request_seed(1, number, 1))
        text = (await provider.complete(prompt)).text
        record = json.loads(text[text.index('{"') : text.rindex("}") + 1])
        index.admit(content(record, template.compared_fields), number)
        if number in (few, many):
            sizes.append(index.nbytes)
    return sizes[0], sizes[1]


def slope(rows: list[Seen]) -> float:
    """Theil and Sen's: the median of the slopes of all pairs, in bytes per sample."""
    pairs = combinations(rows[:: max(1, len(rows) // 150)], 2)
    return statistics.median(
        (b.resident - a.resident) / (b.accepted - a.accepted) for a, b in pairs if b.accepted > a.accepted
    )


def crossing(rows: list[Seen], accepted: int, of: str) -> float:
    """The time, or the time of the processors, at which that many samples were in, between two looks."""
    for before, after in pairwise(rows):
        if before.accepted <= accepted <= after.accepted and after.accepted > before.accepted:
            part = (accepted - before.accepted) / (after.accepted - before.accepted)
            return float(getattr(before, of) + part * (getattr(after, of) - getattr(before, of)))
    raise AssertionError(f"{accepted} samples were never seen")


def rate(rows: list[Seen], few: int, many: int, of: str = "at") -> float:
    """Samples per second, or per second of the processors, from the one count to the other."""
    return (many - few) / (crossing(rows, many, of) - crossing(rows, few, of))


def main() -> None:
    """Print what was seen."""
    target = int(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    with tempfile.TemporaryDirectory() as folder:
        rows = observe(Path(folder), target)
    late = [row for row in rows if row.accepted >= WARM_UP * target]
    first, last = late[0], late[-1]
    small, large = asyncio.run(index_bytes(first.accepted, last.accepted))
    kept = (large - small) / (last.accepted - first.accepted)
    print(f"samples {first.accepted:,} to {last.accepted:,}, of {target:,}")
    print(f"memory  {first.resident / 2**20:,.0f} MiB to {last.resident / 2**20:,.0f} MiB")
    print(
        f"        {(last.resident - first.resident) / (last.accepted - first.accepted):,.0f} bytes per sample end to end, ",
        end="",
    )
    print(f"{slope(late):,.0f} by Theil and Sen; the index {kept:,.0f}")
    print(f"files   {min(row.files for row in late)} to {max(row.files for row in late)}")
    print(f"threads {min(row.threads for row in late)} to {max(row.threads for row in late)}")
    part, begin, end = target // 10, rows[0].accepted, rows[-1].accepted
    for of, what in (("at", "second"), ("cpu", "second of the processors")):
        early, final = rate(rows, begin, begin + part, of), rate(rows, end - part, end, of)
        said = f"first {part:,} at {early:,.0f}, last {part:,} at {final:,.0f} a {what}"
        print(f"speed   {said}: {100 * final / early:.1f}%")


if __name__ == "__main__":
    main()
