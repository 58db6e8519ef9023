"""Asks a process of its own to parse, and ends it when it takes too long. Knows no language.

The process is started when it is first needed, replaced when it was ended or has crashed, and gone with this one.
"""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading

from destilation.checks.syntax.fault import Fault

LONGEST_S = 0.3  # of the processor
_WAITS_S = 0.7  # for the processor, on a machine that has other work
_START_S = 20.0
_END_S = 2.0
# Loads whatever a language takes, before its first text: that is no part of the time a text may take.
_FIRST = "SELECT ("


class Apart:
    """One process that parses, one text at a time; may be asked from any thread.

    Each text may take so many seconds of the processor, and little more by the clock.
    """

    def __init__(self, longest_s: float = LONGEST_S, python: str = sys.executable) -> None:
        self._python = python
        self._longest_s = longest_s
        self._door = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded: set[str] = set()
        atexit.register(self.close)

    def fault(self, text: str, language: str) -> Fault | None:
        """What is wrong with the text; None where nothing is, or where it could not be told in time."""
        with self._door:
            if self._process is None:
                self._start()
            if language not in self._loaded:
                self._ask(_FIRST, language, _START_S)
                self._loaded.add(language)
            return self._ask(text, language, self._longest_s)

    def close(self) -> None:
        """Ends the process; the next text starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        self._loaded.clear()
        with contextlib.suppress(OSError):  # no process to be had: nothing is told
            self._process = subprocess.Popen(
                [self._python, "-m", "destilation.checks.syntax.reader"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def _ask(self, text: str, language: str, within_s: float) -> Fault | None:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        deadline = threading.Timer(within_s + _WAITS_S, process.kill)
        deadline.start()
        try:
            process.stdin.write(json.dumps([language, text, within_s]).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            deadline.cancel()
        if not line.endswith(b"\n"):
            self.close()
            return None
        told = json.loads(line)
        return None if told is None else Fault(*told)
