"""A start with the index file comes to what a start without it does, whatever became of the file and of the others."""

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import destilation
from destilation.config import Config, Override, load
from destilation.core.progress_state import state_of
from destilation.errors import DestilationError
from destilation.launch.recover import recover
from destilation.storage.dataset import Dataset
from destilation.storage.layout import COMPLETIONS, INDEX, PROVENANCE, REJECTIONS, SAMPLES, TRUTH

Seen = dict[str, Any]


def run(out: Path, target: int) -> Path:
    """A job of the mock with refusals and duplicates, run to that target."""
    mock = {"kind": "mock", "invalid": 0.3, "duplicate": 0.1}
    folder: Path = destilation.run(
        providers={"mock": mock}, name="job", out=str(out), target=target, mix=[{"provider": "mock"}]
    ).folder
    return folder


def started(folder: Path, config: Config) -> tuple[Seen, bool]:
    """All that a start knows of a folder, and whether the index file had all of it."""
    dataset = Dataset.open(folder, durability="none", now=lambda: datetime.now(UTC))
    try:
        known = recover(dataset, config, config.job.dedup.threshold)
        state = {name: [bytes(piece) for piece in pieces] for name, pieces in known.seen.state().items()}
        files = {name: tally.prefix for name, tally in dataset._tallies.items()}
        ledger = dataset._ledger.state
        recovered = {each: getattr(known.recovered, each) for each in known.recovered.__struct_fields__}
        recovered["recollection"] = known.recovered.recollection.state
        told = {"ledger": ledger, "seeds": sorted(ledger.seeds), "files": files, "progress": state_of(known.progress)}
        return {
            **told,
            "recovered": recovered,
            "index": {k: b"".join(v) for k, v in state.items()},
        }, dataset.indexed
    finally:
        asyncio.run(dataset.close())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of a job at 30 samples and at 60: `early` and `late`."""
    place = tmp_path_factory.mktemp("made")
    for target, name in ((30, "early"), (60, "late")):
        shutil.copytree(run(place, target), place / name)
    return place


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of the late one."""
    shutil.copytree(made / "late", tmp_path / "job")
    return tmp_path / "job"


def config_of(folder: Path, **job: Any) -> Config:
    """The folder's configuration, with some keys changed."""
    return load(folder / "job.toml", overrides=[Override(f"job.{key}", each, key) for key, each in job.items()], env={})


def without(folder: Path, config: Config) -> Seen:
    """What a start knows of a copy that has no index file."""
    bare = folder.with_name("bare")
    shutil.copytree(folder, bare, ignore=shutil.ignore_patterns(INDEX))
    try:
        return started(bare, config)[0]
    finally:
        shutil.rmtree(bare)


def test_it_has_all_that_a_run_left(folder: Path) -> None:
    """After a run the file has everything, and it is what the other files say."""
    found, indexed = started(folder, config_of(folder))
    assert indexed
    assert found == without(folder, config_of(folder))
    assert len(found["recovered"]["unsettled"]) == 0


def test_with_lines_that_were_written_after_it(made: Path, folder: Path) -> None:
    """An older file and the tails of the others come to the same."""
    shutil.copy(made / "early" / INDEX, folder / INDEX)
    found, indexed = started(folder, config_of(folder))
    assert not indexed
    assert found == without(folder, config_of(folder))


@pytest.mark.parametrize("name", [SAMPLES, PROVENANCE, COMPLETIONS, REJECTIONS])
@pytest.mark.parametrize("cut", [1, 400])
def test_with_lines_that_are_gone(name: str, cut: int, folder: Path) -> None:
    """Where the end of a file is lost the index file is not believed, and the folder is mended as without it."""
    path = folder / name
    path.write_bytes(path.read_bytes()[:-cut])
    bare = without(folder, config_of(folder))
    found, _ = started(folder, config_of(folder))
    assert found["index"] == bare["index"]
    assert found["progress"] == bare["progress"]
    assert started(folder, config_of(folder))[0] == without(folder, config_of(folder))


