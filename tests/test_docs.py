"""The documentation cannot lie: its example runs, its links lead somewhere, its lists are complete."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import fastjsonschema
import pytest

from destilation.config import json_schema, load
from destilation.core import events
from destilation.core.catalogue import BUILTIN
from tests.e2e.command import destilation

ROOT = Path(__file__).parents[1]
SCHEMA = fastjsonschema.compile(json_schema(), use_default=False)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


def test_the_python_example_runs(tmp_path: Path) -> None:
    """The README's script makes the dataset that it says."""
    (script,) = blocks(ROOT / "README.md", "python")
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("met 20 ")
    (path,) = (tmp_path / "datasets").glob("*/samples.jsonl")
    assert len(path.read_bytes().splitlines()) == 20


def test_the_check_of_ones_own_is_the_example() -> None:
    """The check that docs/checks.md shows is examples/units.py, to the byte."""
    (shown,) = blocks(ROOT / "docs" / "checks.md", "python")
    assert shown == (ROOT / "examples" / "units.py").read_text()


def test_the_check_of_ones_own_refuses(tmp_path: Path) -> None:
    """As a user runs it, in the folder of the file: what it refuses is told to the model, the rest becomes samples."""
    for name in ("units.py", "own-check.toml"):
        (tmp_path / name).write_bytes((ROOT / "examples" / name).read_bytes())
    strict = "The result is 42."
    check = runpy.run_path(str(tmp_path / "units.py"))["numbers_have_units"]
    assert check({"answer": strict}) == [
        "field 'answer': 42 stands without a unit; write the unit, or say that there is none"
    ]
    assert check({"answer": "The result is 42 m."}) == []
    done = destilation("run", "-C", "own-check.toml", "--name", "job", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    origins = [json.loads(line) for line in (tmp_path / "datasets/job/provenance.jsonl").read_text().splitlines()]
    assert all({"arithmetic", "numbers_have_units"} <= set(origin["checks"]) for origin in origins)
    assert "stands without a unit" in (tmp_path / "datasets/job/rejections.jsonl").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file, and every anchor a heading in it."""
    for target in re.findall(r"\]\(([^)#:]+)?(?:#([\w-]+))?\)", page.read_text()):
        path = (page.parent / target[0]) if target[0] else page
        assert path.exists(), target
        headings = {
            line.lstrip("# ").strip().lower().replace(" ", "-")
            for line in path.read_text().splitlines()
            if line.startswith("#")
        }
        assert not target[1] or target[1] in headings, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_toml_examples_are_configurations(page: Path, tmp_path: Path) -> None:
    """Every TOML block is read by the loader, where it is a whole job, and an editor finds nothing wrong with it."""
    for number, block in enumerate(blocks(page, "toml")):
        data = tomllib.loads(block)
        if "job" in data:
            path = tmp_path / f"{number}.toml"
            path.write_text(block)
            job = load(path).job
            assert job.target > 0 or job.seeds is not None
            SCHEMA(data)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_examples_are_configurations(path: Path) -> None:
    """Every example loads, and an editor finds nothing wrong with it."""
    assert load(path).job.target > 0
    SCHEMA(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(("name", "seeds"), [("evolved", "tasks.csv"), ("grounded", "handbook")])
def test_examples_of_seeds_run(tmp_path: Path, name: str, seeds: str) -> None:
    """As a user runs them, in the folder of the files: every seed gives as many samples as it is to give."""
    shutil.copytree(ROOT / "examples", tmp_path, dirs_exist_ok=True)
    done = destilation("run", "-C", f"{name}.toml", "--name", "job", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    origins = [json.loads(line) for line in (tmp_path / "datasets/job/provenance.jsonl").read_text().splitlines()]
    assert len(origins) == load(ROOT / "examples" / f"{name}.toml").job.target
    assert len({(origin["seed"], origin["way"]) for origin in origins}) == len(origins)
    assert len({origin["seed"] for origin in origins}) * 3 == len(origins)
    metadata = json.loads((tmp_path / "datasets/job/metadata.json").read_text())
    assert metadata["seeds"]["samples"] == len(origins) and (tmp_path / seeds).exists()


def test_every_template_and_reason_is_documented() -> None:
    """The README lists the templates; docs/validation.md lists every reason code that the core can give."""
    readme, validation = (ROOT / "README.md").read_text(), (ROOT / "docs" / "validation.md").read_text()
    assert all(f"`{template.id}`" in readme for template in BUILTIN)
    sources = "".join(path.read_text() for path in (ROOT / "src" / "destilation" / "core").glob("*.py"))
    codes = set(re.findall(r'Reason\(\s*"(\w+)"', sources))
    assert codes
    assert [code for code in sorted(codes) if f"`{code}`" not in validation] == []


def test_every_event_is_documented() -> None:
    """docs/events.md has a row for each kind of event."""
    text = (ROOT / "docs" / "events.md").read_text()
    kinds = [str(kind.__struct_config__.tag) for kind in events.Event.__subclasses__()]
    assert len(kinds) > 10
    assert [kind for kind in kinds if f"`{kind}`" not in text] == []


@pytest.mark.parametrize("page", ["durability.md", "bad-input.md"])
def test_every_promise_names_its_test(page: str) -> None:
    """Each row of the promises names tests that exist."""
    lines = [line for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| ")]
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    rows = [line for line in lines if not re.match(r"\| (?:---|after|input)", line)]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert [name for name in named if f"def {name}(" not in tests] == []
