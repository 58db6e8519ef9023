"""Exports at rest: whole or not there, the same each time, in constant memory, and traced to where they come from."""

import bz2
import gzip
import json
import lzma
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from destilation.errors import ConfigError, DamagedError
from destilation.launch.export import export
from destilation.launch.lineage import trace_export
from destilation.launch.recheck import recheck
from destilation.launch.verify import config_of
from destilation.launch.wish import Exported, Wish
from tests.e2e.command import destilation, start
from tests.exports.folders import RECORDS, folder_of


def many(folder: Path, count: int, **more: Any) -> Path:
    """A folder of that many samples."""
    records = [
        {"question": f"Question number {n * 31}, {n % 7}?", "answer": f"Answer {n}. " * 12} for n in range(count)
    ]
    return folder_of(folder, "simple_qa", records, **{"dedup.threshold": 1.0, **more})


def made(folder: Path, **wish: Any) -> Exported:
    """An export of a folder."""
    return export(folder, config_of(folder), Wish(**{"format": "trl", **wish}))


def test_a_sample_keeps_its_part_when_others_come(tmp_path: Path) -> None:
    """Of a folder that grew, each part begins with the lines that it had, and nothing is in two."""
    small, large = many(tmp_path / "small", 150), many(tmp_path / "large", 400)
    parts = {}
    for folder in (small, large):
        done = made(folder, split="60/20/20", out=folder.parent / f"{folder.name}-out")
        parts[folder.name] = {
            part.split: (done.places.folder / part.name).read_text().splitlines() for part in done.files
        }
    for split, lines in parts["small"].items():
        assert parts["large"][split][: len(lines)] == lines
    assert sum(len(set(lines)) for lines in parts["large"].values()) == 400


@pytest.mark.parametrize(("ending", "opener"), [(".gz", gzip.open), (".xz", lzma.open), (".bz2", bz2.open)])
def test_compressed_by_name(ending: str, opener: Any, tmp_path: Path) -> None:
    """A compressed export holds what a plain one does, and is checked and traced as that is."""
    folder = many(tmp_path / "d", 30)
    plain, packed = made(folder, out=tmp_path / "x.jsonl"), made(folder, out=tmp_path / f"x.jsonl{ending}")
    path = tmp_path / f"x.jsonl{ending}"
    with opener(path) as file:
        assert file.read() == (tmp_path / "x.jsonl").read_bytes()
    assert recheck(packed) == recheck(plain) == []
    assert trace_export(folder, config_of(folder), path).sources == tuple(range(1, 31))


def test_zstd_needs_its_package(tmp_path: Path) -> None:
    """Where the package is missing that is told in a line, and nothing is written."""
    folder = many(tmp_path / "d", 3)
    try:
        import zstandard  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigError, match="pip install zstandard"):
            made(folder, out=tmp_path / "x.jsonl.zst")
        assert not list(tmp_path.glob("x*"))


def test_it_says_how_it_was_made(tmp_path: Path) -> None:
    """The file beside names the folder's digest, each file with its own, and the samples without a row."""
    folder = folder_of(tmp_path / "d", "tool_trace", besides={"request": None})
    done = made(folder)
    assert (done.rows, done.files[0].rows) == (0, 0)
    document = json.loads(done.places.meta.read_text())
    assert done.places.meta == folder / "exports" / "trl" / "export.meta.json"
    metadata = json.loads((folder / "metadata.json").read_text())
    assert document["source"]["samples_digest"] == metadata["samples_digest"]
    assert document["skipped"] == {"what the user asked ('request') is not known": {"count": 3, "first": [1, 2, 3]}}


def test_parts_that_are_no_more_are_removed(tmp_path: Path) -> None:
    """An export into the same folder leaves no part of the one before, and touches no other file."""
    folder = many(tmp_path / "d", 100)
    first = made(folder, split="50/25/25")
    (first.places.folder / "notes.jsonl").write_text("mine")
    assert len(first.files) == 3
    again = made(folder)
    names = sorted(path.name for path in again.places.folder.iterdir())
    assert names == ["export.meta.json", "notes.jsonl", "train.jsonl"]


