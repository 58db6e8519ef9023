"""Stored answers are judged again without a call; what is durable mends the rest."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from destilation.config import Config, Override, load
from destilation.core.events import Healed
from destilation.errors import ConfigError, DamagedError
from destilation.launch.rebuild import rebuild
from destilation.launch.reparse import reparse
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from destilation.storage.fold import read_metadata
from tests.mockserver.running import job, scenario, table


def made(folder: Path, **more: Any) -> tuple[Report, int]:
    """A dataset whose validator was too strict, and how many requests its server saw."""

    async def main() -> tuple[Report, int]:
        async with MockServer(scenario(invalid=0.2)) as server:
            report = await job(folder, {"far": table(server)}, target=60, **more)
            return report, server.ledger.requests

    return asyncio.run(main())


def configured(folder: Path, **job_keys: Any) -> Config:
    """The folder's configuration with some keys of `[job]` changed."""
    return load(folder / "job.toml", overrides=[Override(f"job.{key}", each, key) for key, each in job_keys.items()])


def lines(folder: Path, name: str = "samples.jsonl") -> list[str]:
    """The lines of a file."""
    return (folder / name).read_text().splitlines()


def test_a_mistaken_check_is_undone(tmp_path: Path) -> None:
    """What a check refused by mistake is recovered into a folder that a run can continue, with no request."""
    report, requests = made(tmp_path, **{"job.checks.min_chars": {"answer": 175}, "max_attempts": 1})
    refused = report.reasons["too_short"]
    assert refused > 5
    found = reparse(report.folder, configured(report.folder, **{"checks.min_chars": {}}), tmp_path / "again")
    assert (found.answers, found.before, found.accepted) == (requests, 60, 60 + refused)
    assert (found.gained, found.lost, found.kept) == (refused, 0, None)
    assert set(lines(report.folder)) <= set(lines(found.folder))
    assert lines(found.folder, "completions.jsonl") == lines(report.folder, "completions.jsonl")
    assert verify(found.folder).faults == ()
    document = read_metadata(found.folder)
    assert document is not None
    assert (document["accepted"], document["state"], document["attempts"]) == (60 + refused, "met", requests)
    assert verify(report.folder).samples == 60


def test_a_stricter_check_drops_and_a_run_refills(tmp_path: Path) -> None:
    """In place, a stricter check takes samples away, the old ones are kept beside, and the next run fills up."""
    report, _ = made(tmp_path)
    before = lines(report.folder)
    found = reparse(report.folder, configured(report.folder, **{"checks.min_chars": {"answer": 175}}), None)
    assert found.folder == report.folder
    assert found.kept is not None
    assert found.lost > 0
    assert found.accepted == 60 - found.lost
    assert found.kept.read_text().splitlines() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [found.folder.name]
    assert verify(found.folder).faults == ()
    again, _ = made(tmp_path, **{"job.checks.min_chars": {"answer": 175}})
    assert (again.state, again.began_with) == ("met", found.accepted)
    assert verify(report.folder).faults == ()


def test_the_same_rules_give_the_same(tmp_path: Path) -> None:
    """Judged by the same rules the answers give the same samples."""
    report, _ = made(tmp_path)
    found = reparse(report.folder, configured(report.folder), tmp_path / "again")
    assert (found.gained, found.lost) == (0, 0)
    assert sorted(lines(found.folder)) == sorted(lines(report.folder))


def test_what_cannot_be_judged_again(tmp_path: Path) -> None:
    """No ledger, a target that is there, a damaged line: one sentence each, and nothing is changed."""
    report, _ = made(tmp_path)
    config = configured(report.folder)
    with pytest.raises(ConfigError, match="is there already"):
        reparse(report.folder, config, tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ConfigError, match="nothing to judge"):
        reparse(empty, config, tmp_path / "x")
    ledger = report.folder / "completions.jsonl"
    ledger.write_text(ledger.read_text().replace('"task":2,', '"task":"two",', 1))
    with pytest.raises(DamagedError, match=r"completions\.jsonl:"):
        reparse(report.folder, config, tmp_path / "y")


@pytest.mark.parametrize("damage", ["metadata gone", "metadata lies", "torn sample", "short provenance", "nothing"])
def test_mending(damage: str, tmp_path: Path) -> None:
    """Torn tails, a provenance that is too short, and metadata are mended; no whole sample is removed."""
    report, _ = made(tmp_path)
    folder, kept = report.folder, 60
    metadata, samples, provenance = (folder / name for name in ("metadata.json", "samples.jsonl", "provenance.jsonl"))
    if damage == "metadata gone":
        metadata.unlink()
    elif damage == "metadata lies":
        metadata.write_text(json.dumps({**json.loads(metadata.read_text()), "accepted": 7}))
    elif damage == "torn sample":
        samples.write_bytes(samples.read_bytes() + b'{"question": "a')
    elif damage == "short provenance":
        provenance.write_text("\n".join(lines(folder, "provenance.jsonl")[:-1]) + "\n")
    before = lines(folder)[:kept]
    healed = rebuild(folder, configured(folder))
    assert all(isinstance(each, Healed) for each in healed)
    assert bool(healed) == (damage != "nothing")
    assert lines(folder) == before
    assert verify(folder).faults == ()


def test_what_cannot_be_mended_is_left(tmp_path: Path) -> None:
    """A bad line in the middle is told and left as it is."""
    report, _ = made(tmp_path)
    samples = report.folder / "samples.jsonl"
    whole = samples.read_bytes().splitlines(keepends=True)
    samples.write_bytes(b"".join([*whole[:5], b"nonsense\n", *whole[6:]]))
    copy = tmp_path / "copy"
    shutil.copytree(report.folder, copy)
    with pytest.raises(DamagedError, match=r"samples\.jsonl"):
        rebuild(report.folder, configured(report.folder))
    assert samples.read_bytes() == (copy / "samples.jsonl").read_bytes()
