"""The user's commands: called with the facts, by no shell, with no key; and what they do harms no run."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from destilation.cli.hooks import Hooks, filled
from destilation.config import Config, load
from destilation.config import Hooks as Commands
from destilation.core import events
from destilation.core.progress import Progress
from tests.e2e.command import destilation, metadata

TELL = "import json, os, sys; open(sys.argv[1], 'a').write(json.dumps([sys.argv[2:], dict(os.environ)]) + chr(10))"


def config(*, finish: tuple[str, ...] = (), budget: tuple[str, ...] = ()) -> Config:
    """The demo, with commands."""
    return replace(load(None), hooks=Commands(finish, budget))


def called(path: Path) -> list[list[str]]:
    """With which words."""
    return [json.loads(line)[0] for line in path.read_text().splitlines()] if path.exists() else []


def test_the_facts_are_given(tmp_path: Path) -> None:
    """Each name in braces is what it stands for, once, as one word."""
    told = tmp_path / "told"
    command = (sys.executable, "-c", TELL, str(told), "{job}: {state}", "{accepted}/{target}", "{exit_code}", "{event}")
    hooks = Hooks(config(finish=command), tmp_path, pytest.fail)
    hooks.finish({"accepted": 7, "target": 9, "cost_usd": 0.5}, "short", 3)
    assert called(told) == [["demo: short", "7/9", "3", "on_finish"]]


def test_no_shell_reads_them(tmp_path: Path) -> None:
    """What a fact holds is a word, whatever is in it, and is not filled in again."""
    evil = '"; touch /tmp/x; $(id) `id` {job} %s'
    words = filled(["say", "{state}!"], {"state": evil, "job": "j"})
    assert words == ["say", f"{evil}!"]
    told = tmp_path / "told"
    hooks = Hooks(config(finish=(sys.executable, "-c", TELL, str(told), "{state}")), tmp_path, pytest.fail)
    hooks.finish({}, evil, 0)
    assert called(told) == [[evil]]


def test_a_low_budget_is_told_once(tmp_path: Path) -> None:
    """However often it is looked at."""
    told, progress = tmp_path / "told", Progress()
    hooks = Hooks(config(budget=(sys.executable, "-c", TELL, str(told), "{budget_used}")), tmp_path, pytest.fail)
    hooks.watch(progress, 0.0)
    progress.see(events.BudgetWarning(used=0.8, cost_usd=1.0))
    hooks.watch(progress, 1.0)
    hooks.watch(progress, 2.0)
    hooks.finish({}, "met", 0)
    assert called(told) == [["80%"]]


def test_keys_are_not_in_their_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command gets the environment but for what holds a provider's key."""
    monkeypatch.setenv("MY_KEY", "canary")
    monkeypatch.setenv("MY_WORD", "seen")
    path = tmp_path / "config.toml"
    path.write_text(
        '[job]\ntarget = 1\ndomain = "d"\nmix = [{ provider = "o", model = "m" }]\n'
        '[providers.o]\nkind = "openai"\nbase_url = "http://localhost:1"\napi_key_env = "MY_KEY"\n'
    )
    told = tmp_path / "told"
    command = (sys.executable, "-c", TELL, str(told))
    Hooks(replace(load(path), hooks=Commands(command)), tmp_path, pytest.fail).finish({}, "met", 0)
    environment = json.loads(told.read_text())[1]
    assert environment["MY_WORD"] == "seen"
    assert "canary" not in told.read_text()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/nowhere/beep",), "hooks.on_finish: /nowhere/beep: No such file or directory"),
        ((sys.executable, "-c", "raise SystemExit(3)"), f"hooks.on_finish: {sys.executable} ended with 3"),
        (("\ud800",), "hooks.on_finish: \\ud800: it cannot be called"),
    ],
    ids=["missing", "failing", "no name"],
)
def test_a_command_that_fails(command: tuple[str, ...], words: str, tmp_path: Path) -> None:
    """One line says so, and nothing is raised."""
    said: list[str] = []
    Hooks(config(finish=command), tmp_path, said.append).finish({}, "met", 0)
    assert said == [words]


def test_a_command_that_hangs(tmp_path: Path) -> None:
    """It is ended after a while, with what it has started; it does not read our input."""
    said: list[str] = []
    script = f"import os, pathlib, time; pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); time.sleep(60)"
    began = time.monotonic()
    hooks = Hooks(config(finish=(sys.executable, "-c", script)), tmp_path, said.append, patience_s=0.7)
    hooks.finish({}, "met", 0)
    assert time.monotonic() - began < 10
    assert said == [f"hooks.on_finish: {sys.executable} was ended after 0.7 s"]
    if (pid := tmp_path / "pid").exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


def test_a_run_calls_them(tmp_path: Path) -> None:
    """At its end, in the process of the engine; one that fails changes neither the dataset nor the exit code."""
    told = tmp_path / "told"
    hook = json.dumps([sys.executable, "-c", TELL, str(told), "{job} {state} {accepted} {exit_code}"])
    (tmp_path / "config.toml").write_text(f"[hooks]\non_finish = {hook}\n")
    done = destilation("run", "-n", "5", "--name", "demo", cwd=tmp_path)
    assert (done.returncode, called(told)) == (0, [["demo met 5 0"]])
    done = destilation("run", "-n", "6", "--name", "demo", "--set", 'hooks.on_finish=["/nowhere/x"]', cwd=tmp_path)
    assert done.returncode == 0
    assert "hooks.on_finish: /nowhere/x: No such file or directory" in done.stderr
    assert metadata(tmp_path / "datasets" / "demo")["accepted"] == 6


def test_a_folder_has_no_say(tmp_path: Path) -> None:
    """Commands in the job.toml of a dataset folder, which may come from anywhere, are not called."""
    told = tmp_path / "told"
    assert destilation("run", "-n", "3", cwd=tmp_path).returncode == 0
    job = tmp_path / "datasets" / "demo" / "job.toml"
    hook = json.dumps([sys.executable, "-c", TELL, str(told)])
    job.write_text(f"{job.read_text()}\n[hooks]\non_finish = {hook}\n")
    assert destilation("run", "demo", "-n", "4", cwd=tmp_path).returncode == 0
    assert not told.exists()
