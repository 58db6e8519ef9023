"""Which dataset folder the user means: a path, a job's name under ./datasets, or the job of ./config.toml."""

import difflib
import os
from pathlib import Path

from destilation.cli.settings import DEFAULT_CONFIG
from destilation.core.display import display_safe
from destilation.errors import ConfigError

FILES = ("samples.jsonl", "metadata.json", "job.toml")


def find_folder(named: str | None) -> Path:
    """The folder; raises ConfigError where there is none."""
    if named is None:
        return _of_config()
    place = Path(named).expanduser()
    for folder in (place, Path("datasets") / named):
        if _is_dataset(folder):
            return folder.absolute()
    shown = display_safe(named, 100)
    if place.is_dir():
        raise ConfigError(f"{shown} is not a dataset folder: it has no samples.jsonl")
    names = [each.parent.name for each in Path("datasets").glob("*/metadata.json")]
    near = difflib.get_close_matches(place.name, names, n=1)
    hint = f", did you mean datasets/{near[0]}?" if near else ""
    raise ConfigError(f"there is no dataset folder {shown}{hint}")


def _is_dataset(folder: Path) -> bool:
    return any((folder / name).exists() for name in FILES)


def _of_config() -> Path:
    from destilation.config import load
    from destilation.launch.folder import folder_of

    path = DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None
    folder = folder_of(load(path, env=os.environ))
    if not _is_dataset(folder):
        raise ConfigError(f"there is no dataset at {os.path.relpath(folder)} yet; name a folder, or: destilation run")
    return folder
