"""A run in another process as plain lines, for where there is no dashboard."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from destilation.cli.live import Live
from destilation.core.progress import Progress
from destilation.storage.event_tail import EventTail, folded_to, read_event

LOOK_S = 0.5


def follow(folder: Path, going_on: Callable[[], bool], *, stops: bool = True) -> None:
    """Tell of the run on stderr as long as it goes on.

    With `stops` Ctrl-C stops the run: once gently, again at once. Else it ends this only.
    """
    from destilation.core.snapshot import restored
    from destilation.storage.fold import read_metadata

    document = read_metadata(folder)
    progress = restored(document or {}) or Progress()
    tail = EventTail(folder, folded_to(folder, document))
    live = Live(folder.name, sys.stderr)
    asked = 0
    while going_on():
        try:
            for told in map(read_event, tail.read_new()):
                if told is not None:
                    progress.see(told.event, told.t)
            live.show(progress, time.time())
            time.sleep(LOOK_S)
        except KeyboardInterrupt:
            if not stops:
                break
            asked += 1
            _stop(folder, now=asked > 1)
    live.end()
    tail.close()


def _stop(folder: Path, *, now: bool) -> None:
    import msgspec

    from destilation.core.control import Stop
    from destilation.storage.control_file import append_command

    append_command(folder, msgspec.json.encode(Stop(now)))
