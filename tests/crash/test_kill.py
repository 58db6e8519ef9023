"""Killed and started again: exactly the target, nothing lost, nothing asked for twice."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.command import destilation, lines, start

TARGET = 400
RUN = ("run", "--provider", "mock", "--name", "job", "--target", str(TARGET))
SLOW = (
    "--set", "providers.mock.latency_s=0.05", "--set", "providers.mock.invalid=0.3",
    "--set", "providers.mock.duplicate=0.1", "--set", "providers.mock.failing=0.1", "-j", "16", "-q",
)  # fmt: skip


def _whole_lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def test_kill_nine_at_random_moments(tmp_path: Path, long: bool) -> None:
    """After kill -9 again and again the next run ends with exactly N, and no recorded answer is asked again."""
    chance = random.Random(5)
    for job in range(20 if long else 1):
        _killed_five_times(tmp_path / str(job), chance)


def test_kill_nine_where_records_come_together(tmp_path: Path, long: bool) -> None:
    """The same where one reply has the records of several tasks."""
    chance = random.Random(6)
    for job in range(20 if long else 1):
        _killed_five_times(tmp_path / str(job), chance, "--per-request", "4", "-j", "4")


def _killed_five_times(place: Path, chance: random.Random, *more: str) -> None:
    place.mkdir()
    folder = place / "datasets" / "job"
    kept: list[bytes] = []
    recorded: list[bytes] = []
    for _ in range(5):
        process = start(*RUN, *SLOW, *more, cwd=place)
        time.sleep(chance.uniform(0.2, 1.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = _whole_lines(folder / "samples.jsonl")
        assert now[: len(kept)] == kept
        kept = now
        answers = _whole_lines(folder / "completions.jsonl")
        assert answers[: len(recorded)] == recorded
        recorded = answers
    done = destilation(*RUN, *SLOW, *more, cwd=place)
    assert done.returncode == 0, done.stderr
    samples = (folder / "samples.jsonl").read_bytes().split(b"\n")[:-1]
    assert samples[: len(kept)] == kept
    assert len(samples) == len(set(samples)) == TARGET
    asked = [(line["task"], line["attempt"]) for line in lines(folder / "completions.jsonl")]
    assert len(asked) == len(set(asked))
    assert destilation("verify", "datasets/job", cwd=place).returncode == 0
    assert not list(folder.glob("*.tmp*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_drains_and_the_run_continues(number: int, code: int, tmp_path: Path) -> None:
    """The first signal keeps what is in flight and ends with its code; the same command meets the target."""
    folder = tmp_path / "datasets" / "job"
    process = start(*RUN, *SLOW, cwd=tmp_path)
    _wait_for_samples(folder, 20)
    process.send_signal(number)
    assert process.wait(20) == code
    answers = [answer for answer in lines(folder / "completions.jsonl") if answer.get("stage") != "topics"]
    assert len(answers) == len(lines(folder / "samples.jsonl")) + len(lines(folder / "rejections.jsonl"))
    assert destilation("verify", "datasets/job", cwd=tmp_path).returncode == 0
    assert destilation(*RUN, *SLOW, cwd=tmp_path).returncode == 0
    assert len(lines(folder / "samples.jsonl")) == TARGET


def test_the_second_signal_does_not_wait(tmp_path: Path) -> None:
    """With answers that take a minute, the second Ctrl-C ends the run within two seconds."""
    process = start(*RUN, "--set", "providers.mock.latency_s=60", "-q", cwd=tmp_path)
    folder = tmp_path / "datasets" / "job"
    _wait(lambda: (folder / "metadata.json").exists())
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(2) == 130
    assert destilation("verify", "datasets/job", cwd=tmp_path).returncode == 0


def test_two_processes_cannot_share_a_folder(tmp_path: Path) -> None:
    """A second run on the same folder ends with code 2 at once and says who has it; the first goes on."""
    folder = tmp_path / "datasets" / "job"
    first = start(*RUN, *SLOW, cwd=tmp_path)
    _wait_for_samples(folder, 5)
    second = destilation(*RUN, *SLOW, cwd=tmp_path, timeout=10)
    assert second.returncode == 2
    assert str(first.pid) in second.stderr
    assert first.wait(60) == 0
    assert len(lines(folder / "samples.jsonl")) == TARGET


def _wait_for_samples(folder: Path, count: int) -> None:
    _wait(lambda: len(_whole_lines(folder / "samples.jsonl")) >= count)


def _wait(ready: object, seconds: float = 20.0) -> None:
    assert callable(ready)
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)
