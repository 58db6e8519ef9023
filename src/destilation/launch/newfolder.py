"""A dataset folder made of what is there already: whole, or not there at all. Knows not where its lines come from."""

import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from destilation.config import Config
from destilation.errors import ConfigError
from destilation.launch.rebuild import rebuild
from destilation.storage.append import AppendFile
from destilation.storage.disk import Disk
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES, TRUTH, create_folder
from destilation.storage.records import Provenance, StoredAnswer, StoredCharge, StoredRejection, encode_line
from destilation.storage.refusals import as_storage_error

_CHUNK = 1 << 20


class NewFolder(AbstractContextManager["NewFolder"]):
    """Written beside its place, which it takes in `finish`; without that nothing is left of it.

    Raises ConfigError where there is something already, StorageError.
    """

    def __init__(self, folder: Path) -> None:
        if folder.exists() or folder.is_symlink():
            raise ConfigError(f"{folder} is there already; name another folder with --out")
        self._folder = folder
        self._beside = folder.with_name(f"{folder.name}.tmp.{os.getpid()}")
        self._disk = Disk()
        self._waiting = {name: bytearray() for name in TRUTH}
        self.samples = 0

    def __enter__(self) -> Self:
        with as_storage_error(self._folder):
            shutil.rmtree(self._beside, ignore_errors=True)
            create_folder(self._beside, self._disk)
            self._files = {name: AppendFile(self._beside / name, self._disk) for name in TRUTH}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        shutil.rmtree(self._beside, ignore_errors=True)

    def accept(self, line: bytes, origin: Provenance) -> None:
        """One more sample; its number is given here."""
        self.samples += 1
        self._put(PROVENANCE, encode_line(replace(origin, sample=self.samples)))
        self._put(SAMPLES, line + b"\n")

    def record(self, answer: StoredAnswer) -> None:
        """An answer."""
        self._put(COMPLETIONS, encode_line(answer))

    def refuse(self, rejection: StoredRejection) -> None:
        """A rejection."""
        self._put(REJECTIONS, encode_line(rejection))

    def charge(self, charge: StoredCharge) -> None:
        """A request without an answer."""
        self._put(CHARGES, encode_line(charge))

    def finish(self, config: Config) -> None:
        """Make what follows from the files, and take the place. The target is what is there."""
        with as_storage_error(self._folder, "nothing was made"):
            for name in TRUTH:
                self._flush(name)
                self._files[name].sync()
            self._close()
            job = replace(config.job, target=max(1, self.samples))
            rebuild(self._beside, replace(config, job=job), job=True)
            self._disk.replace(self._beside, self._folder)
            self._disk.sync_folder(self._folder.parent)

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}

    def _put(self, name: str, data: bytes) -> None:
        self._waiting[name] += data
        if len(self._waiting[name]) >= _CHUNK:
            with as_storage_error(self._folder, "nothing was made"):
                self._flush(name)

    def _flush(self, name: str) -> None:
        self._files[name].append(bytes(self._waiting[name]))
        self._waiting[name].clear()
