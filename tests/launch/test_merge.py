"""Folders become one: nothing twice, everything with its provenance, and a folder like any other."""

import json
from pathlib import Path

import pytest

from destilation.config import Override, load
from destilation.errors import ConfigError, DamagedError, FolderInUseError
from destilation.launch.holding import holding
from destilation.launch.merge import Merged, merge
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.storage.disk import Disk
from tests.e2e.command import destilation, lines
from tests.exports.folders import folder_of
from tests.launch.test_drop import made as job_of
from tests.launch.test_drop import twins


def merged(sources: list[Path], target: Path, **job: object) -> Merged:
    """Merge with the first folder's configuration."""
    values = {"out": str(target.parent), "name": target.name, **job}
    overrides = [Override(f"job.{key}", value, key) for key, value in values.items()]
    return merge(sources, load(sources[0] / "job.toml", overrides=overrides, env={}), target)


def test_two_runs_become_one(tmp_path: Path) -> None:
    """Runs with refusals in their ledgers: samples, answers and rejections of both, valid, and a run goes on from it."""
    first: Report = job_of(tmp_path / "a", **{"job.seed": 1})[0]
    second: Report = job_of(tmp_path / "b", **{"job.seed": 2})[0]
    sources = [first.folder, second.folder]
    before = {
        source: {name: (source / name).read_bytes() for name in ("samples.jsonl", "completions.jsonl")}
        for source in sources
    }
    found = merged(sources, tmp_path / "m")
    assert found.samples == sum(found.taken.values())
    assert sum(found.taken.values()) + sum(found.duplicates.values()) == 120
    assert verify(tmp_path / "m").faults == ()
    origins = lines(tmp_path / "m" / "provenance.jsonl")
    assert [origin["sample"] for origin in origins] == list(range(1, found.samples + 1))
    ledger = lines(tmp_path / "m" / "completions.jsonl")
    assert len({(answer["task"], answer["attempt"]) for answer in ledger}) == len(ledger)
    assert len(ledger) == sum(len(lines(source / "completions.jsonl")) for source in sources)
    for source, files in before.items():
        assert {name: (source / name).read_bytes() for name in files} == files
    metadata = json.loads((tmp_path / "m" / "metadata.json").read_text())
    assert metadata["accepted"] == metadata["target"] == found.samples
    assert destilation("run", str(tmp_path / "m"), cwd=tmp_path, env={"MOCK_KEY": "sk-x"}).returncode == 0
    assert destilation("export", str(tmp_path / "m"), "--format", "trl", "--check", cwd=tmp_path).returncode == 0


def test_duplicates_are_told_across(tmp_path: Path) -> None:
    """Equal and near-equal samples of later folders are left out, and stay out when a run begins."""
    long = "How does the height of the tide at a harbour depend on the phase of the moon and the shape of the coast"
    a = folder_of(
        tmp_path / "a", "simple_qa", [{"question": f"{long}?", "answer": "x"}, {"question": "Two?", "answer": "y"}]
    )
    b = folder_of(
        tmp_path / "b",
        "simple_qa",
        [
            {"question": "two?", "answer": "z"},
            {"question": f"{long} there?", "answer": "w"},
            {"question": "Three?", "answer": "v"},
        ],
    )
    found = merged([a, b], tmp_path / "m")
    assert (found.taken, found.duplicates) == ({str(a): 2, str(b): 1}, {str(a): 0, str(b): 2})
    reasons = [line["reasons"][0] for line in lines(tmp_path / "m" / "rejections.jsonl")]
    assert reasons[0] == "equal to sample 2 of the merged dataset"
    assert reasons[1].endswith("similar to sample 1 of the merged dataset")
    kept = (tmp_path / "m" / "samples.jsonl").read_bytes()
    assert destilation("run", str(tmp_path / "m"), cwd=tmp_path).returncode == 0
    assert (tmp_path / "m" / "samples.jsonl").read_bytes() == kept
    exact = merged([a, b], tmp_path / "n", **{"dedup.threshold": 1.0})
    assert exact.duplicates[str(b)] == 1


def test_what_cannot_be_merged(tmp_path: Path) -> None:
    """Other templates, a target that is there, a folder in use, a damaged one: one sentence, and no folder is left."""
    a, b = folder_of(tmp_path / "a", "simple_qa"), folder_of(tmp_path / "b", "reasoning")
    with pytest.raises(ConfigError, match="holds template 'reasoning', a template 'simple_qa'"):
        merged([a, b], tmp_path / "m")
    with pytest.raises(ConfigError, match="is there already"):
        merged([a, a], b)
    c = folder_of(tmp_path / "c", "simple_qa")
    with holding(c, Disk()), pytest.raises(FolderInUseError):
        merged([a, c], tmp_path / "m")
    path = c / "samples.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Third?", b"Fourth?"))
    with pytest.raises(DamagedError, match=r"does not tell of line 3.*--repair"):
        merged([a, c], tmp_path / "m")
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_dir()) == ["a", "b", "c"]
    for args, wanted in ((["a"], "at least two"), (["a", "a"], "named twice")):
        done = destilation("merge", *args, "--out", "m", cwd=tmp_path)
        assert (done.returncode, wanted in done.stderr) == (2, True)


def test_refusals_name_samples_of_the_whole(tmp_path: Path) -> None:
    """What was refused for its likeness with a sample names it by its number in the merged dataset."""
    sources = [job_of(tmp_path / name, 0.0, 0.4, **{"job.seed": 1 + (name == "b")})[0].folder for name in "ab"]
    before = [sample for source in sources for sample in twins(source).values()]
    merged(sources, tmp_path / "m")
    after = list(twins(tmp_path / "m").values())
    kept = set((tmp_path / "m" / "samples.jsonl").read_text().splitlines())
    assert [sample for sample in before if sample in kept] == [
        s for s, was in zip(after, before, strict=True) if was in kept
    ]
    assert all(after)
