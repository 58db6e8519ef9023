"""The commands that watchers write to a folder's `.control.jsonl`, brought to the engine while it runs."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from destilation.storage.control_file import ControlFile

POLL_S = 0.1


class Commands:
    """What is written from now on. Made as soon as the folder is held, so that nothing is lost on the way."""

    def __init__(self, folder: Path) -> None:
        self._file = ControlFile(folder)

    @contextmanager
    def heard_by(self, obey: Callable[[bytes], None]) -> Iterator[None]:
        """While this lasts, `obey` is called in the running loop with each line; a slow disk holds up nothing."""
        loop, over = asyncio.get_running_loop(), threading.Event()

        def listen() -> None:
            while not over.wait(POLL_S):
                for line in self._file.read_new():
                    loop.call_soon_threadsafe(obey, line)

        thread = threading.Thread(target=listen, name="destilation-control", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no thread can be started where memory has run out: the run goes on unsteered
            yield
            return
        try:
            yield
        finally:
            over.set()
            thread.join()
