"""The verbs as a user types them: what they print, where, and how they end."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from destilation.cli.app import VERBS, root, run

ROOT = Path(__file__).parents[2]
Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A function that runs a command line in an empty folder: (code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def go(*args: str) -> tuple[int, str, str]:
        code = run(args)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


def commands() -> list[tuple[str, click.Command]]:
    """Every verb and every verb of a verb, with its words."""
    found = []
    context = click.Context(root)
    for verb in VERBS:
        command = root.get_command(context, verb)
        assert command is not None
        found.append((verb, command))
        if isinstance(command, click.Group):
            found += [(f"{verb} {name}", inner) for name, inner in command.commands.items()]
    return found


@pytest.mark.parametrize(("words", "command"), commands(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_verb_explains_itself(words: str, command: click.Command, typed: Type) -> None:
    """Help with a sentence, an example, and a place in the docs."""
    code, out, _ = typed(*words.split(), "--help")
    assert code == 0
    assert "Example" in out
    assert command.help
    assert f"`destilation {words}`" in (ROOT / "docs" / "verbs.md").read_text()


def test_every_flag_is_in_the_docs() -> None:
    """docs/verbs.md names each long flag."""
    text = (ROOT / "docs" / "verbs.md").read_text()
    flags = {
        name
        for _, command in commands()
        for option in command.params
        for name in option.opts
        if name.startswith("--") and not getattr(option, "hidden", False)
    }
    assert [flag for flag in sorted(flags) if f"`{flag}" not in text] == []


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("rnu",), "there is no verb 'rnu', did you mean 'run'?"),
        (("zzz",), "there is no verb 'zzz'. Verbs: init"),
        (("run", "--tarhet", "5"), "--tarhet"),
        (("run", "--target", "many"), "job.target: must be an integer"),
        (("run", "--target", "-5"), "job.target: must be at least 1"),
        (("run", "--model", "m"), "--model needs --provider"),
        (("run", "-p", "mock", "-m", "a", "-m", "b"), "2 --model but 1 --provider"),
        (("run", "--provider", "ollma", "-m", "x"), "did you mean 'ollama'?"),
        (("run", "--name", "../x"), "must be 1 to 64 of"),
        (("run", "--set", "job.max_atempts=4"), "did you mean `max_attempts`?"),
        (("run", "--set", "nonsense"), "--set wants KEY=VALUE"),
        (("run", "-C", "none.toml"), "none.toml: no such file"),
        (("run", "nowhere"), "there is no dataset folder nowhere"),
        (("run", "-p", "openrouter", "-m", "x", "--domain", "d", "-n", "1"), "OPENROUTER_API_KEY"),
        (("status",), "there is no dataset at"),
        (("verify", "nowhere"), "there is no dataset folder"),
        (("templates", "show", "codin"), "did you mean 'coding'?"),
        (("providers", "check", "ollama"), "the mix asks no provider 'ollama'"),
    ],
)  # fmt: skip
def test_mistakes_end_with_two_and_write_nothing(
    args: tuple[str, ...], wanted: str, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message on stderr, no traceback, nothing on stdout, no file."""
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    code, out, err = typed(*args)
    assert code == 2
    assert wanted in err
    assert "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_templates(typed: Type, tmp_path: Path) -> None:
    """Listed and shown, built in and the user's own, in words and as JSON."""
    (tmp_path / "config.toml").write_text(
        '[[templates]]\nid = "mine"\ndescription = "My own."\nschema = [{ name = "a", type = "integer", required = false }]\n'
        'user_prompt_pattern = "About {{domain}}."\n'
    )
    code, out, _ = typed("templates", "list")
    assert code == 0
    assert "mine" in out
    assert "thought, tool_call, tool_response, final_answer" in out
    assert [each["id"] for each in json.loads(typed("templates", "list", "--json")[1])][-1] == "mine"
    _, out, _ = typed("templates", "show", "mine", "--domain", "Optics")
    assert "integer, optional" in out
    assert "About Optics." in out
    document = json.loads(typed("templates", "show", "tool_trace", "--json")[1])
    assert [field["name"] for field in document["fields"]] == ["thought", "tool_call", "tool_response", "final_answer"]
    assert document["example"][0]["role"] == "system"
    assert "kept in provenance.jsonl" in typed("templates", "show", "tool_trace")[1]


