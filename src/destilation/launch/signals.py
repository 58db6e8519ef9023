"""What the process is told to do by its user: the first signal drains the run, the second ends it."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from destilation.engine.control import Control

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Signals:
    """Listens for the process's signals where asked to; `exit_code` is 128 and the signal's number."""

    def __init__(self, *, listen: bool = False) -> None:
        self.exit_code = 130
        self._listen = listen
        self._told = False

    @contextmanager
    def stopping(self, control: Control) -> Iterator[None]:
        """While this lasts, a signal stops the run: the first drains it, the second ends it now."""
        if not self._listen:
            yield
            return
        loop = asyncio.get_running_loop()
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]

        def told(number: int) -> None:
            self.exit_code = 128 + number
            stop = control.cancel if self._told else control.drain
            self._told = True
            stop(f"signal {signal.Signals(number).name}")

        before = {number: signal.getsignal(number) for number in numbers}
        for number in numbers:
            if sys.platform == "win32":
                signal.signal(number, lambda each, _frame: loop.call_soon_threadsafe(told, each))
            else:
                loop.add_signal_handler(number, told, number)
        try:
            yield
        finally:
            for number in numbers:
                if sys.platform != "win32":
                    loop.remove_signal_handler(number)
                signal.signal(number, before[number])
