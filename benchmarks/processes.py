"""Processes of their own, and what each cost: seconds by the clock, of all processors, and the peak of memory.

The processor's time is that of the whole tree of processes, user and system, as the system tells it of children that
ended: benchmarks wait for everything that they start.
"""

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

MEBIBYTE = 2**20
Taken = TypeVar("Taken")
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Used(Struct, frozen=True):
    """Seconds by the clock, seconds of processor time, and the peak of resident memory in bytes."""

    seconds: float
    cpu_s: float
    peak: int

    def without(self, start: "Used") -> "Used":
        """What was used beyond a start. Never below a millisecond: it divides."""
        return Used(max(self.seconds - start.seconds, 1e-3), max(self.cpu_s - start.cpu_s, 1e-3), self.peak)


class FailedError(Exception):
    """A process ended with an error; the text has its last words."""


def _inherited() -> dict[str, str]:
    """This process's environment, but that modules are kept compiled, as they are on every machine after a first run."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def children_cpu_s() -> float:
    """Seconds of processor time of all children that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, limit_s: float = 900.0
) -> Used:
    """Run a command to its end, which it must come to within `limit_s`. Raises FailedError."""
    before, began = children_cpu_s(), time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env={**_inherited(), **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    alarm, peak = threading.Timer(limit_s, process.kill), _Peak(process.pid)
    alarm.start()
    peak.start()
    words = process.stdout.read()
    alarm.cancel()
    peak.join()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise FailedError(f"{' '.join(command[:6])} ... ended with {process.returncode}: {words.decode()[-300:]}")
    return Used(seconds, children_cpu_s() - before, peak.bytes or usage.ru_maxrss * _MAXRSS_UNIT)


class _Peak(threading.Thread):
    """The most memory that a process had, as Linux tells while it lasts: 0 elsewhere.

    What `wait4` tells begins with the peak of the process that started it, which may be more.
    """

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.bytes = 0
        self._status = Path(f"/proc/{pid}/status")

    def run(self) -> None:
        """Look until it has ended."""
        while (found := self._look()) is not None:
            self.bytes = found
            time.sleep(0.02)

    def _look(self) -> int | None:
        try:
            lines = self._status.read_text().splitlines()
        except OSError:
            return None
        kib = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
        return None if kib is None else int(kib) * 1024


def median(runs: Sequence[Used]) -> Used:
    """The median of each figure for itself."""
    return Used(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_s for run in runs),
        round(statistics.median(run.peak for run in runs)),
    )


def interleaved(rounds: int, *sides: Callable[[], Taken]) -> list[list[Taken]]:
    """The runs of each side, taken turn by turn, each round in the other order than the one before it."""
    runs: list[list[Taken]] = [[] for _ in sides]
    order = list(enumerate(sides))
    for _ in range(rounds):
        for place, side in order:
            runs[place].append(side())
        order.reverse()
    return runs


def of_rounds(ours: Sequence[Used], theirs: Sequence[Used], of: Callable[[Used], float]) -> float:
    """The median of the ratios, round by round: what disturbs a round disturbs both sides of it."""
    return statistics.median(of(mine) / of(other) for mine, other in zip(ours, theirs, strict=True))
