"""`coverage` and `plan show` as a user sees them: in words, as JSON, on a narrow terminal, without topics."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from destilation.cli.app import run
from destilation.cli.coverage import MOST_CLOSED, lines
from destilation.cli.pretty import cells, figures, fitted
from destilation.report.survey import survey
from tests.e2e.command import environment
from tests.e2e.terminal import on_terminal
from tests.report import folders

Type = Callable[..., tuple[int, str, str]]
TOPICS = "Mechanics * 2\n  falling bodies\n  光学 with a rather long name that no narrow terminal has room for\nHeat\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished job of a user's own topics."""
    place = tmp_path_factory.mktemp("place")
    (place / "own.txt").write_text(TOPICS, encoding="utf-8")
    (place / "config.toml").write_text(
        '[job]\nname = "job"\ndomain = "Physics"\ntarget = 40\ntopics = "own.txt"\nmix = [{ provider = "mock" }]\n'
        "[providers.mock]\nkind = 'mock'\ninvalid = 0.2\nduplicate = 0.2\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert run(["run", "-q"]) == 0
    return place


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A function that runs a command line there: (code, stdout, stderr)."""
    monkeypatch.chdir(place)

    def go(*args: str) -> tuple[int, str, str]:
        code = run(args)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


def test_coverage_in_words(typed: Type) -> None:
    """The tree with counts beside the plan, axes, how alike; in a pipe nothing is cut."""
    code, out, err = typed("coverage")
    assert (code, err) == (0, "")
    assert out.startswith("job  40 of 40 samples about Physics\n")
    assert "no narrow terminal has room for" in out
    assert "difficulty" in out
    assert "distinct-3" in out
    _, shallow, _ = typed("coverage", "job", "--depth", "1")
    assert "falling bodies" not in shallow
    assert "2 topics below these count with them; to see them: --depth 2" in shallow


def test_coverage_as_json(typed: Type) -> None:
    """One document with every topic, and the counts of `status --json`."""
    document = json.loads(typed("coverage", "--json", "--depth", "0")[1])
    status = json.loads(typed("status", "--json")[1])
    assert document["samples"] == status["accepted"] == 40
    assert document["duplicates"] == status["rejected"]["semantic"]["duplicate"]
    assert (document["leaves"], document["closed"], document["running"]) == (3, 0, False)
    assert [topic["path"] for topic in document["topics"]][:3] == [[], ["Mechanics"], ["Mechanics", "falling bodies"]]
    report = json.loads(typed("report", "--json")[1])["coverage"]
    assert report == {name: document[name] for name in report}


@pytest.mark.parametrize("columns", [40, 66, 120])
def test_coverage_on_a_terminal(columns: int, place: Path) -> None:
    """No line is wider than the terminal, wide characters counted; without colour, and with nothing but text."""
    env = {"NO_COLOR": "1", "LANG": "C.UTF-8"}
    assert environment(env)["NO_COLOR"] == "1"
    code, out = on_terminal("coverage", cwd=place, columns=columns, env=env)
    assert code == 0
    assert "\x1b" not in out
    assert max(cells(line) for line in out.replace("\r", "").split("\n")) <= columns
    assert ("duplicates" in out) == (columns >= 72)


def test_coverage_of_a_folder_without_topics(tmp_path: Path) -> None:
    """Samples alone are told by how alike they are; pairs are shown short, and what is foreign is made safe."""
    text = "one two three four five six seven eight nine ten eleven twelve"
    foreign = "\x1b[31m " + "long " * 100
    folders.lines(tmp_path / "samples.jsonl", [{"a": f"{text} {foreign}"}, {"a": f"{text} else {foreign}"}])
    folders.lines(tmp_path / "provenance.jsonl", [folders.origin(1), folders.origin(2)])
    told = list(lines("x", {}, survey(tmp_path), depth=None, columns=80))
    assert "no topics: all samples are of the domain as a whole; of 2 answers 0 were" in told
    assert any("alike: samples 1 and 2" in line for line in told)
    assert all("\x1b" not in line and len(line) <= 80 for line in told)


def test_many_topics_and_closed_ones_are_counted(tmp_path: Path) -> None:
    """Of very many lines the first are shown, and how many more there are."""
    folders.lines(tmp_path / "samples.jsonl", [{"a": f"{number}"} for number in range(90)])
    folders.lines(
        tmp_path / "provenance.jsonl", [folders.origin(number, topic=[f"t{number}"]) for number in range(1, 91)]
    )
    told = list(lines("x", {}, survey(tmp_path), depth=None, columns=None))
    assert "  30 topics more that are in no tree; all: --json" in told
    (tmp_path / "job.toml").write_text('[job]\ndomain = "d"\ntarget = 90\nmix = [{ provider = "mock" }]\n')
    (tmp_path / "topics.txt").write_text("".join(f"c{number} [closed: spent]\n" for number in range(30)) + "open\n")
    told = list(lines("x", {}, survey(tmp_path), depth=None, columns=None))
    assert "closed: 30 of 31 leaves; nothing more is asked about them" in told
    assert f"  and {30 - MOST_CLOSED} more; all: --json" in told
    assert any(line.startswith("t1 ") and line.endswith("not in topics.txt") for line in told)


def test_plan_show(typed: Type, place: Path) -> None:
    """The tree of the dataset with weights and shares, the axes, the number of prompts, and how to edit it."""
    code, out, err = typed("plan", "show", "job")
    assert (code, err) == (0, "")
    assert "topics of datasets/job/topics.txt: 3 leaves to ask about" in out
    assert "different prompts: 3 leaves x 4,200 combinations of axes = 12,600" in out
    assert "edit datasets/job/topics.txt between runs" in out
    document = json.loads(typed("plan", "show", "job", "--json")[1])
    heat = document["topics"][-1]
    assert (heat["path"], heat["weight"], round(heat["share"], 3)) == (["Heat"], 1.0, 0.333)
    assert document["topics"][0]["weight"] == 2.0
    assert sum(topic["accepted"] for topic in document["topics"] if len(topic["path"]) == 1) == 40
    assert "2 topics below these" in typed("plan", "show", "job", "--depth", "1")[1]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ((), "topics of own.txt: 3 leaves"),
        (("--set", "job.topics=auto", "-n", "3000"), "the first request of a run asks the model for them, about 182"),
        (("--set", "job.topics=auto", "-n", "9"), "the domain as a whole (below 24 samples nothing is divided)"),
        (("--set", "job.topics=none", "-n", "9000"), "fewer than the target of 9,000: add topics or axes"),
        (("--seeds", "seeds.txt"), "no topics: seeds say what the samples are about, 2 at most"),
    ],
)
def test_plan_show_before_anything_is_spent(flags: tuple[str, ...], wanted: str, typed: Type, place: Path) -> None:
    """From a configuration: a file of topics, topics to be asked for, none, or seeds; nothing is written."""
    (place / "seeds.txt").write_text("Why is the sky blue?\nWhat is heat?\n")
    code, out, _ = typed("plan", "show", "--name", "other", *flags)
    assert code == 0
    assert wanted in out
    assert not (place / "datasets" / "other").exists()


def test_a_mistake_in_topics_is_one_line(typed: Type, place: Path) -> None:
    """`plan show` names the file and the line."""
    (place / "bad.txt").write_text("One\nTwo\none\n")
    code, out, err = typed("plan", "show", "--name", "other", "--set", "job.topics=bad.txt")
    assert (code, out) == (2, "")
    assert err.endswith("bad.txt:3: 'one' is there already, on line 1\n")
    assert err.count("\n") == 1


def test_cells() -> None:
    """East Asian characters take two cells, combining marks none; a name is filled or cut to exactly its width."""
    assert (cells("ab"), cells("光学"), cells("e\u0301")) == (2, 4, 1)
    assert [fitted("光学光学", width) for width in (8, 7, 6, 3)] == ["光学光学", "光学光…", "光学… ", "光…"]
    table = list(figures([("n", "a", "b", "c", ""), ("x" * 50, "1", "2", "3", "remark")], 40))
    assert all(len(line) <= 40 for line in table)
    assert "3" not in table[1]
