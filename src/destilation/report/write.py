"""The report written to a file, in one step; what is there and no report is left alone."""

from pathlib import Path

from msgspec import Struct

from destilation.errors import ConfigError
from destilation.report.facts import Facts, gather
from destilation.report.page.frame import MARK, page
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.refusals import as_storage_error
from destilation.version import __version__

REPORT = "report.html"
SHOWN = 30


class Written(Struct, frozen=True):
    """The report: where it is, how many bytes it has, and what it tells."""

    path: Path
    size: int
    facts: Facts


def write(folder: Path, out: Path | None = None, *, seed: int = 1, shown: int = SHOWN) -> Written:
    """Write the report of a folder, to `report.html` in it or to `out`.

    Raises ConfigError for a file that is there and no report, or a folder without metadata, DamagedError for a line
    that is none, StorageError.
    """
    path = out or folder / REPORT
    _spare(path)
    facts = gather(folder, seed=seed, shown=shown)
    data = page(facts, f"Made by destilation {__version__} from {folder.name}").encode("utf-8", "replace")
    with as_storage_error(path.parent, "the same command can be given again"):
        replace_file(path, (data,), Disk())
    return Written(path, len(data), facts)


def _spare(path: Path) -> None:
    if path.is_dir():
        raise ConfigError(f"{path} is a folder; name a file in it: --out {path / REPORT}")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"there is no folder {path.parent} to write {path.name} into")
    try:
        with path.open("rb") as file:
            known = file.read(len(MARK)) in (MARK.encode(), b"")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    if not known:
        raise ConfigError(f"{path} is there and no report of ours; it is left as it is.  help: another --out")
