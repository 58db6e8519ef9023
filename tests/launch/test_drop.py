"""Samples are removed, the ledger stays, and a run refills without asking for anything again."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from destilation.config import load
from destilation.errors import ConfigError
from destilation.launch.drop import condition, drop
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from tests.mockserver.running import job, scenario, table


def made(folder: Path, invalid: float = 0.1, near_duplicate: float = 0.0, **more: Any) -> tuple[Report, int]:
    """A dataset of two models, and how many requests there were."""

    async def main() -> tuple[Report, int]:
        async with MockServer(scenario(invalid=invalid, near_duplicate=near_duplicate)) as server:
            mix = [{"provider": "far", "model": name} for name in ("mock-small", "mock-large")]
            report = await job(folder, {"far": table(server)}, target=60, mix=mix, **more)
            return report, server.ledger.requests

    return asyncio.run(main())


def test_dropped_and_refilled(tmp_path: Path) -> None:
    """One model's samples go, the others stay in order, and the next run asks for just as many new ones."""
    report, _ = made(tmp_path)
    folder, config = report.folder, load(report.folder / "job.toml")
    before = (folder / "samples.jsonl").read_text().splitlines()
    ledger = (folder / "completions.jsonl").read_bytes()
    where = [condition("model=mock-small"), condition("after=2020")]
    counted = drop(folder, config, where, dry_run=True)
    assert counted.kept is None
    assert verify(folder).samples == 60
    found = drop(folder, config, where)
    assert (found.dropped, found.left) == (counted.dropped, counted.left)
    assert 20 <= found.dropped <= 40
    left = (folder / "samples.jsonl").read_text().splitlines()
    assert [line for line in before if line in left] == left
    assert "mock-small" not in (folder / "provenance.jsonl").read_text()
    assert (folder / "completions.jsonl").read_bytes() == ledger
    assert verify(folder).faults == ()
    assert found.kept is not None
    kept = found.kept.read_text().splitlines()
    assert sorted(kept + left) == sorted(before)
    again, requests = made(tmp_path)
    assert (again.state, again.began_with) == ("met", found.left)
    assert requests < found.dropped * 1.6
    assert verify(folder).faults == ()
    now = set((folder / "samples.jsonl").read_text().splitlines())
    assert set(left) <= now


def test_nothing_fits(tmp_path: Path) -> None:
    """Where no sample fits nothing is changed; a bad condition is told."""
    report, _ = made(tmp_path)
    config = load(report.folder / "job.toml")
    assert drop(report.folder, config, [condition("before=2020")]).kept is None
    assert drop(report.folder, config, [condition("task=99999")]).dropped == 0
    for text in ("colour=red", "model", "model="):
        with pytest.raises(ConfigError, match="--where wants"):
            condition(text)


def twins(folder: Path) -> dict[tuple[int, int], str | None]:
    """For each refusal that names a sample, that sample; None where it is not there any more."""
    samples = (folder / "samples.jsonl").read_text().splitlines()
    refused = [json.loads(line) for line in (folder / "rejections.jsonl").read_text().splitlines()]
    named = {"near_duplicate", "duplicate"}
    return {
        (each["task"], each["attempt"]): samples[each["twin"] - 1] if each.get("twin") else None
        for each in refused
        if set(each["codes"]) & named
    }


def test_refusals_name_the_same_samples_afterwards(tmp_path: Path) -> None:
    """The samples get other numbers, and what was refused for its likeness with one still names it, if it is there."""
    report = made(tmp_path, invalid=0.0, near_duplicate=0.7)[0]
    before = twins(report.folder)
    assert len(before) > 5 and all(before.values()) and len(set(before.values())) > 1
    origins = [json.loads(line) for line in (report.folder / "provenance.jsonl").read_text().splitlines()]
    samples = (report.folder / "samples.jsonl").read_text().splitlines()
    one = samples.index(min(filter(None, before.values()), key=samples.index))
    found = drop(report.folder, load(report.folder / "job.toml"), [condition(f"task={origins[one]['task']}")])
    assert found.kept is not None
    gone = set(found.kept.read_text().splitlines())
    assert gone == {samples[one]}
    after = twins(report.folder)
    assert {key: None if sample in gone else sample for key, sample in before.items()} == after
    assert None in after.values() and any(after.values())