def test_rows_are_traced_to_their_samples(tmp_path: Path) -> None:
    """Each row names its sample; what was put in by hand, or changed, comes from none."""
    folder = many(tmp_path / "d", 50)
    done = made(folder, format="csv")
    path = done.places.folder / "train.csv"
    lines = path.read_text().splitlines()
    lines[10] = lines[10].replace("Answer", "Another answer", 1)
    path.write_text("\n".join([*lines, '"Who?","Nobody."', ""]))
    found = trace_export(folder, config_of(folder), path)
    assert (found.foreign, found.unchanged, len(found.sources)) == ((10, 51), True, 51)
    ran = destilation("verify", str(folder), "--export", str(path), cwd=tmp_path)
    assert (ran.returncode, "row 10 comes from no sample here" in ran.stdout) == (6, True)
    shown = destilation("verify", str(folder), "--export", str(path), "--json", cwd=tmp_path)
    assert json.loads(shown.stdout)["foreign"] == [10, 51]
    (path.parent / "export.meta.json").unlink()
    with pytest.raises(ConfigError, match="export it again"):
        trace_export(folder, config_of(folder), path)


def test_rows_are_traced_when_more_samples_have_come(tmp_path: Path) -> None:
    """Tools that are inferred change with the calls; the rows of before are found all the same."""
    small = folder_of(tmp_path / "small", "tool_trace")
    call = {"name": "crate_search", "arguments": {"query": 5}}
    more = {**RECORDS["tool_trace"][0], "thought": "Another.", "tool_call": json.dumps(call, separators=(",", ":"))}
    large = folder_of(tmp_path / "large", "tool_trace", [*RECORDS["tool_trace"], more])
    for name in ("trl", "hermes"):
        done = made(small, format=name)
        found = trace_export(large, config_of(large), done.places.folder / "train.jsonl")
        assert (found.sources, found.unchanged) == ((1, 2, 3), False)
        assert made(large, format=name, out=tmp_path / name).files[0].sha256 != done.files[0].sha256


@pytest.mark.parametrize("kind", ["trl", "parquet", "arrow"])
def test_a_check_finds_what_was_changed(kind: str, tmp_path: Path) -> None:
    """Rows that are gone, and rows of another shape, are found when the file is read back."""
    done = made(many(tmp_path / "d", 20), format=kind)
    path = done.places.folder / done.files[0].name
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    assert recheck(done)
    if kind == "trl":
        path.write_bytes(data.replace(b'"role":"user"', b'"role":"usr"', 1))
        (fault,) = recheck(done)
        assert (fault.file, fault.row) == ("train.jsonl", 1)


def test_damage_is_told(tmp_path: Path) -> None:
    """A line that is no JSON, or whose provenance is another's, ends the export with the place and the remedy."""
    folder = many(tmp_path / "d", 20)
    before = made(folder)
    data = (before.places.folder / "train.jsonl").read_bytes()
    samples = (folder / "samples.jsonl").read_text().splitlines()
    (folder / "samples.jsonl").write_text("\n".join([*samples[:5], "nonsense", *samples[6:], ""]))
    with pytest.raises(DamagedError, match=r"samples\.jsonl:6: is no JSON object.*--repair"):
        made(folder)
    (folder / "samples.jsonl").write_text("\n".join([*samples[:5], *samples[6:], ""]))
    with pytest.raises(DamagedError, match=r"provenance\.jsonl:6: does not belong to line 6"):
        made(folder)
    assert (before.places.folder / "train.jsonl").read_bytes() == data
    (folder / "samples.jsonl").write_text("\n".join(samples) + '\n{"question": "half')
    assert made(folder).rows == 20


