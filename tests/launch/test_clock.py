"""The wall clock may say what it likes: it is only written down."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from destilation.config import Override, load
from destilation.launch.run import Report, run
from destilation.launch.verify import verify

DAY = timedelta(days=1)


def clock(times: Iterator[datetime]) -> Callable[[], datetime]:
    """A clock that says one time after the other."""
    return lambda: next(times)


def jumping(start: datetime, step: timedelta, jump: timedelta) -> Iterator[datetime]:
    """Times with a jump at every tenth."""
    now = start
    for number in itertools.count(1):
        yield now
        now += jump if number % 10 == 0 else step


@pytest.mark.parametrize(
    "times",
    [
        lambda: jumping(datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), timedelta(milliseconds=1), timedelta(0)),
        lambda: jumping(datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), timedelta(seconds=1), timedelta(hours=1)),
        lambda: jumping(datetime(2026, 6, 1, tzinfo=UTC), timedelta(milliseconds=1), -DAY),
        lambda: jumping(datetime(2026, 6, 1, tzinfo=UTC), timedelta(milliseconds=1), DAY),
    ],
    ids=["1999", "2038", "a day back again and again", "a day on again and again"],
)
def test_any_clock(times: Callable[[], Iterator[datetime]], tmp_path: Path) -> None:
    """With any wall clock the target is met, no rate or duration is negative or absurd, and the folder continues."""
    first, second = (made(tmp_path, clock(times()), target) for target in (40, 80))
    assert (first.state, second.state) == ("met", "met")
    assert verify(second.folder).faults == ()
    document = json.loads((second.folder / "metadata.json").read_text())
    assert 0 < document["throughput_per_minute"] < 1e9
    assert 0 < document["elapsed_s"] < 60


def made(folder: Path, now: Callable[[], datetime], target: int) -> Report:
    """A run by that clock."""
    values = {
        "job.target": target, "job.out": str(folder), "job.name": "job", "job.mix": [{"provider": "mock"}],
        "providers.mock.kind": "mock", "providers.mock.invalid": 0.3, "providers.mock.latency_s": 0.01,
    }  # fmt: skip
    config = load(None, overrides=[Override(key, value, key) for key, value in values.items()], env={})
    return asyncio.run(run(config, env={}, now=now))
