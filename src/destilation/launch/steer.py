"""A running job told what to do from another process, and what came of it."""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from destilation.core import control, events
from destilation.core.control import AnyCommand
from destilation.core.display import display_safe
from destilation.errors import ConfigError
from destilation.storage.control_file import append_command
from destilation.storage.event_tail import EventTail, log_size, read_event
from destilation.storage.lock import holder

PATIENCE_S = 10.0
LOOK_S = 0.05


def steer(folder: Path, commands: Sequence[AnyCommand], *, patience_s: float = PATIENCE_S) -> list[events.Event]:
    """Have the engine that writes to the folder obey; returns the facts that say so, one a command.

    Raises ConfigError where no run is under way, where a command is refused, and where none is answered within
    `patience_s` seconds; OSError.
    """
    if holder(folder) is None:
        raise ConfigError(f"no run is under way in {folder}; begin one: destilation run {folder}")
    tail = EventTail(folder, log_size(folder))
    try:
        return [_steer(folder, tail, command, patience_s) for command in commands]
    finally:
        tail.close()


def _steer(folder: Path, tail: EventTail, command: AnyCommand, patience_s: float) -> events.Event:
    words = display_safe(control.words_of(command), 80)
    append_command(folder, msgspec.json.encode(command))
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        for told in map(read_event, tail.read_new()):
            if told is None:
                continue
            if control.confirms(told.event, command):
                return told.event
            if (why := control.refuses(told.event, command)) is not None:
                raise ConfigError(f"{words} was refused: {display_safe(why, 200)}")
            if isinstance(told.event, events.RunEnded):
                raise ConfigError(f"the run in {folder} ended before it could obey: {words}")
        time.sleep(LOOK_S)
    raise ConfigError(f"what writes to {folder} did not answer in {patience_s:.0f} s: {words}")
