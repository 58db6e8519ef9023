"""The process apart: it answers, it is ended when it takes too long, and a crash takes nothing with it."""

import json
import subprocess
import sys
import threading
import time

import pytest

from destilation.checks.syntax.apart import Apart
from destilation.checks.syntax.reader import fault_in
from tests.checks.syntax.labelled.records import LANGUAGES, records

# Takes minutes, crashes, and takes many seconds: all found by feeding the grammars.
ENDLESS = ("bash", "<" * 200_000)
DEADLY = ("yaml", "- " * 2_000)
SLOW = ("toml", "a.b" * 80_000)


@pytest.fixture
def apart() -> Apart:
    """One of its own."""
    return Apart()


def test_it_tells_what_the_parsers_tell(apart: Apart) -> None:
    """For every labelled record of code the answer from the process is that of the parsers here."""
    for each in records():
        if each.kind in LANGUAGES and each.kind not in ("json", "css"):
            assert apart.fault(each.text, each.kind) == fault_in(each.text, each.kind), each.title
    apart.close()


def test_texts_of_every_kind_arrive(apart: Apart) -> None:
    """Line ends, other scripts and half surrogate pairs go to and fro."""
    assert apart.fault("x = 1\r\ny = '\u2028 \U0001f600'\n", "python") is None
    fault = apart.fault("x = '\ud83d'", "python")
    assert fault is not None and "surrogates not allowed" in fault.message
    fault = apart.fault("a = 1\n\nb = (\u00e9\n", "python")
    assert fault is not None and fault.line == 3
    apart.close()


@pytest.mark.parametrize(("language", "text"), [ENDLESS, DEADLY, SLOW], ids=["endless", "deadly", "slow"])
def test_nothing_is_told_of_what_cannot_be_parsed(apart: Apart, language: str, text: str) -> None:
    """Too slow or deadly: no fault is told, and the next text is answered by a process of its own."""
    assert apart.fault("x = = 1", "python") is not None
    began = time.perf_counter()
    assert apart.fault(text, language) is None
    assert time.perf_counter() - began < 5
    assert apart.fault("x = = 1", "python") is not None
    apart.close()


def test_closing_twice_and_going_on(apart: Apart) -> None:
    """Closing ends the process; the next text starts another."""
    apart.close()
    assert apart.fault("x = = 1", "python") is not None
    apart.close()
    apart.close()
    assert apart.fault("x = = 1", "python") is not None
    apart.close()


def test_no_process_to_be_had() -> None:
    """Where none can be started, or what is started does not answer, nothing is told."""
    assert Apart(python="/does/not/exist").fault("x = = 1", "python") is None
    silent = Apart(python="/bin/true")
    assert silent.fault("x = = 1", "python") is None
    silent.close()


def test_many_threads(apart: Apart) -> None:
    """Each gets the answer to its own text."""
    wrong: list[int] = []

    def ask(number: int) -> None:
        fault = apart.fault("\n" * number + "x = = 1", "python")
        if fault is None or fault.line != number + 1:
            wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    apart.close()
    assert wrong == []


def test_the_process_ends_with_its_input() -> None:
    """It answers line by line, and where its input ends it ends by itself."""
    asked = (
        "\n".join(json.dumps(each) for each in (["python", "x = 1", 9], ["python", "x = =", 9], ["none", "(", 9]))
        + "\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "destilation.checks.syntax.reader"],
        input=asked, capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert [json.loads(line) for line in done.stdout.splitlines()] == [None, ["invalid syntax", 1, 5], None]