@pytest.mark.parametrize("name", [each for each in TRUTH if each != "charges.jsonl"])
def test_a_changed_byte_is_noticed(name: str, folder: Path) -> None:
    """One letter of any line, however early: what a start says is what it says without the index file."""
    chance, config = random.Random(name), config_of(folder)
    for _ in range(8):
        place = folder.with_name(f"job{chance.random()}")
        shutil.copytree(folder, place)
        data = bytearray((place / name).read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)
        (place / name).write_bytes(data)
        bare = place.with_name("bare")
        shutil.copytree(place, bare)
        (bare / INDEX).unlink()
        outcomes = []
        for each in (bare, place):
            try:
                outcomes.append(started(each, config)[0]["index"])
            except DestilationError as error:
                outcomes.append(str(error).replace(str(each), ""))
        assert outcomes[0] == outcomes[1]
        shutil.rmtree(bare)


def flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize(
    "spoil",
    [
        *(lambda data, at=at: data[: len(data) * at // 8] for at in range(8)),
        *(lambda data, seed=seed: flipped(data, random.Random(seed)) for seed in range(24)),
        *(lambda data, seed=seed: flipped(data[:400], random.Random(seed)) + data[400:] for seed in range(24)),
        lambda data: data + b"\0",
        lambda data: data.replace(b"index 1.", b"index 2.", 1),
        lambda _: b"destilation index 1.1 little 99999999999999999999 0\n",
        lambda _: b"\xff\xfe\n" * 9,
    ],
)
def test_a_spoilt_index_file_is_no_index_file(spoil: Callable[[bytes], bytes], folder: Path) -> None:
    """Cut, changed, lengthened or of another version: it is not used, and nothing is said."""
    path = folder / INDEX
    path.write_bytes(spoil(path.read_bytes()))
    found, indexed = started(folder, config_of(folder))
    assert not indexed
    assert found == without(folder, config_of(folder))


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_file(kind: str, folder: Path) -> None:
    """A pipe, a folder or a link of that name is not waited for, and not followed."""
    (folder / INDEX).rename(folder.with_name("elsewhere"))
    if kind == "pipe":
        os.mkfifo(folder / INDEX)
    elif kind == "folder":
        (folder / INDEX).mkdir()
    else:
        (folder / INDEX).symlink_to(folder.with_name("elsewhere"))
    assert not started(folder, config_of(folder))[1]


@pytest.mark.parametrize(
    "job", [{"dedup.threshold": 0.7}, {"dedup.threshold": 1.0}, {"dedup.fields": ["answer"]}], ids=str
)
def test_other_rules_need_another_index(job: dict[str, Any], folder: Path) -> None:
    """With another threshold or other fields all is read anew."""
    config = config_of(folder, **job)
    found, indexed = started(folder, config)
    assert not indexed
    assert found == without(folder, config)


def test_a_run_goes_on_from_it(made: Path, tmp_path: Path) -> None:
    """A run that begins from an index file and a tail meets its target, and leaves an index file of everything."""
    shutil.copytree(made / "late", tmp_path / "job")
    shutil.copy(made / "early" / INDEX, tmp_path / "job" / INDEX)
    folder = run(tmp_path, 90)
    found, indexed = started(folder, config_of(folder))
    assert indexed
    assert found == without(folder, config_of(folder))
    assert found["recovered"]["accepted"] == 90


def test_a_job_of_stages_and_seeds(tmp_path: Path) -> None:
    """With several stages, seeds that are used up, refusals and tasks given up the file says what the others do."""
    (tmp_path / "seeds.txt").write_text("".join(f"Why does number {n} matter to a baker?\n" for n in range(40)))
    stages = [{"name": "code", "fields": ["code"]}, {"name": "rest"}]
    for target in (12, 25):
        folder = destilation.run(
            providers={"mock": {"kind": "mock", "invalid": 0.4}}, name="job", out=str(tmp_path), target=target,
            mix=[{"provider": "mock"}], template="coding", stages=stages, max_attempts=2,
            seeds={"file": str(tmp_path / "seeds.txt"), "columns": {"requirement": "text"}},
        ).folder  # fmt: skip
        found, indexed = started(folder, config_of(folder))
        bare = without(folder, config_of(folder))
        assert indexed
        assert sorted(found["ledger"].seeds) == sorted(bare["ledger"].seeds)
        assert len(found["seeds"]) == len(found["recovered"]["seeds"]) > 0
        assert found["recovered"] == bare["recovered"]
        assert found["progress"] == bare["progress"]
        assert found["index"] == bare["index"]
