"""The user's own commands, called at the end of a run and when its budget runs low. None of them can harm the run."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from destilation.config import Config
from destilation.core.display import display_safe
from destilation.core.progress import Progress

PATIENCE_S = 10.0
"""How long a command may take; then it is killed, with all that it has started."""


class Hooks:
    """Calls the commands of `[hooks]`, each a program with its arguments: no shell reads them.

    They get nothing to read, what they print is dropped, and the keys of providers are not in their environment. `say`
    is told in one line what went wrong.
    """

    def __init__(
        self, config: Config, folder: Path, say: Callable[[str], None], *, patience_s: float = PATIENCE_S
    ) -> None:
        self._hooks = config.hooks
        self._facts: dict[str, object] = {"job": config.job.name, "folder": folder.absolute()}
        keys = {getattr(spec, "api_key_env", None) for spec in config.providers.values()}
        self._env = {name: value for name, value in os.environ.items() if name not in keys}
        self._say = say
        self._patience_s = patience_s
        self._warned = False
        self._calls: list[threading.Thread] = []

    def watch(self, progress: Progress, now: float) -> None:
        """Called about once a second: the budget may run low."""
        if progress.budget_used is not None and not self._warned:
            self._warned = True
            self._call("on_budget", self._hooks.on_budget, progress, budget_used=f"{100 * progress.budget_used:.0f}%")

    def finish(self, progress: Mapping[str, object], state: str, exit_code: int) -> None:
        """The run is over: call, and wait for what was called. `progress` is as in `metadata.json`."""
        facts = {name: progress.get(name, "") for name in ("accepted", "target", "cost_usd")}
        self._start("on_finish", self._hooks.on_finish, {**facts, "state": state, "exit_code": exit_code})
        for call in self._calls:
            call.join()

    def _call(self, event: str, command: Sequence[str], progress: Progress, **more: object) -> None:
        facts = {"accepted": progress.accepted, "target": progress.target, "cost_usd": round(progress.cost_usd, 4)}
        self._start(event, command, {**facts, "state": progress.state, **more})

    def _start(self, event: str, command: Sequence[str], facts: Mapping[str, object]) -> None:
        if command:
            words = filled(command, {**self._facts, **facts, "event": event})
            thread = threading.Thread(target=self._run, args=(event, words), name="destilation-hook", daemon=True)
            thread.start()
            self._calls.append(thread)

    def _run(self, event: str, words: Sequence[str]) -> None:
        nothing = subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                words, stdin=nothing, stdout=nothing, stderr=nothing, env=self._env, start_new_session=True
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it cannot be called"
            self._say(f"hooks.{event}: {display_safe(words[0], 80)}: {why}")
            return
        try:
            code = process.wait(self._patience_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            self._say(f"hooks.{event}: {display_safe(words[0], 80)} was ended after {self._patience_s:g} s")
            return
        if code:
            self._say(f"hooks.{event}: {display_safe(words[0], 80)} ended with {code}")


def filled(command: Sequence[str], facts: Mapping[str, object]) -> list[str]:
    """The words of a command with facts for their names in braces; what is put in is not read again."""
    return [re.sub(r"\{(\w*)\}", lambda name: str(facts.get(name[1], "")), word) for word in command]


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
