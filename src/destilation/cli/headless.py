"""An engine in a process of its own: what it says goes to `run.log`, and it may hang on the one that started it."""

import contextlib
import os
import signal
import sys
import threading
from pathlib import Path

from destilation.config import Config
from destilation.core.progress import Progress
from destilation.errors import DestilationError
from destilation.storage.disk import Disk
from destilation.storage.layout import RUN_LOG, open_regular

LET_GO = b"detach\n"
MOST_LOG_BYTES = 4 << 20


class Headless:
    """Watches the run of a process that nobody sees.

    A leashed one has a pipe for its stdin. Where that ends and nobody has let go of it before, the terminal is
    gone, and `job.on_terminal_close` says what then.
    """

    def __init__(self, config: Config, folder: Path, *, leashed: bool) -> None:
        self._folder = folder
        self._told = False
        if leashed and config.job.on_terminal_close == "drain":
            threading.Thread(target=_hang_on, name="destilation-leash", daemon=True).start()

    def watch(self, progress: Progress, now: float) -> None:
        """From the first time on (the folder is there then) everything that is said goes to its log."""
        if not self._told:
            self._told = True
            with contextlib.suppress(OSError, DestilationError):
                self._redirect()

    def _redirect(self) -> None:
        path = self._folder / RUN_LOG
        if path.exists() and path.stat().st_size > MOST_LOG_BYTES:
            path.replace(path.with_suffix(".1.log"))
        log = open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, Disk())
        for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
            stream.flush()
            os.dup2(log, descriptor)
        os.close(log)


def _hang_on() -> None:
    said = b""
    while piece := os.read(0, 64):
        said = (said + piece)[-64:]
    if LET_GO not in said:
        signal.raise_signal(getattr(signal, "SIGHUP", signal.SIGINT))