def test_config(typed: Type, tmp_path: Path) -> None:
    """Checked, shown with origins, and described for editors."""
    code, out, _ = typed("config", "check", "--target", "5")
    assert (code, out) == (0, "ok: job demo, 5 samples of simple_qa about Everyday Physics, asked of mock/mock\n")
    assert "# job.target: --target" in typed("config", "show", "--origin", "--target", "5")[1]
    assert json.loads(typed("config", "show", "--json")[1])["digest"]
    assert json.loads(typed("config", "schema")[1])["type"] == "object"
    (tmp_path / "config.toml").write_text("[job]\ntarget = 0\n")
    code, _, err = typed("config", "check")
    assert code == 2
    assert "config.toml:2:10" in err


def test_init_then_run(typed: Type, tmp_path: Path) -> None:
    """The file that init writes is checked, runs as it is, and is never overwritten."""
    code, out, _ = typed("init", "--yes")
    assert code == 0
    assert "Next: destilation preview" in out
    assert (tmp_path / ".gitignore").read_text() == "datasets/\n"
    assert json.loads((tmp_path / ".destilation" / "config.schema.json").read_text())["$defs"]
    assert typed("run", "--target", "5", "-q")[0] == 0
    code, _, err = typed("init", "--yes")
    assert code == 2
    assert "is there already" in err


@pytest.mark.parametrize("provider", ["mock", "ollama", "openrouter", "openai"])
def test_init_for_every_provider(provider: str, typed: Type) -> None:
    """Whatever is chosen, the file is a valid configuration."""
    assert typed("init", "sub", "-p", provider, "--domain", 'A "B" \\ C', "-t", "coding", "-n", "7")[0] == 0
    code, out, _ = typed("config", "check", "-C", "sub/config.toml")
    assert code == 0
    assert "7 samples of coding" in out


def test_init_checks_what_it_writes(typed: Type, tmp_path: Path) -> None:
    """A template that does not exist leaves no file behind."""
    code, _, err = typed("init", "--yes", "-t", "codin")
    assert code == 2
    assert "did you mean 'coding'?" in err
    assert not (tmp_path / "config.toml").exists()


def test_status_and_verify(typed: Type, tmp_path: Path) -> None:
    """Status tells words or the metadata; verify finds what was damaged, by file and line, and ends with 6."""
    assert typed("run", "--target", "10", "--set", "providers.mock.invalid=0.4")[0] == 0
    code, out, _ = typed("status")
    assert code == 0
    assert "10 / 10 samples   met" in out
    assert "refused" in out
    assert json.loads(typed("status", "demo", "--json")[1])["accepted"] == 10
    assert typed("verify")[1] == "✓ 10 samples: valid, distinct, each with its provenance\n"
    path = tmp_path / "datasets" / "demo" / "samples.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:], lines[0], b'{"question": 1}\n', b'{"half']))
    code, out, _ = typed("verify")
    assert code == 6
    assert "samples.jsonl:10: is the same as line 1" in out
    assert "samples.jsonl:11: field 'question' must be a string" in out
    assert "samples.jsonl:12: has no end of line" in out
    assert "provenance.jsonl:2: does not belong to line 2" in out
    assert "metadata.json: says accepted 10" in out
    document = json.loads(typed("verify", "--json")[1])
    assert (document["ok"], document["samples"]) == (False, 12)
    (tmp_path / "datasets" / "demo" / "metadata.json").unlink()
    assert typed("status")[0] == 2
    (tmp_path / "datasets" / "demo" / "job.toml").unlink()
    assert typed("verify", "datasets/demo")[0] == 2


