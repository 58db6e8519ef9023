"""The facts of the runs in a file, as well as the disk allows. Knows no kind of fact.

Facts can be told from the other files, so nothing that happens here ends a run: trouble is a warning, and the
lines are lost. A file of 64 MiB is put aside as `.events.1.jsonl`, and so on; the oldest go.
"""

import contextlib
from pathlib import Path

from destilation.core.events import Healed
from destilation.errors import DamagedError, DestilationError
from destilation.storage.append import AppendFile
from destilation.storage.disk import Disk
from destilation.storage.heal import heal

MOST_BYTES = 64 << 20
MOST_ASIDE = 8


class EventLog:
    """The open file, or none. `warning` is what went wrong, for the user; `healed` what was repaired.

    Facts are counted in bytes from the first of this run; `began` is where in that count the file begins, so
    less than 0 where it has facts of earlier runs.
    """

    def __init__(self, path: Path, stamp: str, disk: Disk) -> None:
        self.warning: str | None = None
        self.healed: Healed | None = None
        self._path = path
        self._disk = disk
        self._file: AppendFile | None = None
        self._count = 0
        self.began = 0
        try:
            self._file = AppendFile(path, disk)
            self.healed = heal(self._file, stamp, disk)
            self._rotate_when_full()
        except DamagedError:
            self._put_aside()
        except (OSError, DestilationError) as error:
            self._give_up(error)
        self._begin()

    def append(self, data: bytes) -> None:
        """Add whole lines: all of them, or none and a warning."""
        self._count += len(data)
        if self._file is None:
            self._begin()
            return
        try:
            self._file.append(data)
            self._rotate_when_full()
        except OSError as error:
            self._warn(error)
            self._close_unless_whole()
        self._begin()

    def close(self) -> None:
        """Close the file if it is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self.began = self._count - (0 if self._file is None else self._file.end)

    def _rotate_when_full(self) -> None:
        if self._file is not None and self._file.end >= MOST_BYTES:
            self._rotate()

    def _rotate(self) -> None:
        self.close()
        for number in range(MOST_ASIDE - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                self._disk.replace(self._aside(number), self._aside(number + 1))
        self._disk.replace(self._path, self._aside(1))
        self._file = AppendFile(self._path, self._disk)

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.stem}.{number}{self._path.suffix}")

    def _put_aside(self) -> None:
        try:
            self._rotate()
            self.healed = Healed(file=self._path.name, what=f"was put aside as {self._aside(1).name}: no JSON lines")
        except OSError as error:
            self._give_up(error)

    def _close_unless_whole(self) -> None:
        """Go on only where the file ends in a whole line."""
        if self._file is not None:
            try:
                self._file.check()
            except OSError:
                self.close()

    def _give_up(self, error: Exception) -> None:
        self._warn(error)
        self.close()

    def _warn(self, error: Exception) -> None:
        said = error.strerror if isinstance(error, OSError) else str(error)
        self.warning = f"events are missing from {self._path.name}: {said}"
