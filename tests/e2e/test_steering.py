"""A job in another process, steered from outside: each verb returns when the engine has confirmed."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from tests.e2e.command import destilation, lines, metadata, start

SLOW = ("run", "-p", "mock", "-n", "100000", "--name", "job", "-j", "4", "--set", "providers.mock.latency_s=0.2", "-q")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Popen[bytes]]:
    """A slow job that has some samples."""
    process = start(*SLOW, cwd=tmp_path)
    samples = tmp_path / "datasets" / "job" / "samples.jsonl"
    wait_until(lambda: samples.exists() and samples.stat().st_size > 0)
    yield process
    process.kill()
    process.wait()


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Until it is so; fails after a while."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_job_is_steered(running: Popen[bytes], tmp_path: Path) -> None:
    """Pause, resume, set and stop reach the engine, in its own words; the folder keeps the new target."""
    folder = tmp_path / "datasets" / "job"

    def typed(*args: str, code: int = 0) -> str:
        done = destilation(*args, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert typed("pause", "job").startswith("paused")
    time.sleep(0.6)
    asked = len(lines(folder / "completions.jsonl"))
    time.sleep(0.6)
    assert len(lines(folder / "completions.jsonl")) == asked
    assert metadata(folder)["paused"] is True
    assert typed("resume", "job") == "going on\n"
    said = typed("set", "job", "concurrency=32", "target=200000", "budget_usd=4", "mock.share=2")
    assert said.splitlines() == [
        "32 requests in flight",
        "target 200,000",
        "budget $4.00, $0.00 of it spent",
        "mock has a share of 2",
    ]
    wait_until(lambda: metadata(folder)["providers"]["mock"]["in_flight"] == 32)
    assert "no other provider would be left" in typed("set", "job", "mock=retired", code=2)
    assert "did you mean target?" in typed("set", "job", "taget=1", code=2)
    with (folder / ".control.jsonl").open("ab") as file:
        file.write(b"\x1b]52;c;evil\x07\n")
    assert typed("stop", "job").startswith("stopping")
    assert running.wait(30) == 130
    assert metadata(folder)["state"] == "interrupted"
    assert "target = 200000" in (folder / "job.toml").read_text()
    told = lines(folder / ".events.jsonl")
    assert [each["kind"] for each in told if each["kind"] in ("paused", "resumed", "stopping")] == [
        "paused",
        "resumed",
        "stopping",
    ]
    assert sum(each["kind"] == "command_refused" for each in told) == 2
    assert "no run is under way" in typed("stop", "job", code=2)
    assert typed("verify", "job")


def test_a_raised_target_is_met_exactly(tmp_path: Path) -> None:
    """A job near its end goes on to the new target, to the sample."""
    args = [*SLOW]
    args[4] = "160"
    process = start(*args, cwd=tmp_path)
    folder = tmp_path / "datasets" / "job"
    wait_until(lambda: (folder / ".events.jsonl").exists())
    assert destilation("set", "job", "target=177", "concurrency=50", cwd=tmp_path).returncode == 0
    assert process.wait(30) == 0
    assert len(lines(folder / "samples.jsonl")) == 177
    assert (metadata(folder)["state"], metadata(folder)["target"]) == ("met", 177)
