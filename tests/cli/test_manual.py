"""What is made from the table of verbs: docs, the manual page, completion; and the help that a user asks for."""

import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from destilation.cli.app import VERBS, run
from destilation.cli.completion import SHELLS
from destilation.cli.pages import pages

ROOT = Path(__file__).parents[2]
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """A function that runs a command line: (code, stdout, stderr)."""

    def go(*args: str) -> tuple[int, str, str]:
        code = run(args)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return go


@pytest.mark.parametrize(("file", "maker"), [("verbs.md", "markdown"), ("destilation.1", "man")])
def test_the_docs_are_those_of_the_table(file: str, maker: str) -> None:
    """docs/verbs.md and the manual page say what the verbs say; `make docs` writes them again."""
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    assert (ROOT / "docs" / file).read_text() == made[maker](pages()), "make docs"


def test_the_manual_page_is_one() -> None:
    """groff finds nothing to complain of, and no page is empty."""
    if shutil.which("groff") is None:
        pytest.skip("there is no groff here")
    page = ROOT / "docs" / "destilation.1"
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", str(page)], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stderr == ""
    assert "budget" in done.stdout


BASH = """\
COMP_WORDS=({words})
COMP_CWORD={last}
_destilation
printf "%s\\n" "${{COMPREPLY[@]}}"
"""
ZSH = """\
words=({words})
CURRENT=$(({last} + 1))
compadd() {{
    shift
    for offer in "$@"; do [[ $offer == ${{words[CURRENT]}}* ]] && print -- $offer; done
    true
}}
_files() {{ }}
_destilation
"""
FISH = """\
complete -C {line} | string split -f 1 \\t
"""


def completed(shell: str, line: str, folder: Path) -> list[str]:
    """What a shell offers at the end of a line; in zsh as its completion system would ask for it."""
    words = line.split(" ")
    ask = {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell]
    # what registers a function is for an interactive zsh only
    made = SHELLS[shell](pages()) if shell != "zsh" else SHELLS[shell](pages()).rpartition("\nif [[ $funcstack")[0]
    asked = ask.format(words=" ".join(map(repr, words)), last=len(words) - 1, line=repr(line))
    (folder / "script").write_text(f"{made}\n{asked}")
    done = subprocess.run([shell, "script"], cwd=folder, capture_output=True, text=True, check=False, timeout=30)
    assert done.stderr == ""
    (folder / "script").unlink()
    return [offer for offer in done.stdout.split() if offer != "script"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell: str, tmp_path: Path) -> None:
    """Verbs, verbs below them, flags and the values of flags; where a folder is meant, files (the shell's own way)."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    for line, wanted in COMPLETED.items():
        assert sorted(set(completed(shell, line, tmp_path)) - {"--help"}) == sorted(wanted), line


COMPLETED = {
    "destilation re": ["report", "resume", "reparse"],
    "destilation run --bud": ["--budget-usd"],
    "destilation run --ui ": ["auto", "tui", "plain", "none"],
    "destilation run -t cod": ["coding", "coding_reasoning"],
    "destilation run --provider o": ["ollama", "openrouter", "openai"],
    "destilation providers ": ["list", "check"],
    "destilation providers check --pro": ["--provider", "--probe"],
    "destilation help tem": ["templates"],
    "destilation run -q datasets/x --dry": ["--dry-run"],
    "destilation completion f": ["fish"],
    "destilation templates show tool": ["tool_trace"],
    "destilation status ": [],
}


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_other_shells_know_every_verb_and_flag(shell: str, said: Said) -> None:
    """Every verb and every long flag is in the script."""
    code, script, _ = said("completion", shell)
    assert code == 0
    for page in pages():
        for name in [page.words.split()[-1], *(flag.names[0] for flag in page.flags if flag.names[0].startswith("--"))]:
            bare = name.lstrip("-")
            assert re.search(rf"(?<![\w-])(?:--)?{re.escape(bare)}(?![\w-])", script), (page.words, name)


def test_help_for_a_verb(said: Said) -> None:
    """`help VERB` prints what `VERB --help` does, below verbs too; without a verb it lists them."""
    for words in (["run"], ["providers", "check"], ["help"]):
        code, out, _ = said("help", *words)
        assert (code, out) == said(*words, "--help")[:2]
    code, out, _ = said("help")
    assert code == 0
    assert all(f"  {verb} " in out for verb in VERBS)


@pytest.mark.parametrize("args", [(), ("providers",), ("templates",)])
def test_no_verb(args: tuple[str, ...], said: Said) -> None:
    """The help, and 2: it is no answer to a question that a script asked."""
    code, out, err = said(*args)
    assert (code, out) == (2, "")
    assert err == said(*args, "--help")[1]


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("stauts",), "did you mean 'status'?"),
        (("run", "--taget", "5"), "--target"),
        (("status", "--jsn"), "--json"),
        (("providers", "chek"), "check"),
        (("help", "rn"), "did you mean 'run'?"),
        (("help", "providers", "chek"), "check"),
        (("help", "run", "x"), "has no verb 'x' below it"),
        (("init", "-p", "olama"), "Did you mean 'ollama'?"),
        (("run", "--ui", "plian"), "Did you mean 'plain'?"),
        (("run", "-t", "resoning"), "did you mean 'reasoning'?"),
        (("run", "-p", "mokc"), "did you mean 'mock'?"),
        (("run", "--set", "job.tagret=4"), "did you mean `target`?"),
        (("templates", "show", "resoning"), "did you mean 'reasoning'?"),
        (("completion", "tcsh"), "'bash', 'zsh', 'fish', 'powershell'"),
    ],
)
def test_what_was_meant(args: tuple[str, ...], wanted: str, said: Said) -> None:
    """A mistyped verb, flag or value ends with 2 and names what is near."""
    code, out, err = said(*args)
    assert (code, out) == (2, "")
    assert wanted in err


def test_every_verb_explains_itself() -> None:
    """Each has words, an example of its own, and words for each of its flags."""
    for page in pages():
        assert page.line
        assert page.help, page.words
        assert [flag.names for flag in page.flags if not flag.help] == [], page.words
        assert any(line.startswith(f"  destilation {page.words}") for line in page.examples), page.words
