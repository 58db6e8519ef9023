"""`preview`: the real engine, samples beside their prompts, and nothing left behind."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from destilation.cli.app import run
from tests.e2e.terminal import on_terminal

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A function that runs `preview` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def go(*args: str) -> tuple[int, str, str]:
        code = run(["preview", *args])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


def left_behind() -> list[str]:
    """Folders of previews."""
    return [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("destilation-preview-")]


def test_samples_beside_their_prompts(typed: Type, tmp_path: Path) -> None:
    """Three samples with prompt, checks and cost, in words and as a document; the folder stays empty."""
    before = left_behind()
    code, out, _ = typed("--set", "providers.mock.price.output_per_mtok=10")
    assert code == 0
    assert [line[:3] for line in out.splitlines() if line.startswith("#")] == ["#1 ", "#2 ", "#3 "]
    assert out.count("  system\n") == out.count("  user\n") == out.count("  question\n") == 3
    assert "passed structural, syntactic, semantic" in " ".join(out.split())
    assert "nothing was kept" in out
    told = json.loads(typed("-n", "1", "--json", "-t", "reasoning")[1])
    (sample,) = told["samples"]
    assert list(sample["sample"]) == ["question", "reasoning", "answer"]
    assert [message["role"] for message in sample["prompt"]] == ["system", "user"]
    assert sample["answers"][0]["reasons"] is None
    assert (told["state"], told["refusals"]) == ("met", [])
    assert list(tmp_path.iterdir()) == []
    assert left_behind() == before


def test_a_dataset_that_is_there_is_not_touched(typed: Type, tmp_path: Path) -> None:
    """A preview of a job with a folder adds nothing to it."""
    run(["run", "-q", "-n", "5"])
    files = {path.name: path.read_bytes() for path in (tmp_path / "datasets" / "demo").iterdir()}
    assert typed("-n", "2")[0] == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "datasets" / "demo").iterdir()} == files


def test_where_everything_is_refused(typed: Type) -> None:
    """What was answered is shown with the reasons, and it ends as a run does."""
    code, out, _ = typed("-n", "2", "--set", "providers.mock.invalid=1.0")
    assert code == 3
    assert "refused by the" in out
    assert "  reasons\n" in out
    told = json.loads(typed("-n", "1", "--json", "--set", "providers.mock.invalid=1.0")[1])
    assert told["samples"] == []
    assert told["refusals"][0]["refusal"]["reasons"]


def test_mistakes_are_told_before_anything_is_asked(typed: Type) -> None:
    """The configuration is checked first."""
    code, out, err = typed("-n", "many")
    assert (code, out) == (2, "")
    assert "job.target: must be an integer" in err


def test_on_a_wide_terminal(tmp_path: Path) -> None:
    """The prompt stands on the left and the sample on the right."""
    code, shown = on_terminal("preview", "-n", "1", cwd=tmp_path, columns=140)
    assert code == 0
    lines = [line.split("│") for line in shown.split("\r\n") if "│" in line]
    assert lines[0][0].rstrip() == "  system"
    assert lines[0][1] == "  question"
    assert all(len(left) == 70 for left, _ in lines)
    assert all(len(line) <= 140 for line in shown.split("\r\n"))
