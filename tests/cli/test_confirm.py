"""Before money is spent: asked above a limit on a terminal, refused without one, never for models on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from destilation.cli.app import run
from tests.e2e.terminal import on_terminal
from tests.mockserver.running import KEY, ledger, served

PRICE = "price = { input_per_mtok = 1.0, output_per_mtok = 10.0 }"
ALWAYS = ("--set", "job.confirm_above_usd=0")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A mock whose address is, for the program, that of another machine."""
    with served(f'key="{KEY}"') as address:
        yield address


def write(folder: Path, server: str, price: str = PRICE, target: int = 1_000, more: str = "") -> None:
    """A job in the folder that asks a server elsewhere: 0.0.0.0 leads here, but is no loopback name."""
    elsewhere = server.replace("127.0.0.1", "0.0.0.0")
    (folder / "config.toml").write_text(
        f'[job]\nname = "job"\ndomain = "physics"\ntarget = {target}\n{more}\n'
        'mix = [{ provider = "far", model = "mock-small" }]\n'
        f'[providers.far]\nkind = "openai"\nbase_url = "{elsewhere}/v1"\nallow_http = true\n'
        f'api_key_env = "MOCK_KEY"\n{price}\n'
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with the key set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCK_KEY", KEY)
    return tmp_path


def test_without_a_terminal(folder: Path, server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 with the estimate and what to do; nothing is sent or written. A cap, a yes or a small job go on."""
    write(folder, server)
    before = ledger(server)["requests"]
    assert run(["run", "-q"]) == 2
    said = capsys.readouterr().err
    assert "estimated cost $13." in said
    assert "for 1,000 samples; above job.confirm_above_usd ($1.00)" in said
    assert "--budget-usd 20, or --yes" in said
    assert ledger(server)["requests"] == before
    assert not (folder / "datasets").exists()
    assert run(["run", "-q", "-n", "3"]) == 0
    assert run(["run", "-q", "-n", "6", *ALWAYS]) == 2
    assert run(["run", "-q", "-n", "6", *ALWAYS, "--budget-usd", "5"]) == 0
    assert run(["run", "-q", "-n", "8", *ALWAYS, "--yes"]) == 0
    assert run(["run", "-q", "--forecast", "--probe", "2"]) == 0
    assert run(["run", "-q", "-n", "8", *ALWAYS]) == 0  # nothing is missing


def test_an_unknown_price(folder: Path, server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody knows the price of may cost anything; a price of nothing is an answer."""
    write(folder, server, price="", target=3)
    assert run(["run", "-q"]) == 2
    assert "what far/mock-small costs is not known" in capsys.readouterr().err
    write(folder, server, price="price = {}", target=3)
    assert run(["run", "-q"]) == 0


def test_what_the_folder_cost_tells_more(folder: Path, server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From twenty samples on the estimate is by what they cost."""
    write(folder, server)
    assert run(["run", "-q", "-n", "20"]) == 0
    told = json.loads((folder / "datasets" / "job" / "metadata.json").read_text())
    assert told["cost_usd"] > 0
    capsys.readouterr()
    assert run(["run", "-q", "-n", "120", *ALWAYS]) == 2
    assert f"${100 * told['cost_usd'] / 20:.2f} for 100 samples" in capsys.readouterr().err


def test_models_of_this_machine_are_never_asked_about(folder: Path, server: str) -> None:
    """A loopback server and the mock, whatever they are said to cost."""
    write(folder, server)
    config = folder / "config.toml"
    config.write_text(config.read_text().replace("0.0.0.0", "127.0.0.1"))
    assert run(["run", "-q", "-n", "2", *ALWAYS]) == 0
    assert run(["run", "-q", "-n", "2", "-p", "mock", "--name", "m", *ALWAYS]) == 0


def test_on_a_terminal(folder: Path, server: str) -> None:
    """No ends with 2 and sends nothing; yes, or just enter, begins. The cap is told."""
    write(folder, server, target=3, more="confirm_above_usd = 0.0\nbudget_usd = 5.0")
    before = ledger(server)["requests"]
    env = {"MOCK_KEY": KEY}
    code, shown = on_terminal("run", "--ui", "plain", cwd=folder, typed="n\n", env=env)
    assert code == 2
    assert "(cap $5.00). Start? [Y/n]" in " ".join(shown.split())
    assert "not started; nothing was sent" in shown
    assert ledger(server)["requests"] == before
    code, shown = on_terminal("run", "--ui", "plain", cwd=folder, typed="\n", env=env)
    assert code == 0, shown
    assert ledger(server)["requests"] >= before + 3
