"""Checks of the user's own: how they are found, what they are given, and what may come of them."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from destilation.checks import plugins
from destilation.checks.plugins import PlugInCheck, load
from destilation.core.job import PlugIn
from destilation.core.review import Finding
from destilation.core.task import Task, seed_of
from destilation.core.verdict import Reason
from destilation.errors import CheckError, ConfigError
from tests.checks.doubles import sample_of
from tests.checks.test_execution import Nobody

SAMPLE = sample_of({"question": "Why?", "answer": "So.", "parts": ["b", "a"]}, language="python")
TASK = Task(7, "d", seed_of({"passage": "A text.", "question": "Why?"}))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Writes a module into the folder where the command is run, and gives its name; it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    before, names = list(sys.path), list[str]()

    def write(text: str) -> str:
        names.append(f"own_checks_{tmp_path.name.replace('-', '_')}_{len(names)}")
        (tmp_path / f"{names[-1]}.py").write_text(text)
        return names[-1]

    yield write
    assert sys.path == before
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a package with three checks be installed, two of which cannot be loaded."""
    site = tmp_path / "site"
    info = site / "own_rules-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-rules\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{plugins.GROUP}]\npolite = own_rules_of_a_test:polite\nlost = own_rules_of_a_test:gone\n"
        "nowhere = no_such_module_at_all:f\n"
    )
    (site / "own_rules_of_a_test.py").write_text("def polite(record):\n    return ['say please']\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "own_rules_of_a_test", raising=False)


def found(use: str, task: Task = TASK, **options: Any) -> Finding:
    """What the check finds in the sample."""
    finding = asyncio.run(PlugInCheck(PlugIn(use, options)).review(SAMPLE, task, Nobody()))
    assert finding is not None
    return finding


def texts(finding: Finding) -> list[str]:
    """What is wrong."""
    return [reason.text for reason in finding.reasons]


def test_a_function_beside_the_command(here: Callable[[str], str]) -> None:
    """module:function is found where the command is run; its name is that of the check and of its code."""
    module = here(
        "def short(record, most):\n    return f'longer than {most}' if len(record['answer']) > most else None\n"
    )
    finding = found(f"{module}:short", most=2)
    assert finding == Finding(reasons=(Reason("short:refused", "longer than 2"),))
    assert found(f"{module}:short", most=3) == Finding()
    assert PlugInCheck(PlugIn(f"{module}:short", {"most": 1})).name == "short"


def test_what_is_installed_comes_before_what_lies_about(here: Callable[[str], str], tmp_path: Path) -> None:
    """A file named like an installed module does not take its place."""
    here("")
    (tmp_path / "textwrap.py").write_text("def dedent(record):\n    return 'ours'\n")
    assert load("textwrap:dedent").__module__ == "textwrap"
    assert "ours" not in Path(load("textwrap:dedent").__code__.co_filename).read_text()


def test_an_entry_point(installed: None) -> None:
    """A check of an installed package is found by its name."""
    assert texts(found("polite")) == ["say please"]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("polte", "job.checks.plugins: no check 'polte' is installed, did you mean 'polite'?"),
        ("zzz", "job.checks.plugins: no check 'zzz' is installed; installed: "),
        ("nowhere", "job.checks.plugins: nowhere: No module named 'no_such_module_at_all'"),
        ("lost", "job.checks.plugins: lost: AttributeError while it was loaded: "),
    ],
)
def test_what_is_not_installed(installed: None, use: str, message: str) -> None:
    """A name that is mistyped, unknown, or of something broken, is told with what there is."""
    with pytest.raises(ConfigError) as caught:
        load(use)
    assert str(caught.value).startswith(message)
    assert use != "zzz" or "lost, nowhere, polite" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("def check(record): ...", "chek", "the module has no 'chek', did you mean 'check'?"),
        ("", "check", "the module has no 'check'"),
        ("check = 7", "check", " is no function"),
        ("import nothing_of_this_name", "check", ": No module named 'nothing_of_this_name'"),
        (
            "import os\nos.nothing_of_this_name",
            "check",
            "AttributeError while it was loaded: module 'os' has no attribute",
        ),
        ("1 / 0", "check", "ZeroDivisionError while it was loaded: division by zero"),
        ("def f(:", "check", "SyntaxError while it was loaded: "),
        ("import sys\nsys.exit(0)", "check", "SystemExit while it was loaded: 0"),
    ],
)
def test_what_cannot_be_loaded(here: Callable[[str], str], text: str, name: str, message: str) -> None:
    """Each is one ConfigError that names the check and what is wrong, and leaves the search path as it was."""
    module = here(text)
    with pytest.raises(ConfigError) as caught:
        load(f"{module}:{name}")
    assert str(caught.value).startswith("job.checks.plugins: ") and f"{module}" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("use", ["no_such_module_here:f", ":f", ".relative:f"])
def test_no_such_module(use: str) -> None:
    """A module that is not there, or no name of one, is a ConfigError."""
    with pytest.raises(ConfigError, match=r"job\.checks\.plugins: "):
        load(use)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "missing a required argument: 'most'"),
        ({"most": 1, "mosst": 2}, "got an unexpected keyword argument 'mosst'"),
        ({"record": {}, "most": 1}, "multiple values for argument 'record'"),
    ],
)
def test_wrong_options(here: Callable[[str], str], options: dict[str, Any], message: str) -> None:
    """Options that the function does not take are told before anything is asked."""
    module = here("def short(record, most): ...\n")
    with pytest.raises(ConfigError) as caught:
        PlugInCheck(PlugIn(f"{module}:short", options))
    assert f"{module}:short cannot be called so: {message}" in str(caught.value)


