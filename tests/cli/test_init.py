"""`init`: few questions on a terminal, none elsewhere; a local Ollama is found; nothing is overwritten."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import fastjsonschema
import pytest

from destilation.cli.app import run
from destilation.config import load
from tests.e2e.terminal import on_terminal
from tests.mockserver.running import served

Type = Callable[..., tuple[int, str, str]]
NOWHERE = "127.0.0.1:9"


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A function that runs `init` in an empty folder, where no Ollama is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLLAMA_HOST", NOWHERE)

    def go(*args: str) -> tuple[int, str, str]:
        code = run(["init", *args])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


@pytest.fixture(scope="module")
def ollama() -> Iterator[str]:
    """Where a mock listens that speaks Ollama's dialect, as OLLAMA_HOST has it."""
    with served("models=['nomic-embed-text', 'tiny', 'large']") as address:
        yield address.removeprefix("http://")


def test_what_is_written(typed: Type, tmp_path: Path) -> None:
    """A commented file with its schema's line, the schema, and .gitignore; the file is what a run would do."""
    code, out, err = typed("--yes")
    assert (code, err) == (0, "")
    text = (tmp_path / "config.toml").read_text()
    assert text.startswith("#:schema ./.destilation/config.schema.json\n")
    assert text.count("#") > 15
    schema = json.loads((tmp_path / ".destilation" / "config.schema.json").read_text())
    assert "confirm_above_usd" in schema["$defs"]["JobTable"]["properties"]
    assert load(tmp_path / "config.toml").job.confirm_above_usd == 1.0
    assert out.startswith("✓ config.toml   job everyday-physics-simple-qa, 100 samples of simple_qa, provider mock\n")


def test_nothing_is_overwritten(typed: Type, tmp_path: Path) -> None:
    """Whatever of the three is there stays as it is, byte for byte."""
    (tmp_path / ".destilation").mkdir()
    (tmp_path / ".destilation" / "config.schema.json").write_text("mine")
    (tmp_path / ".gitignore").write_text("mine too")
    assert typed("--yes")[0] == 0
    first = (tmp_path / "config.toml").read_bytes()
    assert typed("--yes", "-t", "coding")[0] == 2
    assert (tmp_path / "config.toml").read_bytes() == first
    assert (tmp_path / ".destilation" / "config.schema.json").read_text() == "mine"
    assert (tmp_path / ".gitignore").read_text() == "mine too"


def test_a_mistake_writes_nothing(typed: Type, tmp_path: Path) -> None:
    """A wrong template or domain ends with 2, names the flag and what is near, and leaves no folder behind."""
    for flags, wanted in ((("-t", "resoning"), "did you mean 'reasoning'?"), (("--domain", "a\x1bb"), "--domain")):
        code, out, err = typed("new", "--yes", "-p", "mock", *flags)
        assert (code, out) == (2, "")
        assert wanted in err
        assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_nothing_is_asked(typed: Type, tmp_path: Path) -> None:
    """As with --yes, in a folder of its own too; there the next steps name the file."""
    code, out, err = typed("deep/inside", "-n", "7")
    assert (code, err) == (0, "")
    assert load(tmp_path / "deep" / "inside" / "config.toml").job.target == 7
    assert "destilation run -C deep/inside/config.toml" in out


def test_the_editor_finds_the_schema(typed: Type, tmp_path: Path) -> None:
    """The `#:schema` line leads, from the file itself, to a schema that admits the file and refuses a wrong key."""
    for provider in ("mock", "ollama", "openrouter", "openai"):
        assert typed(provider, "--yes", "-p", provider, "-m", "m")[0] == 0
        text = (tmp_path / provider / "config.toml").read_text()
        first, _, _ = text.partition("\n")
        schema = json.loads((tmp_path / provider / first.removeprefix("#:schema ")).read_text())
        admits = fastjsonschema.compile(schema, use_default=False)
        document = tomllib.loads(text)
        admits(document)
        for wrong in ({"jbo": 1}, {"job": {**document["job"], "tagret": 1}}):
            with pytest.raises(fastjsonschema.JsonSchemaException):
                admits({**document, **wrong})


def test_a_local_ollama_is_found(typed: Type, tmp_path: Path, ollama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first model that writes is taken, with its address; a flag that names another provider is obeyed."""
    monkeypatch.setenv("OLLAMA_HOST", ollama)
    code, out, _ = typed("found", "--yes")
    assert code == 0
    assert "provider ollama (found on this machine: tiny:latest)" in out
    config = load(tmp_path / "found" / "config.toml")
    assert [share.label for share in config.job.mix] == ["ollama/tiny:latest"]
    assert getattr(config.providers["ollama"], "base_url", None) == f"http://{ollama}"
    typed("other", "--yes", "-p", "mock")
    assert [share.label for share in load(tmp_path / "other" / "config.toml").job.mix] == ["mock/mock"]


def test_a_server_elsewhere_is_not_looked_for(typed: Type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An OLLAMA_HOST that is another machine is not asked."""
    monkeypatch.setenv("OLLAMA_HOST", "192.0.2.1:11434")
    assert typed("--yes", "-p", "ollama", "-m", "x")[0] == 0
    assert "192.0.2.1" not in (tmp_path / "config.toml").read_text()


def test_the_questions(tmp_path: Path, ollama: str) -> None:
    """On a terminal what no flag says is asked for, a wrong answer again; models are offered."""
    answers = "Optics\nnonsense\nreasoning\n\nlarge:latest\n250\n"
    code, shown = on_terminal("init", cwd=tmp_path, typed=answers, env={"OLLAMA_HOST": ollama})
    assert code == 0, shown
    for title in ("Domain", "Template", "Provider", "Model", "Samples"):
        assert title in shown
    job = tomllib.loads((tmp_path / "config.toml").read_text())["job"]
    assert (job["domain"], job["template"], job["target"]) == ("Optics", "reasoning", 250)
    assert job["mix"] == [{"provider": "ollama", "model": "large:latest", "share": 1.0}]
    flags = ("--domain", "A", "-t", "coding", "-p", "mock", "-n", "3")
    code, shown = on_terminal("init", "sub", *flags, cwd=tmp_path, env={"OLLAMA_HOST": NOWHERE})
    assert code == 0
    assert shown.startswith("✓ sub/config.toml")


def test_flags_are_quoted(typed: Type, tmp_path: Path) -> None:
    """Quotes, backslashes and other scripts arrive as they were typed; what is no text is refused before writing."""
    assert typed("--yes", "-p", "openai", "-m", 'a"b\\c', "--domain", 'Größe "x" \\ 電気')[0] == 0
    job = load(tmp_path / "config.toml").job
    assert (job.domain, job.mix[0].model) == ('Größe "x" \\ 電気', 'a"b\\c')
    assert typed("sub", "--yes", "--domain", "\udcff")[0] == 2
    assert not (tmp_path / "sub" / "config.toml").exists()