def test_a_killed_export_leaves_nothing_half(tmp_path: Path) -> None:
    """Killed in the middle there is no file; the next export succeeds and clears up what was left."""
    folder = many(tmp_path / "d", 8_000)
    process = start("export", str(folder), "--format", "trl", "--out", str(tmp_path / "x"), cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("x/*.tmp.*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [path.name for path in (tmp_path / "x").iterdir()] == [f"train.jsonl.tmp.{process.pid}"]
    done = made(folder, out=tmp_path / "x")
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["export.meta.json", "train.jsonl"]
    assert (done.rows, recheck(done)) == (8_000, [])


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of file sizes")
def test_a_full_disk_is_seven(tmp_path: Path) -> None:
    """Where the disk refuses, exit 7, one line, and what was there before is there still."""
    folder = many(tmp_path / "d", 3_000)
    made(folder, out=tmp_path / "x")
    before = {path.name: path.read_bytes() for path in (tmp_path / "x").iterdir()}
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "destilation",
            "export",
            str(folder),
            "--format",
            "sharegpt",
            "--out",
            str(tmp_path / "x"),
        ],
        cwd=tmp_path,
        env=dict(os.environ),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 7, ran.stderr
    assert "nothing was exported" in ran.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "x").iterdir()} == before


def test_the_verb(tmp_path: Path) -> None:
    """The command line writes, checks, tells in words and as JSON, and asks for a licence."""
    folder = folder_of(tmp_path / "d", "reasoning")
    done = destilation("export", str(folder), "--format", "openai", "--check", cwd=tmp_path)
    assert done.returncode == 0
    assert "✓ every row read back and checked: 3" in done.stdout
    assert "the reasoning of all rows is left out; --reasoning think keeps it" in done.stderr
    assert "asks for at least 10 rows" in done.stderr
    shown = destilation("export", str(folder), "--format", "trl", "--json", cwd=tmp_path)
    assert json.loads(shown.stdout)["files"][0]["rows"] == len(RECORDS["reasoning"])
    bare = destilation("export", str(folder), "--format", "trl", "--card", cwd=tmp_path)
    assert (bare.returncode, "--card needs --license" in bare.stderr) == (2, True)
    template = tmp_path / "t.jinja"
    template.write_text("{% for message in messages %}{{ message.content }}{% endfor %}")
    lost = destilation("export", str(folder), "--format", "trl", "--check", "--chat-template", "t.jinja", cwd=tmp_path)
    assert (lost.returncode, "it loses the reasoning in 3 rows" in lost.stdout) == (6, True)


def test_a_template_of_ones_own(tmp_path: Path) -> None:
    """`export` says which field is what; without it the first and last are taken, and that is told."""
    toml = """
[[templates]]
id = "review"
schema = [
  { name = "severity", type = "integer" },
  { name = "incident", type = "string" },
  { name = "causes", type = "array", items = "string" },
  { name = "review", type = "string" },
]
user_prompt_pattern = "Invent one."
"""
    record = {"severity": 3, "incident": "It fell.", "causes": ["wind", "rain"], "review": "Tie it."}
    told = folder_of(
        tmp_path / "a",
        "review",
        [record],
        toml=f'{toml}export = {{ user = "incident", assistant = "review", topic = "causes" }}\n',
    )
    done = made(told)
    (row,) = [json.loads(line) for line in (done.places.folder / "train.jsonl").read_text().splitlines()]
    assert [turn["content"] for turn in row["messages"]] == ["It fell.", "Tie it."]
    assert done.notices == ["fields that have no place in a conversation are left out of it: severity"]
    made(told, split="90/10", stratify="topic")
    guessed = made(folder_of(tmp_path / "b", "review", [record], toml=toml))
    assert "user = severity, assistant = review" in guessed.notices[0]
    for name in ("parquet", "arrow", "csv"):
        assert recheck(made(told, format=name)) == []


def test_topics_of_the_provenance(tmp_path: Path) -> None:
    """Where provenance has topics, each is split by itself, and rows tell them from the top down."""
    folder = many(tmp_path / "d", 400)
    path = folder / "provenance.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for number, line in enumerate(lines):
        line["topic"] = ["Optics", "Lenses"] if number % 4 else ["Heat"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = made(folder, split="50/50", stratify="topic", provenance=True)
    assert {name: sum(parts.values()) for name, parts in done.strata.items()} == {"Heat": 100, "Optics": 300}
    assert all(0.35 < parts["train"] / sum(parts.values()) < 0.65 for parts in done.strata.values())
    first = json.loads((done.places.folder / "train.jsonl").read_text().splitlines()[0])
    assert first["topic"] in ("Heat", "Optics > Lenses")
