"""A folder told again: in order, at a speed, without long waits, and without telling anybody anything."""

import asyncio
from pathlib import Path

import pytest

from destilation.errors import ConfigError
from destilation.tui.app import Cockpit
from destilation.tui.replay import LONGEST_WAIT_S, Replay
from tests.e2e.command import destilation
from tests.tui.job import START, make_job


class Clock:
    """Time that is moved by hand."""

    def __init__(self) -> None:
        self.t = 0.0

    def __call__(self) -> float:
        return self.t


def test_at_a_speed(tmp_path: Path) -> None:
    """Ten times as fast: after six seconds a minute was told, and its rates are those of that minute."""
    clock = Clock()
    replay = Replay(make_job(tmp_path / "job"), 10.0, clock)
    replay.read()
    for _ in range(24):
        clock.t += 0.25
        replay.read()
    assert replay.now() == pytest.approx(START + 60.0)
    assert replay.board.progress.accepted == 39
    assert replay.board.rate(replay.now()) == pytest.approx(39.0, abs=1.0)
    assert (replay.running(), replay.board.state(), replay.board.elapsed(replay.now())) == (True, "RUNNING", 60.0)
    replay.close()


def test_to_the_end(tmp_path: Path) -> None:
    """Every fact once; then time stands still, and no run is under way."""
    clock = Clock()
    replay = Replay(make_job(tmp_path / "job"), 1_000.0, clock)
    count = len(replay.read())
    for _ in range(8):
        clock.t += 0.25
        count += len(replay.read())
    assert count == len((tmp_path / "job" / ".events.jsonl").read_bytes().splitlines())
    assert (replay.board.progress.accepted, replay.running()) == (200, False)
    assert replay.now() == replay.now()
    replay.close()


def test_long_waits_are_left_out(tmp_path: Path) -> None:
    """Nothing happens for at most two seconds on the screen, whatever happened in the folder."""
    folder = make_job(tmp_path / "job", 4)
    log = folder / ".events.jsonl"
    late = log.read_bytes().replace(b"2027-01-15T", b"2027-02-15T")
    assert late != log.read_bytes()
    log.write_bytes(log.read_bytes() + late)
    clock = Clock()
    replay = Replay(folder, 1.0, clock)
    for _ in range(4 * 20):
        clock.t += 0.25
        replay.read()
    assert clock.t > 12 + LONGEST_WAIT_S
    assert replay.board.progress.accepted == 8
    replay.close()


def test_nothing_is_steered(tmp_path: Path) -> None:
    """No key writes a command, and q leaves without a question; the folder stays as it is."""
    folder = make_job(tmp_path / "job")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    async def main() -> str | None:
        cockpit = Cockpit(Replay(folder, 10.0), owner=True)
        async with cockpit.run_test(size=(80, 24)) as pilot:
            for key in ("p", "plus", "4", "r", "1", "t", "9", "enter", "2", "3", "5", "up", "g", "g", "q"):
                await pilot.press(key)
                await pilot.pause()
        return cockpit.return_value

    assert asyncio.run(main()) == "left"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_nothing_to_play(tmp_path: Path) -> None:
    """A folder without events, and a speed without --replay, are told in a line."""
    with pytest.raises(ConfigError, match="there are no events"):
        Replay(tmp_path, 1.0)
    make_job(tmp_path / "job", 3)
    done = destilation("watch", "job", "--speed", "3", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    done = destilation("watch", str(tmp_path / "job"), "--replay", cwd=tmp_path)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
