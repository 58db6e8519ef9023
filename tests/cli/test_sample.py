"""`sample`: drawn at random or by condition; for people, for pipes, for programs."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from destilation.cli.app import run
from destilation.cli.pretty import field_lines, origin_line, wrapped
from tests.e2e.terminal import on_terminal
from tests.report.folders import HOSTILE, answer, lines, origin

Type = Callable[..., tuple[int, str, str]]
CONTROLS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A function that runs `sample` on a folder of thirty samples and two refused answers."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "datasets" / "job"
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_text("{}")
    lines(folder / "samples.jsonl", [{"question": f"Number {n}?", "answer": "a" * n} for n in range(1, 31)])
    more = [{"provider": "ollama" if n % 3 else "far", "tokens": {"in": 1, "out": 10 * n}} for n in range(1, 31)]
    lines(folder / "provenance.jsonl", [origin(n, **each) for n, each in enumerate(more, 1)])
    lines(folder / "completions.jsonl", [answer(40, 1, "I cannot."), answer(40, 2, "Again not.")])
    refused = {"task": 40, "provider": "far", "model": "m", "layer": "semantic", "codes": ["refusal"], "final": False}
    reasons = (["the request was declined"], ["the answer\nis short"])
    lines(folder / "rejections.jsonl", [{**refused, "attempt": n, "reasons": why} for n, why in enumerate(reasons, 1)])

    def go(*args: str) -> tuple[int, str, str]:
        code = run(["sample", "job", *args])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


def test_in_a_pipe_the_lines_stand_as_in_the_file(typed: Type, tmp_path: Path) -> None:
    """JSONL, a part of the file, the same again with the same seed; all of it where more is asked for."""
    file = (tmp_path / "datasets" / "job" / "samples.jsonl").read_text().splitlines()
    code, out, _ = typed("-n", "5", "--seed", "1")
    assert code == 0
    assert len(out.splitlines()) == 5
    assert [line for line in file if line in out.splitlines()] == out.splitlines()
    assert typed("-n", "5", "--seed", "1")[1] == out
    assert any(typed("-n", "5", "--seed", str(seed))[1] != out for seed in range(2, 5))
    assert typed("-n", "99")[1].splitlines() == file


def test_conditions_over_fields_and_provenance(typed: Type) -> None:
    """What fits is counted and shown, with what it is about."""
    told = json.loads(typed("--json", "-n", "99", "--where", 'provider == "far" and tokens.out > 150')[1])
    assert told["fit"] == 5
    assert [each["line"] for each in told["samples"]] == [18, 21, 24, 27, 30]
    assert {each["provenance"]["provider"] for each in told["samples"]} == {"far"}
    assert typed("--where", "question ~ 'number 7?'")[1] == '{"question": "Number 7?", "answer": "aaaaaaa"}\n'
    code, out, err = typed("--where", "attempt == 9")
    assert (code, out, err) == (0, "", "nothing fits\n")


def test_refused_answers(typed: Type) -> None:
    """With the reasons, and in the document with the answer itself."""
    told = json.loads(typed("--rejections", "--json", "--where", "layer == semantic")[1])
    assert [each["answer"]["text"] for each in told["refusals"]] == ["I cannot.", "Again not."]
    assert told["refusals"][0]["refusal"]["reasons"] == ["the request was declined"]
    assert len(typed("--rejections")[1].splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("provder == x", "no line has 'provder', did you mean 'provider'?"),
        ("zzz == x", "no line has 'zzz'; there are: "),
        ("provider = x", "'=' at character 10 belongs to nothing"),
        ("__import__('os')", "expected one of =="),
    ],
)
def test_mistaken_conditions(text: str, wanted: str, typed: Type) -> None:
    """A name that no line has, or what is no condition, is an error and not an empty answer."""
    code, out, err = typed("--where", text)
    assert (code, out) == (2, "")
    assert wanted in err


def test_on_a_terminal(typed: Type, tmp_path: Path) -> None:
    """Fields with wrapped text under a heading, no line too wide, no control of what is foreign."""
    folder = tmp_path / "datasets" / "job"
    lines(folder / "samples.jsonl", [{"question": HOSTILE, "answer": "word " * 60, "code": "def f():\n\treturn 1"}])
    lines(folder / "provenance.jsonl", [origin(1, provider=HOSTILE, checks=["structural"])])
    code, shown = on_terminal("sample", "job", cwd=tmp_path, columns=60)
    assert code == 0
    assert CONTROLS.findall(shown) == []
    assert all(len(line) <= 60 for line in shown.split("\r\n"))
    assert shown.startswith("#1  ")
    assert "    def f():\r\n        return 1\r\n" in shown
    assert shown.endswith("1 of 1\r\n")
    code, shown = on_terminal("sample", "job", "--rejections", cwd=tmp_path)
    assert "  refused by the semantic layer\r\n    the request was declined\r\n  answer\r\n    I cannot.\r\n" in shown


def test_layout() -> None:
    """Indentation is kept when a line is broken, long values are cut and say so, what is missing is told."""
    assert wrapped("    one two", 8) == ["    one", "    two"]
    assert wrapped("", 8) == [""]
    assert field_lines("a", "x\n" * 100, 40)[-1] == "    [41 lines more]"
    assert field_lines("a", {"b": 1}, 40) == ["  a", "    {", '      "b": 1', "    }"]
    assert origin_line({}) == "how it came to be is not recorded"
    assert origin_line({"provider": "p", "model": "m", "attempt": 2, "cost_usd": 0.5, "t": "now", "checks": ["a"]}) == (
        "p (m), attempt 2, $0.5000, now, passed a"
    )
