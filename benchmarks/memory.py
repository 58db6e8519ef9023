"""Resident memory and open files of a run with 256 workers on the mock, beside what the duplicate index explains."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex, content
from destilation.core.dialogue import request_seed
from destilation.core.job import MockSpec
from destilation.core.task import Task
from destilation.providers.mock import MockProvider

EARLY, LATE = 10_000, 50_000


def observe(folder: Path) -> list[tuple[int, int, int]]:
    """(samples, anonymous resident kB, open files) over the run."""
    command = [
        sys.executable,
        "-m",
        "destilation",
        "run",
        "-p",
        "mock",
        "-n",
        str(LATE),
        "-j",
        "256",
        "--name",
        "big",
        "-q",
    ]
    process, rows = subprocess.Popen(command, cwd=folder), []
    while process.poll() is None:
        time.sleep(0.1)
        try:
            resident = int(Path(f"/proc/{process.pid}/status").read_text().split("RssAnon:")[1].split()[0])
            files = len(os.listdir(f"/proc/{process.pid}/fd"))
            accepted = json.loads((folder / "datasets/big/metadata.json").read_text())["accepted"]
        except (OSError, IndexError, ValueError):
            continue
        rows.append((accepted, resident, files))
    return rows


async def index_bytes() -> tuple[int, int]:
    """What the index holds after the same early and late numbers of samples."""
    index, sizes = SeenIndex(0.85), []
    provider = MockProvider(MockSpec(name="mock"), "mock", sleep=asyncio.sleep)
    template = BUILTIN[0]
    for number in range(1, LATE + 1):
        prompt = template.prompt(Task(number, "Everyday Physics"), request_seed(1, number, 1))
        text = (await provider.complete(prompt)).text
        question = json.loads(text[text.index('{"') : text.rindex("}") + 1])
        index.admit(content(question, template.compared_fields), number)
        if number in (EARLY, LATE):
            sizes.append(index.nbytes)
    return sizes[0], sizes[1]


def main() -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as folder:
        rows = observe(Path(folder))
    rows = [row for row in rows if row[0] < LATE]  # not the end, when files are closed
    early = next(row for row in rows if row[0] >= EARLY)
    late = rows[-1]
    samples, grown = late[0] - early[0], late[1] - early[1]
    small, large = asyncio.run(index_bytes())
    print(f"samples        {early[0]:>10,} {late[0]:>10,}")
    print(f"resident kB    {early[1]:>10,} {late[1]:>10,}   {1024 * grown / samples:,.0f} bytes per sample")
    print(
        f"index kB       {small // 1024:>10,} {large // 1024:>10,}   {(large - small) / (LATE - EARLY):,.0f} bytes per sample"
    )
    print(
        f"open files     {early[2]:>10} {late[2]:>10}   least {min(row[2] for row in rows)}, most {max(row[2] for row in rows)}"
    )


if __name__ == "__main__":
    main()
