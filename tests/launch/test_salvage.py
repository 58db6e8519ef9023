"""`verify --repair`: what can be mended from the ledger is, what cannot is moved aside, and no sample goes."""

import json
import shutil
from pathlib import Path

import pytest

import destilation
from destilation.config import load
from destilation.errors import DamagedError
from destilation.launch.run import Report
from destilation.launch.salvage import salvage
from destilation.launch.verify import config_of, verify
from destilation.storage.layout import TRUTH


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 30 samples with refusals."""
    return run(tmp_path_factory.mktemp("made")).folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    shutil.copytree(made, tmp_path / "job")
    return tmp_path / "job"


def run(out: Path, target: int = 30) -> Report:
    """The job of this file's folders."""
    mock = {"kind": "mock", "invalid": 0.3, "duplicate": 0.1}
    report: Report = destilation.run(
        providers={"mock": mock}, name="job", out=str(out), target=target, mix=[{"provider": "mock"}]
    )
    return report


def spoil(path: Path, number: int, line: bytes = b"\0garbage\xff") -> bytes:
    """Put something in the place of a line; what was there."""
    lines = path.read_bytes().splitlines(keepends=True)
    before, lines[number - 1] = lines[number - 1], line + b"\n"
    path.write_bytes(b"".join(lines))
    return before


@pytest.mark.parametrize("name", [name for name in TRUTH if name != "charges.jsonl"])
def test_a_bad_line_in_the_middle(name: str, folder: Path) -> None:
    """Whichever file it is in, a bad line is kept aside, all samples stay, and the folder is whole again."""
    samples = (folder / "samples.jsonl").read_bytes()
    spoil(folder / name, 4)
    assert [fault for fault in verify(folder).faults if fault.file == name]
    healed = salvage(folder, config_of(folder))
    assert name in [each.file for each in healed]
    assert verify(folder).faults == ()
    assert (folder / "samples.jsonl").read_bytes() == samples
    (kept,) = folder.glob(f"bad-*-{name}.bin")
    assert kept.read_bytes() == b"\0garbage\xff\n"
    again = run(folder.parent)
    assert (again.state, again.accepted) == ("met", 30)
    assert verify(folder).faults == ()


def test_a_sample_that_cannot_be_made_again(folder: Path) -> None:
    """A sample whose answer is spoilt too is moved aside, and the next run refills."""
    origin = json.loads((folder / "provenance.jsonl").read_bytes().splitlines()[3])
    answers = [json.loads(line) for line in (folder / "completions.jsonl").read_bytes().splitlines()]
    place = [(each["task"], each["attempt"]) for each in answers].index((origin["task"], origin["attempt"]))
    spoil(folder / "samples.jsonl", 4)
    spoil(folder / "completions.jsonl", place + 1)
    salvage(folder, config_of(folder))
    found = verify(folder)
    assert (found.samples, found.faults) == (29, ())
    assert run(folder.parent).accepted == 30
    assert verify(folder).faults == ()


def test_everything_spoilt_at_once(folder: Path) -> None:
    """Bad lines in all files together are mended in one go."""
    for name in TRUTH:
        if (folder / name).stat().st_size:
            spoil(folder / name, 2)
    (folder / "metadata.json").write_text("[]")
    salvage(folder, config_of(folder))
    assert verify(folder).faults == ()
    assert run(folder.parent).accepted == 30


def test_what_can_be_read_is_left(folder: Path) -> None:
    """A sample that does not fit the template is told, with its line, and not removed."""
    spoil(folder / "samples.jsonl", 4, b'{"colour": "red"}')
    before = (folder / "samples.jsonl").read_bytes()
    with pytest.raises(DamagedError, match=r"samples\.jsonl:4 .*put it right or take that line out"):
        salvage(folder, config_of(folder))
    assert (folder / "samples.jsonl").read_bytes() == before


def test_a_sound_folder_is_left(folder: Path) -> None:
    """Where nothing is wrong nothing is done."""
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".events.jsonl"}
    assert salvage(folder, load(folder / "job.toml")) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".events.jsonl"} == before


def test_copies_of_a_sample(folder: Path) -> None:
    """A line doubled by hand is named, counts once, and a repair moves the copy aside."""
    samples = folder / "samples.jsonl"
    before = samples.read_bytes()
    lines = before.splitlines(keepends=True)
    samples.write_bytes(before + lines[2])
    assert {fault.file for fault in verify(folder).faults} >= {"samples.jsonl"}
    assert run(folder.parent).accepted == 30
    assert [fault.what for fault in verify(folder).faults] == ["is the same as line 3"]
    salvage(folder, config_of(folder))
    assert verify(folder).faults == ()
    assert samples.read_bytes() == before
    assert run(folder.parent).accepted == 30
    assert verify(folder).faults == ()
