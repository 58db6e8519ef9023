"""Runs the command line on a terminal: a pseudo-terminal of a size, with what is typed given in advance."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.e2e.command import environment


def on_terminal(
    *args: str, cwd: Path, typed: str = "", columns: int = 80, env: dict[str, str] | None = None, timeout: float = 60.0
) -> tuple[int, str]:
    """The exit code, and all that was shown."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "destilation", *args],
        cwd=cwd,
        env=environment({"TERM": "xterm", **(env or {})}),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    os.write(master, typed.encode())
    shown, ends = b"", time.monotonic() + timeout
    try:
        while time.monotonic() < ends:
            if select.select([master], [], [], 0.2)[0]:
                try:
                    shown += os.read(master, 65_536)
                except OSError:  # the other end is closed
                    break
            elif process.poll() is not None:
                break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(ends - time.monotonic(), 1.0))
    finally:
        process.kill()
        code = process.wait()
        os.close(master)
    return code, shown.decode()
