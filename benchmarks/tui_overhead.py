"""What a dashboard costs the engine that it watches: runs at top speed with and without one, turn by turn.

The dashboard is a process of its own on a pseudo-terminal of 120 x 40. On few cores it competes with the engine for
them, so beside the throughput stands the processor time that the engine itself took for 1,000 samples: that is what
the engine loses by being watched, whatever else runs.
"""

import argparse
import fcntl
import os
import pty
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from typing import NamedTuple

START = ("run", "-p", "mock", "-t", "simple_qa", "--name", "job", "--ui", "none")


class Run(NamedTuple):
    """Samples a second, processor seconds of the engine and of the watcher for 1,000 samples."""

    rate: float
    engine: float
    watcher: float


def measured(samples: int, *, watched: bool) -> Run:
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        engine = subprocess.Popen(
            [sys.executable, "-m", "destilation", *START, "-n", str(samples)],
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        folder = Path(place) / "datasets" / "job"
        watcher = None
        if watched:
            while not (folder / "samples.jsonl").exists():
                time.sleep(0.01)
            watcher = shown(folder)
        _, status, used = os.wait4(engine.pid, 0)
        seconds = time.perf_counter() - began
        engine.returncode = os.waitstatus_to_exitcode(status)
        assert engine.returncode == 0
        theirs = 0.0
        if watcher is not None:
            watcher.kill()
            _, _, usage = os.wait4(watcher.pid, 0)
            watcher.returncode = -9
            theirs = cpu(usage)
        return Run(samples / seconds, 1000 * cpu(used) / samples, 1000 * theirs / samples)


def cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def shown(folder: Path) -> "subprocess.Popen[bytes]":
    """A dashboard on a terminal that somebody reads."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "destilation", "watch", str(folder)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "CI": ""},
        start_new_session=True,
    )
    os.close(slave)
    threading.Thread(target=drained, args=(master,), daemon=True).start()
    return process


def drained(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65_536):
            pass
    except OSError:
        os.close(descriptor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    alone: list[Run] = []
    watched: list[Run] = []
    for number in range(1, asked.rounds + 1):
        for kept, with_one in ((alone, False), (watched, True)) if number % 2 else ((watched, True), (alone, False)):
            kept.append(run := measured(asked.samples, watched=with_one))
            name = "watched" if with_one else "alone"
            print(f"{number} {name:8} {run.rate:8,.0f}/s  engine {run.engine:.3f} s  watcher {run.watcher:.3f} s")
    for name, unit, place in (("samples a second", "", 0), ("engine CPU for 1,000", " s", 1)):
        one, other = (statistics.median(run[place] for run in runs) for runs in (alone, watched))
        print(f"{name}: alone {one:,.3f}{unit}, watched {other:,.3f}{unit}, ratio {other / one:.3f}")


if __name__ == "__main__":
    main()
