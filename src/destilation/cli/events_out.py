"""The facts of a run as JSON lines for another program, while it runs.

They are read from the folder's log by a thread, so that a reader who is slow never holds up the engine.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from destilation.errors import ConfigError

LOOK_S = 0.1


@contextmanager
def events_to(name: str | None, folder: Path) -> Iterator[None]:
    """While this lasts, facts that are added to the folder's log go to a file, or to stdout (`-`). None: nowhere.

    Raises ConfigError where the file cannot be written.
    """
    if name is None:
        yield
        return
    with contextlib.ExitStack() as open_files:
        stream: TextIO = sys.stdout
        if name != "-":
            try:
                stream = open_files.enter_context(open(name, "a", encoding="utf-8"))
            except OSError as error:
                raise ConfigError(f"--events: {name}: {error.strerror}") from error
        with _copied(folder, stream):
            yield


@contextmanager
def _copied(folder: Path, stream: TextIO) -> Iterator[None]:
    from destilation.storage.event_tail import EventTail, log_size

    tail, over = EventTail(folder, log_size(folder)), threading.Event()

    def copy() -> None:
        last = False
        while True:
            lines = tail.read_new()
            if lines:
                stream.write(b"\n".join([*lines, b""]).decode("utf-8", "replace"))
                stream.flush()
            elif last:
                return
            last = over.wait(LOOK_S)

    thread = threading.Thread(target=copy, name="destilation-events", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        tail.close()
