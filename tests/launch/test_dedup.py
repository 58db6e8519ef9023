"""Duplicates are taken out of any file of JSON lines as a run would have done."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.dedup.index import SeenIndex, content
from destilation.errors import ConfigError
from destilation.launch.dedup import Numbering, Place, dedup
from destilation.launch.diff import diff

LONG = "the quick brown fox jumps over the lazy dog while seven grey geese watch from the old stone bridge at noon"


def write(path: Path, records: list[Any]) -> Path:
    """A file of these records."""
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records))
    return path


def test_the_first_stays_across_files(tmp_path: Path) -> None:
    """Equal and near lines go, traps and all others stay as they stood, and the closest pairs are named."""
    one = write(tmp_path / "one.jsonl", [{"q": LONG}, {"q": "compute 17 x 23 and give the result in full words"}])
    two = tmp_path / "two.jsonl"
    two.write_bytes(
        b'\xef\xbb\xbf{"q" :  "%b today"}\r\n\n' % LONG.encode()
        + b'{"q": "compute 17 x 24 and give the result in full words"}\n{"q": "%b"}' % LONG.upper().encode()
    )
    out = tmp_path / "out.jsonl"
    found = dedup([one, two], threshold=0.85, fields=["q"], out=out)
    assert (found.lines, found.kept, found.equal, found.near) == (5, 3, 1, 1)
    (pair,) = found.closest
    assert (pair.kept, pair.other) == (Place(str(one), 1), Place(str(two), 1))
    assert 0.85 <= pair.similarity < 1
    assert out.read_bytes() == one.read_bytes() + two.read_bytes().splitlines(keepends=True)[2]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_rules_are_those_of_a_run(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the lines, what stays is what the index of a run admits, in place or beside."""
    chance, place = random.Random(seed), tmp_path_factory.mktemp("rules")
    records = [
        {"q": " ".join(chance.choices("abcdef", k=chance.randint(1, 9))), "n": chance.randrange(3)} for _ in range(60)
    ]
    path, index = write(place / "a.jsonl", records), SeenIndex(0.7)
    kept = [each for number, each in enumerate(records) if index.admit(content(each, ["n", "q"]), number) is None]
    assert dedup([path], threshold=0.7, fields=[], out=path).kept == len(kept)
    assert [json.loads(line) for line in path.read_text().splitlines()] == kept
    assert dedup([path], threshold=0.7, fields=[], out=None).closest == ()


@pytest.mark.parametrize(
    ("line", "fields", "wanted"),
    [
        ('{"q": "a"', ["q"], r"bad\.jsonl:3: is no JSON object"),
        ("[1]", ["q"], r"bad\.jsonl:3: is no JSON object"),
        ("\udcff", ["q"], r"bad\.jsonl:3: is no JSON object"),
        ('{"p": 1}', ["q"], r"bad\.jsonl:3: has no field q; there are: p"),
        ('{"q": "b"}', ["q", "pq"], "no line has the field pq"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(line: str, fields: list[str], wanted: str, tmp_path: Path) -> None:
    """File, line and what to do; what was there stays."""
    path, out = tmp_path / "bad.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(b'{"q": "a"}\n\n' + line.encode("utf-8", "surrogateescape") + b"\n")
    out.write_text("before")
    for work in (
        lambda: dedup([path], threshold=0.85, fields=fields, out=out),
        lambda: diff(path, path, threshold=0.85, fields=fields),
    ):
        with pytest.raises(ConfigError, match=wanted):
            work()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bad.jsonl", "out.jsonl"]
    assert out.read_text() == "before"


def test_what_is_not_there(tmp_path: Path) -> None:
    """A missing file and a folder without samples are told; an empty file is an empty dataset."""
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(ConfigError, match="no such file"):
        dedup([tmp_path / "none.jsonl"], threshold=0.85, fields=[], out=None)
    with pytest.raises(ConfigError, match=r"it has no samples\.jsonl"):
        dedup([tmp_path], threshold=0.85, fields=[], out=None)
    assert dedup([tmp_path / "empty.jsonl"], threshold=0.85, fields=["q"], out=None).lines == 0


def test_only_the_closest_pairs_are_kept(tmp_path: Path) -> None:
    """Of many near pairs the ten most alike are named, the most alike first."""
    words = [f"{a}{b}" for a in "bcdfghjklm" for b in ("ax", "er", "il", "om", "un")]
    changed = [[*words[:at], "changed", *words[at + 1 :]] for at in range(0, 50, 3)]
    path = write(tmp_path / "a.jsonl", [{"q": " ".join(each)} for each in (words, *changed)])
    found = dedup([path], threshold=0.7, fields=[], out=None)
    likeness = [pair.similarity for pair in found.closest]
    assert (found.near, len(likeness)) == (17, 10)
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] > likeness[-1]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_lines_have_one_number_and_it_leads_back(sizes: list[int]) -> None:
    """Whatever the files' lengths, each number belongs to one line."""
    numbering = Numbering()
    there: dict[int, Place] = {}
    for at, size in enumerate(sizes):
        numbering.begin(Path(f"f{at}"))
        there |= {numbering.number(line): Place(f"f{at}", line) for line in range(1, size + 1)}
    assert len(there) == sum(sizes)
    assert {number: numbering.place(number) for number in there} == there


def test_two_datasets(tmp_path: Path) -> None:
    """Each line is only here, only there, in both or near, and the near pair is named; copies count once."""
    one = write(tmp_path / "one.jsonl", [{"q": "only here"}, {"q": LONG}, {"q": "in both"}, {"q": "only here"}])
    two = write(
        tmp_path / "two.jsonl", [{"q": f"{LONG} today"}, {"q": "In  both"}, {"q": "only there"}, {"q": "and there"}]
    )
    found = diff(one, two, threshold=0.85, fields=["q"])
    assert (found.first.lines, found.first.only, found.first.only_lines) == (4, 1, (1,))
    assert (found.second.lines, found.second.only, found.second.only_lines) == (4, 2, (3, 4))
    assert (found.both, found.near) == (1, 1)
    assert [(pair.kept.line, pair.other.line) for pair in found.closest] == [(2, 1)]
    same = diff(one, one, threshold=0.85, fields=[])
    assert (same.first.only, same.second.only, same.both, same.near) == (0, 0, 4, 0)


def test_an_empty_dataset_beside_another(tmp_path: Path) -> None:
    """Everything is only in the other; of many lines that are only there the first thousand are named."""
    (tmp_path / "empty.jsonl").write_text("\n\n")
    full = write(tmp_path / "full.jsonl", [{"q": f"number {number}"} for number in range(2_500)])
    found = diff(tmp_path / "empty.jsonl", full, threshold=0.85, fields=["q"])
    assert (found.first.lines, found.first.only, found.second.only, found.both) == (0, 0, 2_500, 0)
    assert found.second.only_lines == tuple(range(1, 1_001))
    other = diff(full, tmp_path / "empty.jsonl", threshold=0.85, fields=["q"])
    assert (other.first.only, len(other.first.only_lines), other.second.lines) == (2_500, 1_000, 0)
