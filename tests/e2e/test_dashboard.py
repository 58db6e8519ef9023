"""The dashboard on a real terminal, with the engine in a process of its own: ways out and their exit codes."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from destilation.storage.lock import holder
from tests.e2e.command import destilation, environment, metadata

RUN = ("run", "-p", "mock", "--name", "job", "-j", "4", "--set", "providers.mock.latency_s=0.1", "-n")


class Terminal:
    """A command on a terminal of 100 x 30, and what it drew."""

    def __init__(self, place: Path, *args: str, module: bool = True, env: dict[str, str] | None = None) -> None:
        self.drawn = b""
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            os.chdir(place)
            words = [sys.executable, *(("-m", "destilation") if module else ()), *args]
            os.execve(sys.executable, words, environment({"TERM": "xterm-256color", **(env or {})}))
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._terminal, 65_536):
                self.drawn += data
        except OSError:
            pass

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def wait(self) -> int:
        """Its exit code."""
        end = time.monotonic() + 30
        while True:
            found, status = os.waitpid(self.process, os.WNOHANG)
            if found:
                break
            assert time.monotonic() < end, self.drawn[-2_000:]
            time.sleep(0.05)
        self._reader.join(5)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Until it is so; fails after a while."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_detaching_leaves_the_run(tmp_path: Path) -> None:
    """d goes back to the shell with 0; the run goes on, and another dashboard opens on it and leaves again."""
    folder = tmp_path / "datasets" / "job"
    shown = Terminal(tmp_path, *RUN, "100000")
    wait_until(lambda: b"RUNNING" in shown.drawn)
    shown.press("d")
    assert shown.wait() == 0
    assert b"the run goes on" in shown.drawn
    assert holder(folder) is not None
    watcher = Terminal(tmp_path, "watch", "job")
    wait_until(lambda: b"RUNNING" in watcher.drawn)
    watcher.press("q")
    assert watcher.wait() == 0
    assert holder(folder) is not None
    assert destilation("stop", "job", "--now", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(("keys", "code", "state"), [("qs", 130, "interrupted"), ("\x03", 130, "interrupted")])
def test_the_exit_code_is_the_engines(keys: str, code: int, state: str, tmp_path: Path) -> None:
    """Stopped from the dashboard, by its key or Ctrl-C, the command ends as the engine does, with its summary."""
    shown = Terminal(tmp_path, *RUN, "100000")
    wait_until(lambda: b"RUNNING" in shown.drawn)
    for key in keys:
        shown.press(key)
        time.sleep(0.5)
    if keys == "\x03":
        wait_until(lambda: holder(tmp_path / "datasets" / "job") is None)
        time.sleep(1.5)
        shown.press("q")
    assert shown.wait() == code
    assert metadata(tmp_path / "datasets" / "job")["state"] == state
    assert b"missing; the same command continues" in shown.drawn


def test_a_run_that_meets_its_target(tmp_path: Path) -> None:
    """The last screen stays until q, and the code is 0."""
    shown = Terminal(tmp_path, *RUN, "12")
    wait_until(lambda: b"DONE" in shown.drawn)
    shown.press("q")
    assert shown.wait() == 0
    assert b"12 / 12 samples" in shown.drawn


def test_a_dashboard_that_is_terminated(tmp_path: Path) -> None:
    """SIGTERM reaches the engine, and the command ends as that does."""
    shown = Terminal(tmp_path, *RUN, "100000")
    wait_until(lambda: b"RUNNING" in shown.drawn)
    os.kill(shown.process, signal.SIGTERM)
    assert shown.wait() == 128 + signal.SIGTERM
    assert metadata(tmp_path / "datasets" / "job")["state"] == "interrupted"


BREAKS = """
import os, sys, tempfile
from pathlib import Path
from destilation.cli.engine import Engine
from destilation.tui.app import Cockpit
from destilation.tui.feed import Feed

calls = []
def now():
    calls.append(1)
    key = os.environ["OPENROUTER_API_KEY"]
    if len(calls) > 40:
        raise ValueError(f"bad {key}")
    return 1_800_000_300.0

sys.argv = ["destilation", "run", *sys.argv[1:]]
folder = Path("datasets/job")
with tempfile.TemporaryFile() as said:
    engine = Engine(folder, said, leashed=True)
    assert engine.wait_until_up()
    code = engine.show(lambda hung_up: Cockpit(Feed(folder, now), owner=True).show() or "left", continues=False)
print("ENDED", code)
"""


def test_a_dashboard_that_breaks_harms_no_run(tmp_path: Path) -> None:
    """One line says so, without a secret; plain lines follow, and the run meets its target."""
    (tmp_path / "breaks.py").write_text(BREAKS)
    words = (str(tmp_path / "breaks.py"), *RUN[1:], "60")
    shown = Terminal(tmp_path, *words, module=False, env={"OPENROUTER_API_KEY": "canary-7c21"})
    assert shown.wait() == 0
    assert b"the screen broke: ValueError, tui/" in shown.drawn
    assert b"; the run goes on" in shown.drawn
    assert b"ENDED 0" in shown.drawn
    assert b"60 / 60 samples" in shown.drawn
    assert metadata(tmp_path / "datasets" / "job")["state"] == "met"
    assert b"canary-7c21" not in shown.drawn
    assert b"Traceback" not in shown.drawn


def test_a_replay_on_a_terminal(tmp_path: Path) -> None:
    """It says what it is, plays to the end of the run, and q leaves."""
    assert destilation("run", "-p", "mock", "--name", "job", "-n", "30", cwd=tmp_path).returncode == 0
    shown = Terminal(tmp_path, "watch", "job", "--replay", "--speed", "5", "--ascii")
    wait_until(lambda: b"DONE" in shown.drawn)
    shown.press("q")
    assert shown.wait() == 0
    assert b"replay, 5 times as fast" in shown.drawn
