"""A run as another program sees it: its facts on stdout, in the background, on a leash."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from destilation.storage.lock import holder
from tests.e2e.command import destilation, environment, lines, metadata

SLOW = ("-p", "mock", "--name", "job", "-j", "4", "--set", "providers.mock.latency_s=0.2")


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Until it is so; fails after a while."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_events_on_stdout(tmp_path: Path) -> None:
    """Each fact is one JSON line on stdout, the same as in the folder; progress and summary are on stderr."""
    done = destilation("run", "-p", "mock", "--name", "job", "-n", "30", "--events", "-", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told == lines(tmp_path / "datasets" / "job" / ".events.jsonl")
    assert [told[0]["kind"], told[-1]["kind"]] == ["run_started", "run_ended"]
    assert sum(each["kind"] == "accepted" for each in told) == 30
    assert "30 / 30 samples" in done.stderr


def test_events_in_a_file(tmp_path: Path) -> None:
    """A continued run adds its own facts only; the summary is on stdout as ever."""
    for target in ("10", "20"):
        args = ("run", "-p", "mock", "--name", "job", "-n", target, "--events", "facts.jsonl", "--ui", "none")
        done = destilation(*args, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"{target} / {target} samples" in done.stdout
        assert done.stderr == ""
    told = lines(tmp_path / "facts.jsonl")
    assert told == lines(tmp_path / "datasets" / "job" / ".events.jsonl")


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("--events", "-", "--json"), "--events - has stdout for itself"),
        (("--events", "-", "--detach"), "--events - has stdout for itself"),
        (("--events", "none/facts"), "--events: none/facts: No such file"),
        (("--ui", "fancy"), "'fancy' is not one of"),
    ],
)
def test_what_cannot_be_together(args: tuple[str, ...], wanted: str, tmp_path: Path) -> None:
    """Mistakes end with 2 before anything is written."""
    done = destilation("run", "-p", "mock", *args, cwd=tmp_path)
    assert done.returncode == 2
    assert wanted in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_in_the_background(tmp_path: Path) -> None:
    """The command returns while the run goes on in a session of its own, and says how to watch and stop it."""
    done = destilation("run", *SLOW, "-n", "100000", "--detach", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "destilation watch datasets/job" in done.stdout
    folder = tmp_path / "datasets" / "job"
    found = holder(folder)
    assert found is not None
    assert os.getsid(found.pid) == found.pid
    assert destilation("pause", "job", cwd=tmp_path).returncode == 0
    assert destilation("stop", "job", "--now", cwd=tmp_path).returncode == 0
    wait_until(lambda: holder(folder) is None)
    assert metadata(folder)["state"] == "interrupted"
    # The folder is let go before the summary is printed.
    wait_until(lambda: "interrupted" in (folder / "run.log").read_text())


def test_a_mistake_of_the_background_is_told(tmp_path: Path) -> None:
    """What ends it before it began is said by the command, with its exit code."""
    args = ("run", "-p", "openrouter", "-m", "x", "--domain", "d", "-n", "1", "--detach")
    done = destilation(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert "OPENROUTER_API_KEY" in done.stderr
    assert list(tmp_path.iterdir()) == []


def leashed(tmp_path: Path, *more: str) -> "subprocess.Popen[bytes]":
    """An engine that hangs on this process, with some samples."""
    process = subprocess.Popen(
        [sys.executable, "-m", "destilation", "run", *SLOW, "-n", "100000", "--headless", "leash", *more],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    samples = tmp_path / "datasets" / "job" / "samples.jsonl"
    wait_until(lambda: samples.exists() and samples.stat().st_size > 0)
    return process


def test_a_terminal_that_is_closed_drains(tmp_path: Path) -> None:
    """Where the dashboard goes away without a word the engine ends, with what was in flight, as hung up."""
    engine = leashed(tmp_path)
    assert engine.stdin is not None
    engine.stdin.close()
    assert engine.wait(20) == 128 + signal.SIGHUP
    assert metadata(tmp_path / "datasets" / "job")["state"] == "interrupted"
    assert destilation("verify", "job", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("how", ["let go", "configured"])
def test_a_terminal_that_is_closed_changes_nothing(how: str, tmp_path: Path) -> None:
    """Where the user detached, or the job says continue, the engine goes on."""
    engine = leashed(tmp_path, *(("--set", "job.on_terminal_close=continue") if how == "configured" else ()))
    assert engine.stdin is not None
    if how == "let go":
        engine.stdin.write(b"detach\n")
    engine.stdin.close()
    time.sleep(0.5)
    assert engine.poll() is None
    assert destilation("stop", "job", "--now", cwd=tmp_path).returncode == 0
    assert engine.wait(20) == 130


def test_watching_without_a_terminal(tmp_path: Path) -> None:
    """Plain lines until the run ends; of one that has ended it says where to look."""
    engine = leashed(tmp_path)
    said = tmp_path / "said"
    with said.open("w") as file:
        watcher = subprocess.Popen(
            [sys.executable, "-m", "destilation", "watch", "job"],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    wait_until(lambda: "inflight=4" in said.read_text())
    assert destilation("stop", "job", cwd=tmp_path).returncode == 0
    assert watcher.wait(20) == 0
    assert engine.wait(20) == 130
    assert engine.stdin is not None
    engine.stdin.close()
    done = destilation("watch", "job", cwd=tmp_path)
    assert (done.returncode, "no run is under way" in done.stderr) == (2, True)
