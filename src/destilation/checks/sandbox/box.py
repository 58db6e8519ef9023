"""One program in a fresh box, watched from outside: its time, its output, and the memory of all its processes.

Nothing is left behind, whatever the program does and whoever cancels: the box is a process namespace, which dies with
its first process.
"""

import asyncio
import itertools
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from destilation.checks.sandbox.bubblewrap import Bubblewrap
from destilation.checks.sandbox.limits import Ending, Limits, Outcome, Program

LOOK_S = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")
_numbers = itertools.count(os.getpid() * 100)


class Sandbox:
    """Runs programs, at most `most` at a time."""

    def __init__(self, bubblewrap: Bubblewrap, most: int | None = None) -> None:
        self._bubblewrap = bubblewrap
        self._turns = asyncio.Semaphore(most or os.cpu_count() or 1)

    async def run(self, program: Program, limits: Limits = Limits()) -> Outcome:
        """What became of the program. Raises OSError where not even the box can be started."""
        async with self._turns:
            return await self._run(program, limits)

    async def _run(self, program: Program, limits: Limits) -> Outcome:
        began = time.monotonic()
        argv = self._bubblewrap.argv(program, limits, next(_numbers))
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}, cwd="/", start_new_session=True
        )
        watch = _Watch(process, limits)
        try:
            ending = await watch.until_it_ends(program.stdin)
        finally:
            await _kill(process)
        stdout, stderr = watch.written
        code = process.returncode if process.returncode is not None else -signal.SIGKILL
        seconds = round(time.monotonic() - began, 4)
        if ending == "exit" and (code < 0 or code > 128):
            ending = "timeout" if seconds >= limits.cpu_s else "signal"
        return Outcome(ending=ending, code=code, stdout=stdout, stderr=stderr, seconds=seconds)


class _Watch:
    """The pipes, the clock and the memory of one process and all below it."""

    def __init__(self, process: Process, limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self._pieces: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._full = asyncio.Event()

    @property
    def written(self) -> tuple[str, str]:
        """What it wrote, as text."""
        out, err = (bytes(piece).decode("utf-8", "replace") for piece in self._pieces.values())
        return out, err

    async def until_it_ends(self, stdin: bytes) -> Ending:
        """How it ended, by itself or by one of the limits."""
        reading = asyncio.gather(self._read("stdout"), self._read("stderr"), self._feed(stdin), self._process.wait())
        end = time.monotonic() + self._limits.wall_s
        try:
            while not reading.done():
                if self._full.is_set():
                    return "output"
                if time.monotonic() >= end:
                    return "timeout"
                if _resident(self._process.pid) > self._limits.memory_mb << 20:
                    return "memory"
                await asyncio.wait({reading}, timeout=min(LOOK_S, max(0.0, end - time.monotonic())))
            return "exit"
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _read(self, name: str) -> None:
        stream = self._process.stdout if name == "stdout" else self._process.stderr
        kept = self._pieces[name]
        while stream is not None and (piece := await stream.read(16_384)):
            kept += piece[: self._limits.output_bytes - len(kept)]
            if len(kept) >= self._limits.output_bytes:
                self._full.set()
                return

    async def _feed(self, stdin: bytes) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            pipe.write(stdin)
            await pipe.drain()
        pipe.close()


async def _kill(process: Process) -> None:
    """End it with all below it, and wait until nothing is left."""
    below = _tree(process.pid)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in below:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    # Before the wait: it lasts until the pipes are closed, and one that is full stays open.
    # The pipes alone: closing the transport too would reap the process beside the loop, which then complains of it.
    transport = getattr(process, "_transport", None)
    for fd in range(3):
        if transport is not None and (pipe := transport.get_pipe_transport(fd)) is not None:
            pipe.close()
    await asyncio.shield(process.wait())
    for _ in range(100):
        if not _alive(below):
            return
        await asyncio.sleep(0.005)


def _alive(pids: list[int]) -> bool:
    return any(os.path.isdir(f"/proc/{pid}") for pid in pids)


def _tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for each in found:
        with suppress(OSError, ValueError):
            for task in os.listdir(f"/proc/{each}/task"):
                children = Path(f"/proc/{each}/task/{task}/children").read_text()
                found += [int(child) for child in children.split()]
    return found


def _resident(pid: int, tree: Callable[[int], list[int]] = _tree) -> int:
    """Bytes of memory that the processes hold together."""
    total = 0
    for each in tree(pid):
        with suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * _PAGE
    return total
