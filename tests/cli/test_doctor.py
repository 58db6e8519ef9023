"""`doctor`: what is well, what is wrong, what to do, and how it ends."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from destilation.cli.app import run
from destilation.launch.doctor import machine
from destilation.launch.doctor.disk import disk
from destilation.launch.doctor.finding import bad, exit_code_of, good, odd
from tests.e2e.terminal import on_terminal
from tests.mockserver.running import KEY, served

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A function that runs `doctor` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOCK_KEY", raising=False)

    def go(*args: str) -> tuple[int, str, str]:
        code = run(["doctor", *args])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


@pytest.fixture
def address() -> Iterator[str]:
    """Where a mock server listens that wants a key."""
    with served(f'key="{KEY}"') as found:
        yield found


def test_a_machine_that_is_well(typed: Type, tmp_path: Path) -> None:
    """The demo needs nothing: every line has a mark, nothing is left behind, exit 0."""
    code, out, _ = typed()
    assert code == 0
    lines = [line for line in out.splitlines() if not line.lstrip().startswith("fix:")]
    assert all(line[0] in "✓!" for line in lines)
    for name in (
        "python",
        "versions",
        "extras",
        "terminal",
        "open files",
        "disk",
        "fsync",
        "sandbox",
        "config",
        "mock/mock",
    ):
        assert any(line[2:].startswith(name) for line in lines), name
    assert list(tmp_path.iterdir()) == []


def test_a_bad_configuration_ends_with_two(typed: Type, tmp_path: Path) -> None:
    """The machine is looked at all the same, and the mistake is told where it stands."""
    (tmp_path / "config.toml").write_text("[job]\ntarget = 0\n")
    code, out, _ = typed()
    assert code == 2
    assert "✓ python" in out
    assert "config.toml:2:10" in out
    assert "fix: mend it" in out


def test_keys_and_endpoints(typed: Type, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is set or not, and never shown; a server answers in so many milliseconds, or the fix is told; exit 5."""
    config = tmp_path / "config.toml"
    config.write_text(
        f'[job]\ndomain = "d"\ntarget = 1\nmix = [{{ provider = "far", model = "mock-small" }}]\n'
        f'[providers.far]\nkind = "openai"\nbase_url = "{address}/v1"\napi_key_env = "MOCK_KEY"\n'
    )
    code, out, _ = typed()
    assert code == 5
    assert "✗ key of far" in out
    assert "fix: export MOCK_KEY=..." in out
    monkeypatch.setenv("MOCK_KEY", KEY)
    code, out, _ = typed("--json")
    assert code == 0
    told = json.loads(out)
    (endpoint,) = [each for each in told["findings"] if each["name"] == "far/mock-small"]
    assert "answers at 127.0.0.1" in endpoint["text"]
    assert " ms" in endpoint["text"]
    assert KEY not in out
    monkeypatch.setenv("MOCK_KEY", f"{KEY} ")
    assert "white space around it" in typed()[1]
    monkeypatch.setenv("MOCK_KEY", KEY)
    code, out, _ = typed("--set", 'job.mix=[{provider="far", model="mock-smal"}]')
    assert code == 5
    assert "fix: look closer with: destilation providers check far" in out
    code, out, _ = typed("--offline", "--set", 'job.mix=[{provider="far", model="mock-smal"}]')
    assert code == 0
    assert "mock-smal" not in out


def test_an_output_folder_that_cannot_be(typed: Type, tmp_path: Path) -> None:
    """A file in the way is told before any run."""
    (tmp_path / "file").write_text("")
    code, out, _ = typed("--out", "file/datasets")
    assert code == 2
    assert "✗ disk" in out
    assert [finding.mark for finding in disk(tmp_path / "not" / "yet")][1] in ("good", "odd")


def test_on_a_terminal(tmp_path: Path) -> None:
    """Size, colours and encoding as they are."""
    code, shown = on_terminal("doctor", cwd=tmp_path, columns=90, env={"TERM": "xterm-256color"})
    assert code == 0
    assert "90x24, 256 colours, UTF-8" in shown.replace("utf-8", "UTF-8")
    _, shown = on_terminal("doctor", cwd=tmp_path, columns=40, env={"NO_COLOR": "1", "LC_ALL": "C.UTF-8"})
    assert "40x24, no colours (NO_COLOR)" in shown
    assert "make it larger" in shown


def test_how_it_ends() -> None:
    """What is odd ends nothing; what is wrong here counts before what is wrong elsewhere."""
    assert exit_code_of([good("a", ""), odd("b", "", "fix")]) == 0
    assert exit_code_of([bad("a", "", "fix", 5)]) == 5
    assert exit_code_of([bad("a", "", "fix", 5), bad("b", "", "fix")]) == 2
    assert machine.open_files().mark in ("good", "odd")
