"""Every example of every verb's help is run as it stands there, in a folder that has what it names.

What asks a provider asks a mock of that name; only what needs a network, a running job or no end is left out.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from destilation.cli.app import EPILOG, run
from destilation.cli.pages import pages
from tests.e2e.command import destilation

LEFT_OUT = {
    "push datasets": "needs a hub",
    "push data": "needs a hub",
    "mock serve": "serves until it is stopped; tests/mockserver does",
    "providers.ollama.num_ctx": "a key that only a real Ollama has",
    "tokenizer.json": "needs a tokenizer; tests/exports has one",
    "run --detach": "leaves a process behind; tests/e2e/test_steering.py does it",
}  # fmt: skip
CONTROL = ("watch", "inspect", "pause", "resume", "stop", "set")
FIRST = {
    "--export datasets/rust-agents/exports/trl/train.jsonl": "export datasets/rust-agents --format trl",
    "datasets/rust-agents.reparsed": "reparse datasets/rust-agents",
}
CONFIG = """\
[job]
name = "rust-agents"
domain = "Rust Systems Programming"
target = 60
template = "reasoning"
mix = [{ provider = "ollama", model = "gpt-oss:20b" }, { provider = "openrouter", model = "m" }]
[providers.ollama]
kind = "mock"
[providers.openrouter]
kind = "mock"
invalid = 0.2
"""


def examples() -> Iterator[tuple[str, str]]:
    """The verb and the command line of each example, without what a shell would do with its output."""
    for words, lines in [("", EPILOG.splitlines()), *((page.words, page.examples) for page in pages())]:
        for line in lines:
            if line.startswith("  destilation "):
                for part in line.strip().split(" && "):
                    command = re.split(r"  | (?:>>?|\|) (?=[^'\"]*$)", part)[0]
                    yield words, command.removeprefix("destilation ").strip()


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, some datasets, and some files of others."""
    folder = tmp_path_factory.mktemp("stock")
    for name in ("config.toml", "other.toml"):
        (folder / name).write_text(CONFIG)
    out = str(folder / "datasets")
    assert run(["run", "-q", "-n", "30", "-C", str(folder / "config.toml"), "-o", out]) == 0
    for seed, name in enumerate(("monday", "tuesday", "a", "b")):
        job = ["-p", "mock", "-t", "simple_qa", "--domain", "d", "--seed", str(seed), "--name", name]
        assert run(["run", "-q", "-n", "5", "-C", str(folder / "config.toml"), "-o", out, *job]) == 0
    rows = [{"question": f"What is rule {'abcdefgh'[n] * 7}?", "instruction": "i", "input": "x" * n} for n in range(8)]
    for name in ("old.jsonl", "new.jsonl", "data.jsonl"):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    turns = [{"role": "user", "content": "Why is the sky blue?"}, {"role": "assistant", "content": "By scattering."}]
    (folder / "chats.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    (folder / "pairs.csv").write_text("prompt,reply\nWhy is it dark at night?,The sun is away.\n")
    alpaca = {
        "instruction": "Explain tides.",
        "input": "",
        "output": "<think>Gravity of the moon.</think>The moon pulls.",
    }
    (folder / "alpaca.json").write_text(json.dumps([alpaca]))
    return folder


@pytest.mark.parametrize(("words", "line"), examples(), ids=lambda value: value or "root")
def test_example(words: str, line: str, stock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with 0."""
    for part, reason in LEFT_OUT.items():
        if part in line:
            pytest.skip(reason)
    if line.split()[0] in CONTROL:
        pytest.skip("needs a running job or a terminal; tests/e2e/test_steering.py and test_inspect.py do")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    if line.startswith("init"):
        monkeypatch.chdir(tmp_path)
    else:
        shutil.copytree(stock, tmp_path, dirs_exist_ok=True)
        monkeypatch.chdir(tmp_path)
    for part, before in FIRST.items():
        if part in line:
            assert run(shlex.split(before)) == 0
    if "--open" in line:
        assert destilation(*shlex.split(line), cwd=tmp_path, env={"BROWSER": "true"}).returncode == 0
    else:
        assert run(shlex.split(line)) == 0


def test_most_examples_are_run() -> None:
    """What is left out is the exception, and everything that says why it is left out still is an example."""
    lines = [line for _, line in examples()]
    assert len(lines) > 60
    skipped = [line for line in lines if line.split()[0] in CONTROL or any(part in line for part in LEFT_OUT)]
    assert len(skipped) < 0.3 * len(lines)
    assert [part for part in LEFT_OUT if not any(part in line for line in lines)] == []
