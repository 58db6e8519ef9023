"""Files that contradict each other agree after a start; samples are never touched."""

import json
from pathlib import Path
from typing import Any

import pytest

from destilation.errors import DamagedError
from destilation.storage.layout import COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.records import line_hash
from tests.storage.test_dataset import make, reopen, sample


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def write(path: Path, lines: list[bytes]) -> None:
    """A file of these lines."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def raw(path: Path) -> list[bytes]:
    """The lines of a file as bytes."""
    return path.read_bytes().split(b"\n")[:-1]


def told(folder: Path) -> None:
    """Every line of provenance belongs to the sample of its number, and names an answer that is recorded."""
    samples, origins = raw(folder / SAMPLES), read(folder / PROVENANCE)
    assert [origin["hash"] for origin in origins] == [line_hash(line) for line in samples]
    assert [origin["sample"] for origin in origins] == list(range(1, len(samples) + 1))
    recorded = {(answer["task"], answer["attempt"]) for answer in read(folder / COMPLETIONS)}
    assert {(origin["task"], origin["attempt"]) for origin in origins} <= recorded
    assert {(refused["task"], refused["attempt"]) for refused in read(folder / REJECTIONS)} <= recorded
    assert reopen(folder)[2].healed == []


def test_lost_provenance_is_made_anew(tmp_path: Path) -> None:
    """Provenance that is gone is told again from the answers that the samples came from."""
    make(tmp_path)
    before = read(tmp_path / PROVENANCE)
    (tmp_path / PROVENANCE).unlink()
    found, _, dataset = reopen(tmp_path)
    now = read(tmp_path / PROVENANCE)
    assert found.accepted == 5
    assert len(dataset.healed) == 1
    assert all(line.pop("recovered") for line in now)
    assert [(line["task"], line["provider"], line["hash"]) for line in now] == [
        (line["task"], line["provider"], line["hash"]) for line in before
    ]
    told(tmp_path)


def test_a_sample_whose_answer_is_lost_as_well_stands_for_it(tmp_path: Path) -> None:
    """With neither provenance nor answer, the sample itself becomes the answer that it came from."""
    make(tmp_path)
    write(tmp_path / PROVENANCE, raw(tmp_path / PROVENANCE)[:3])
    write(tmp_path / COMPLETIONS, raw(tmp_path / COMPLETIONS)[:4])
    found, _, dataset = reopen(tmp_path)
    assert found.accepted == 5
    assert "2 lost for good" in dataset.healed[0].what
    assert read(tmp_path / PROVENANCE)[4]["provider"] == "unknown"
    assert read(tmp_path / COMPLETIONS)[-1]["body"] == json.loads(sample(5))
    told(tmp_path)


def test_lost_answers_of_samples_that_are_there(tmp_path: Path) -> None:
    """Where only the answers are lost, samples stand for them, and verdicts on the others are moved aside."""
    make(tmp_path)
    write(tmp_path / COMPLETIONS, raw(tmp_path / COMPLETIONS)[:2])
    found, _, dataset = reopen(tmp_path)
    assert found.accepted == 5
    assert [repair.file for repair in dataset.healed] == [REJECTIONS, COMPLETIONS]
    assert len(raw(next(tmp_path.glob("torn-*-rejections.jsonl.bin")))) == 2
    assert list(found.unsettled) == []
    told(tmp_path)


def test_a_line_taken_out_by_hand(tmp_path: Path) -> None:
    """A sample that a person removed does not come back by itself: its answer counts as refused."""
    make(tmp_path)
    lines = raw(tmp_path / SAMPLES)
    write(tmp_path / SAMPLES, lines[:1] + lines[2:])
    found, questions, dataset = reopen(tmp_path)
    assert found.accepted == len(questions) == 4
    assert "1 of samples whose lines are gone" in dataset.healed[0].what
    assert found.unsettled == {}
    assert read(tmp_path / REJECTIONS)[-1]["codes"] == ["dropped"]
    told(tmp_path)


def test_a_line_changed_by_hand(tmp_path: Path) -> None:
    """A sample that a person corrected stays as it is, and its provenance says so."""
    make(tmp_path)
    lines = raw(tmp_path / SAMPLES)
    lines[1] = lines[1].replace(b"answer", b"answer", 1).replace(b'"x"', b'"better"')
    write(tmp_path / SAMPLES, lines)
    found, _, dataset = reopen(tmp_path)
    assert found.accepted == 5
    assert "1 of samples changed by hand" in dataset.healed[0].what
    assert read(tmp_path / PROVENANCE)[1]["edited"] is True
    assert read(tmp_path / PROVENANCE)[1]["task"] == 2
    assert raw(tmp_path / SAMPLES) == lines
    told(tmp_path)


@pytest.mark.parametrize("place", [1, 3, 5])
def test_a_line_doubled_by_hand(place: int, tmp_path: Path) -> None:
    """A line that is there twice counts once, wherever it was put."""
    make(tmp_path)
    lines = raw(tmp_path / SAMPLES)
    lines.insert(place, lines[0])
    write(tmp_path / SAMPLES, lines)
    found, _, _ = reopen(tmp_path)
    assert (found.lines, found.accepted) == (6, 5)
    assert raw(tmp_path / SAMPLES) == lines
    told(tmp_path)


def test_lines_in_another_order(tmp_path: Path) -> None:
    """Samples that were sorted or shuffled keep their provenance."""
    make(tmp_path)
    lines, before = raw(tmp_path / SAMPLES), read(tmp_path / PROVENANCE)
    write(tmp_path / SAMPLES, lines[::-1])
    found, _, _ = reopen(tmp_path)
    assert found.accepted == 5
    assert [line["task"] for line in read(tmp_path / PROVENANCE)] == [line["task"] for line in before][::-1]
    told(tmp_path)


def test_bad_provenance_is_not_mended_by_a_start(tmp_path: Path) -> None:
    """Damage that is no contradiction is told, and nothing is changed."""
    make(tmp_path)
    lines = raw(tmp_path / PROVENANCE)
    lines[1:2] = [b"{}", b"garbage"]
    write(tmp_path / PROVENANCE, lines)
    with pytest.raises(DamagedError, match="--repair"):
        reopen(tmp_path)
    assert raw(tmp_path / PROVENANCE) == lines
