"""A run in a process of its own, in the background or with the dashboard before it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NoReturn

from destilation.cli.follow import follow
from destilation.cli.headless import LET_GO
from destilation.config import Config, Ui
from destilation.errors import ScreenError
from destilation.launch.folder import check_identity, folder_of
from destilation.storage.layout import RUN_LOG
from destilation.storage.lock import holder

LOOK_S = 0.02
Dashboard = Callable[[Callable[[], bool]], str]
"""Shows a run, and says how the user left it; it leaves by itself when what it is given says that nobody looks."""


def run_apart(config: Config, *, detach: bool, accept_change: bool) -> int:
    """Start the engine of this command line; the exit code.

    That is the engine's own, through the dashboard too; 0 for one that was let go. Raises ConfigError.
    """
    folder = folder_of(config)
    if not accept_change:
        check_identity(folder, config)
    with ExitStack() as files:
        said = files.enter_context(tempfile.TemporaryFile())
        engine = Engine(folder, said, leashed=not detach)
        if not engine.wait_until_up():
            return engine.tell_end()
        if detach:
            print(f"{config.job.name} runs as process {engine.pid}.")
            print(f"  destilation watch {os.path.relpath(folder)}     destilation stop {os.path.relpath(folder)}")
            return 0
        return engine.show(show_folder(folder, config.ui), continues=config.job.on_terminal_close == "continue")


def show_folder(folder: Path, look: Ui) -> Dashboard:
    """The dashboard on a folder."""

    def show(hung_up: Callable[[], bool]) -> str:
        from destilation.tui.app import watch

        return watch(folder, owner=True, look=look, hung_up=hung_up)

    return show


def _shown(dashboard: Dashboard, hung_up: Callable[[], bool]) -> str:
    try:
        return dashboard(hung_up)
    except Exception as error:
        if not hung_up():
            # Of other errors no words: who knows what they quote.
            words = str(error) if isinstance(error, ScreenError) else f"the screen broke: {type(error).__name__}"
            print(f"{words}; the run goes on", file=sys.stderr)
        return "broken"


class Engine:
    """The process. Started in a session of its own, so that what ends a terminal does not end it.

    A leashed one notices when this process goes away.
    """

    def __init__(self, folder: Path, said: IO[bytes], *, leashed: bool) -> None:
        self._folder = folder
        self._said = said
        self._log = folder / RUN_LOG
        self._log_at = self._log.stat().st_size if self._log.exists() else 0
        words = sys.argv[sys.argv.index("run") + 1 :]
        kind = "leash" if leashed else "free"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "destilation", "run", *words, "--no-detach", "--ui", "none", "--headless", kind],
            stdin=subprocess.PIPE if leashed else subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.poll()

    def wait_until_up(self) -> bool:
        """Return when it holds the folder (True) or has ended before that was seen."""
        while self._process.poll() is None:
            found = holder(self._folder)
            if found is not None and found.pid == self.pid:
                return True
            time.sleep(LOOK_S)
        return False

    def let_go(self) -> None:
        """It goes on whatever becomes of this process."""
        if self._process.stdin is not None:
            self._process.stdin.write(LET_GO)
            self._process.stdin.close()
            self._process.stdin = None

    def tell_end(self) -> int:
        """Wait for its end, print what it said, and return its exit code."""
        code = self._process.wait()
        self._said.seek(0)
        before = self._said.read()
        sys.stderr.write(before.decode("utf-8", "replace"))
        if self._log.exists():
            size = self._log.stat().st_size
            with self._log.open("rb") as log:
                log.seek(self._log_at if size >= self._log_at else 0)
                print(log.read().decode("utf-8", "replace"), end="")
        return code if code >= 0 else 128 - code

    def show(self, dashboard: Dashboard, *, continues: bool) -> int:
        """Show it until its end, or until the user lets it go; in plain lines where the dashboard breaks.

        `continues` says that it goes on when the terminal is closed.
        """
        told: list[int] = []
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda number, _frame: self._hang_up(number, continues=continues))
        signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
        left = _shown(dashboard, lambda: bool(told))
        if told:
            self._process.send_signal(told[0])
        if left == "detach":
            self.let_go()
            print(f"detached; the run goes on: destilation watch {os.path.relpath(self._folder)}")
            return 0
        if self.exit_code is None:
            follow(self._folder, lambda: self.exit_code is None)
        return self.tell_end()

    def _hang_up(self, number: int, *, continues: bool) -> NoReturn:
        """The terminal is gone: the engine does as the job says, and this process ends as it does.

        No terminal is left to be put in order, and what reads it would read its end for ever.
        """
        quiet, _ = os.pipe()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for source, target in ((quiet, 0), (nowhere, 1), (nowhere, 2)):
            os.dup2(source, target)
        if continues:
            self.let_go()
            os._exit(128 + number)
        self._process.send_signal(number)
        code = self._process.wait()
        os._exit(code if code >= 0 else 128 - code)