def test_providers(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listed without sending anything; checked with a clear line per failure and code 5."""
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    mix = ("-p", "mock", "-p", "openrouter", "-m", "mock", "-m", "a/b", "--domain", "d", "-n", "1")
    _, out, _ = typed("providers", "list", *mix)
    assert re.search(r"openrouter +openrouter +https://openrouter.ai/api/v1 +OPENROUTER_API_KEY \(not set\) +a/b", out)
    assert [row["name"] for row in json.loads(typed("providers", "list", "--json", *mix)[1])] == ["mock", "openrouter"]
    assert typed("providers", "check")[0] == 0
    code, out, err = typed("providers", "check", "openrouter", *mix)
    assert code == 5
    assert "OPENROUTER_API_KEY" in out
    assert "no provider can be used" in err
    code, out, _ = typed("providers", "check", "--json", *mix)
    assert code == 5
    assert [row["ok"] for row in json.loads(out)] == [True, False]


def test_quiet_and_plain(typed: Type) -> None:
    """-q prints nothing; otherwise progress goes to stderr and the summary to stdout."""
    assert typed("run", "-q", "-n", "3") == (0, "", "")
    code, out, err = typed("run", "-n", "6")
    assert code == 0
    assert "start   demo target=6" in err
    assert out.startswith("demo  6 / 6 samples")


def test_version(typed: Type) -> None:
    """One line."""
    assert typed("--version")[1] == "destilation 0.1.0\n"


def test_an_internal_error_is_one_line(typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What should not happen ends with code 1, no traceback, and says what to do."""
    place = tmp_path / "gone"
    place.mkdir()
    monkeypatch.chdir(place)
    place.rmdir()
    code, _, err = typed("status")
    assert code == 1
    assert "internal error: FileNotFoundError" in err
    assert "Traceback" not in err


def test_cost_and_forecast(typed: Type) -> None:
    """A pilot says what the target will take and keeps its samples; cost tells what was spent on what."""
    assert typed("cost")[0] == 2
    job = [
        "--set",
        "providers.mock.price.output_per_mtok=10",
        "--set",
        "providers.mock.invalid=0.3",
        "--budget-usd",
        "1",
    ]
    code, out, _ = typed("run", "--forecast", "--probe", "10", "--target", "5000", "-q", *job)
    assert code == 0
    assert "for 4,990 more samples; 10 are there" in out
    assert "The cap of $1.00 will likely be reached first." in out
    document = json.loads(typed("run", "--forecast", "--probe", "5", "--target", "5000", "--json", "-q", *job)[1])
    assert document["missing"] == 4985
    assert document["usd"]["low"] < document["usd"]["likely"] < document["usd"]["high"]
    code, out, _ = typed("cost")
    assert code == 0
    assert "accepted" in out
    assert "refused" in out
    assert "per 1,000 accepted" in out
    document = json.loads(typed("cost", "--json")[1])
    assert sum(row["answers"] for row in document["rows"] if row["outcome"] == "accepted" and not row["stage"]) == 15
    code, out, _ = typed("run", "--target", "5000", "-q", *job)
    assert code == 4
    assert typed("status", "--json")[1].count('"state": "budget"') == 1


def test_a_pilot_without_a_sample(typed: Type) -> None:
    """Where the pilot brings nothing there is nothing to foretell, and the code says how it ended."""
    code, _, _ = typed("run", "--forecast", "-q", "--set", "providers.mock.invalid=1.0", "--set", "job.patience=5")
    assert code == 3


def test_caps_are_checked(typed: Type) -> None:
    """Caps must be positive, times must be times; flags and file go through the same door."""
    assert typed("config", "check", "--budget-usd", "0")[0] == 2
    code, _, err = typed("config", "check", "--max-time", "soon")
    assert code == 2
    assert "30m" in err
    assert typed("config", "check", "--max-time", "1h30m", "--budget-usd", "2.5")[0] == 0
    shown = typed("config", "show", "--max-time", "1h30m", "--set", "providers.mock.rpm=60")[1]
    assert "max_time = 5400.0" in shown
    assert "rpm = 60" in shown


def test_mock_serve_refuses_nonsense(typed: Type) -> None:
    """An unknown key of a scenario, or a port that cannot be had, is one line."""
    code, _, err = typed("mock", "serve", "--set", "rmp=5")
    assert code == 2
    assert "docs/mock-server.md" in err
    code, _, err = typed("mock", "serve", "--host", "203.0.113.1")
    assert code == 2
    assert "cannot listen" in err


def test_reparse_and_repair(typed: Type, tmp_path: Path) -> None:
    """Answers are judged again into a new folder or in place; what can be mended is, and says so."""
    strict = ["--set", "job.checks.min_chars.answer=150", "--set", "providers.mock.invalid=0.1"]
    assert typed("run", "--target", "100", "-q", *strict)[0] == 0
    code, out, _ = typed("reparse", "demo", "--set", "job.checks.min_chars={}")
    assert code == 0
    assert "no call made" in out
    assert (tmp_path / "datasets" / "demo.reparsed" / "samples.jsonl").is_file()
    code, _, err = typed("reparse", "demo")
    assert code == 2
    assert "is there already" in err
    code, out, _ = typed("reparse", "demo", "--in-place", "--json")
    assert code == 0
    assert json.loads(out)["lost"] == 0
    assert typed("reparse", "demo", "--in-place", "--out", "x")[0] == 2
    (tmp_path / "datasets" / "demo" / "metadata.json").unlink()
    assert typed("verify", "demo")[0] == 6
    code, out, _ = typed("verify", "demo", "--repair")
    assert code == 0
    assert "mended metadata.json" in out
    assert json.loads(typed("verify", "demo", "--repair", "--json")[1])["mended"] == []


def test_drop(typed: Type) -> None:
    """Samples are counted, dropped, and refilled."""
    assert typed("run", "--target", "20", "-q")[0] == 0
    code, out, _ = typed("drop", "demo", "--where", "task=3", "--dry-run")
    assert (code, out) == (0, "samples to be dropped: 1, left: 19\n")
    code, out, _ = typed("drop", "demo", "--where", "provider=mock", "--where", "task=3")
    assert code == 0
    assert "samples dropped: 1, left: 19" in out
    assert json.loads(typed("drop", "demo", "--where", "task=4", "--json")[1])["dropped"] == 1
    assert typed("verify", "demo")[0] == 0
    assert typed("run", "--target", "20", "-q")[0] == 0
    assert "20 samples" in typed("verify", "demo")[1]
    assert typed("drop", "demo", "--where", "size=3")[0] == 2


def test_realised_shares_are_told(typed: Type) -> None:
    """A run and status say what the shares of the mix came to."""
    two = ("--set", 'providers.other.kind="mock"')
    mix = ("--set", 'job.mix=[{provider="mock", share=3.0}, {provider="other", share=1.0}]')
    code, out, _ = typed("run", "--target", "40", "--name", "two", "-j", "4", *two, *mix)
    assert code == 0
    assert "shares of the samples: mock 75.0%, other 25.0%" in out
    assert "shares of the samples: mock 75.0%, other 25.0%" in typed("status", "two")[1]


def test_dedup_and_diff(typed: Type, tmp_path: Path) -> None:
    """Two runs compared and put together: in words, as JSON, and by the fields of their job."""
    for seed, name in ((1, "one"), (2, "two")):
        assert typed("run", "--target", "20", "-q", "--seed", str(seed), "--name", name)[0] == 0
    one, two = "datasets/one", "datasets/two"
    code, out, _ = typed("diff", one, one)
    assert (code, out.splitlines()[-1]) == (0, "in both: 20; near: 0")
    document = json.loads(typed("diff", one, two, "--json")[1])
    assert document["fields"] == ["question"]
    assert document["first"]["lines"] == document["second"]["lines"] == 20
    code, out, _ = typed("dedup", one, one)
    assert (code, out.splitlines()[0]) == (0, "lines: 40; equal to an earlier one: 20, near one: 0")
    code, out, _ = typed("dedup", one, one, "--out", "both.jsonl", "--fields", "question, answer", "--json")
    document = json.loads(out)
    assert (code, document["kept"], document["fields"]) == (0, 20, ["question", "answer"])
    assert (tmp_path / "both.jsonl").read_bytes() == (tmp_path / one / "samples.jsonl").read_bytes()
    samples = (tmp_path / "both.jsonl").read_text().splitlines()
    longer = [json.dumps({**json.loads(line), "answer": "x"}) for line in samples]
    (tmp_path / "longer.jsonl").write_text("\n".join(longer))
    assert "equal to an earlier one: 20" in typed("dedup", "both.jsonl", "longer.jsonl", "--fields", "question")[1]
    words = "the quick brown fox jumps over the lazy dog while seven grey geese watch from the old bridge"
    (tmp_path / "near.jsonl").write_text(f'{{"z": "{words}"}}\n{{"z": "{words} now"}}\n')
    assert "near.jsonl:1  near.jsonl:2" in typed("dedup", "near.jsonl")[1]
    for args in (("dedup", "none.jsonl"), ("dedup", one, "--threshold", "0.3"), ("diff", one, "datasets")):
        assert typed(*args)[0] == 2
    assert "longer.jsonl:1: has no field z" in typed("dedup", "longer.jsonl", "--fields", "z")[2]