def test_a_function_that_does_not_tell_what_it_takes() -> None:
    """A built-in function without a signature is taken at its word."""
    assert PlugInCheck(PlugIn("builtins:iter")).name == "iter"


def test_it_gets_everything_and_its_own_copy(here: Callable[[str], str]) -> None:
    """Seeds, what was asked for besides, and the record; what it changes changes nothing."""
    module = here(
        "def check(record):\n"
        "    told = [repr(sorted(record.items()))]\n"
        "    record['parts'].append('c')\n"
        "    record.clear()\n"
        "    return told\n"
    )
    (told,) = texts(found(f"{module}:check"))
    assert told == repr(
        [("answer", "So."), ("language", "python"), ("parts", ["b", "a"]), ("passage", "A text."), ("question", "Why?")]
    )
    assert SAMPLE.record["parts"] == ["b", "a"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return None", []),
        ("return []", []),
        ("return ''", []),
        ("return ['', '  ']", []),
        ("return 'bad'", ["bad"]),
        ("return ['bad', 'worse']", ["bad", "worse"]),
        ("return ('bad',)", ["bad"]),
    ],
)
@pytest.mark.parametrize("how", ["def", "async def"])
def test_what_may_be_returned(here: Callable[[str], str], how: str, body: str, expected: list[str]) -> None:
    """Nothing, a sentence, or several of them, of plain and of coroutine functions; empty ones are none."""
    module = here(f"{how} check(record):\n    {body}\n")
    assert texts(found(f"{module}:check")) == expected


def test_sentences_one_by_one(here: Callable[[str], str]) -> None:
    """A generator is read to its end."""
    module = here("def check(record):\n    yield 'bad'\n    yield ''\n    yield 'worse'\n")
    assert texts(found(f"{module}:check")) == ["bad", "worse"]


def test_a_finding_may_be_returned(here: Callable[[str], str]) -> None:
    """A Finding is taken as it is, notes brought to what files can hold; a coroutine of a plain function is awaited."""
    module = here(
        "import datetime\n"
        "from destilation.core.review import Finding\n"
        "from destilation.core.verdict import Reason\n"
        "async def later():\n"
        "    return Finding(reasons=[Reason('own:code', 'bad')], notes={'own': {'on': datetime.date(2024, 1, 2)}},\n"
        "                   flags=('odd',), blame='question')\n"
        "def check(record):\n"
        "    return later()\n"
    )
    assert found(f"{module}:check") == Finding(
        reasons=(Reason("own:code", "bad"),), notes={"own": {"on": "2024-01-02"}}, flags=("odd",), blame="question"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return True", "TypeError: it returned True, not what is wrong as a list of sentences"),
        ("return 7", "TypeError: it returned 7, not what is wrong"),
        ("return {'bad': 1}", "TypeError: it returned {'bad': 1}, not what is wrong"),
        ("return b'bad'", "TypeError: it returned b'bad', in which 98 is no sentence"),
        ("return ['bad', None]", "TypeError: it returned ['bad', None], in which None is no sentence"),
        ("return ['x' * 9999, 7]", "in which 7 is no sentence"),
        ("raise KeyError('grade')", "KeyError: 'grade'"),
        ("yield 'bad'\n    raise KeyError('grade')", "KeyError: 'grade'"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("from destilation.core.review import Finding; return Finding(reasons=('bad',))", "ValidationError: "),
        ("from destilation.core.review import Finding; return Finding(notes={'x': object()})", "TypeError: "),
    ],
)
def test_nonsense_and_failures(here: Callable[[str], str], body: str, message: str) -> None:
    """What is no verdict, and what raises, is a CheckError that names check and task, and says that nothing is lost."""
    module = here(f"def check(record):\n    {body}\n")
    with pytest.raises(CheckError) as caught:
        found(f"{module}:check")
    told = str(caught.value)
    assert told.startswith("the check check failed on task 7: ") and message in told
    assert told.endswith("; nothing is lost: mend it, and the same command continues")
    assert len(told) < 700


def test_a_coroutine_that_fails(here: Callable[[str], str]) -> None:
    """A coroutine function that raises is a CheckError too."""
    module = here("async def check(record):\n    raise OSError('no network')\n")
    with pytest.raises(CheckError, match="OSError: no network"):
        found(f"{module}:check")


def test_cancellation_is_no_failure(here: Callable[[str], str]) -> None:
    """A run that is cut short is not told as a failure of the check."""
    module = here("import asyncio\nasync def check(record):\n    await asyncio.sleep(60)\n")

    async def main() -> None:
        async with asyncio.timeout(0.05):
            await PlugInCheck(PlugIn(f"{module}:check")).review(SAMPLE, TASK, Nobody())

    with pytest.raises(TimeoutError):
        asyncio.run(main())


@pytest.mark.parametrize("body", ["barrier.wait(5)", "yield str(barrier.wait(5))[:0]"])
def test_it_does_not_hold_up_the_rest(here: Callable[[str], str], body: str) -> None:
    """Two that wait for each other, in threads, both end, and meanwhile the event loop turns."""
    module = here(f"import threading\nbarrier = threading.Barrier(3)\ndef check(record):\n    {body}\n")
    check = PlugInCheck(PlugIn(f"{module}:check"))
    barrier: threading.Barrier = sys.modules[module].barrier

    async def main() -> int:
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(check.review(SAMPLE, TASK, Nobody()))
            turns, end = 0, time.monotonic() + 4
            while barrier.n_waiting < 2 and time.monotonic() < end:
                turns += 1
                await asyncio.sleep(0.001)
            await asyncio.to_thread(barrier.wait, 5)
        return turns

    assert asyncio.run(main()) > 0
    assert not barrier.broken
