"""A process that parses what it is given, and no more: `python -m destilation.checks.syntax.reader`.

Parsers can be made to crash, or to take hours, by a text that a model writes. Here they take nothing with them.
A line in is JSON, [language, text, seconds of the processor that it may take]; a line out is null, or [message, line,
column]. Knows no gate.
"""

import json
import signal
import sys
from collections.abc import Callable, Mapping

from destilation.checks.syntax.fault import Fault
from destilation.checks.syntax.grammar import GRAMMARS, grammar_fault, grammars_installed
from destilation.checks.syntax.python import python_fault
from destilation.checks.syntax.quirks import QUIRKS
from destilation.checks.syntax.toml import toml_fault

_ENOUGH_S = 30
# Parsers that need no grammar of tree-sitter's.
APART: Mapping[str, Callable[[str], Fault | None]] = {"python": python_fault, "toml": toml_fault}


def fault_in(text: str, language: str) -> Fault | None:
    """What keeps a text from being code of the language; None where nothing does, or where no grammar is there."""
    if language in APART:
        return APART[language](text)
    if language not in GRAMMARS or not grammars_installed():
        return None
    return QUIRKS.get(language, grammar_fault)(text, language)


def main() -> None:
    """Answers until nothing more comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks decides when it ends
    for line in sys.stdin.buffer:
        _end_within(_ENOUGH_S)
        language, text, seconds = json.loads(line)
        _take_at_most(seconds)
        fault = fault_in(text, language)
        _take_at_most(0)
        told = None if fault is None else [fault.message, fault.line, fault.column]
        print(json.dumps(told), flush=True)
        _end_within(0)


def _take_at_most(seconds: float) -> None:
    """Ends this process after so many seconds of the processor (0: never): other work on the machine does not count."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _end_within(seconds: int) -> None:
    """Ends this process after so many seconds (0: never), for whoever asked may be gone and end nothing."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    main()
