"""An exported folder on its way to a hub: what would be uploaded, and the upload. The hub's library reads the token."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from destilation.errors import ConfigError, ProviderError
from destilation.exports.facts import FilePart
from destilation.launch.places import META, README


class _Meta(Struct, frozen=True):
    format: str
    rows: int
    files: tuple[FilePart, ...]


class Cargo(Struct, frozen=True):
    """What is to be uploaded: a folder, its files with their bytes, and how many rows they hold."""

    folder: Path
    files: dict[str, int]
    rows: int
    format: str


def cargo_of(folder: Path, exports: Path) -> Cargo:
    """What there is to upload in a folder: an export, or the one export with a card of a dataset.

    `exports` is where a dataset's are. Raises ConfigError where there is none, or no card, or more than one.
    """
    place = folder if (folder / META).is_file() else _only(folder, exports)
    if not (place / README).is_file():
        raise ConfigError(f"{place} has no card; export it with --card --license ID")
    try:
        meta = msgspec.json.decode((place / META).read_bytes(), type=_Meta)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{place / META}: cannot be read: {error}") from None
    wanted = [README, "croissant.json", "dataset_info.json", META, *(part.name for part in meta.files)]
    files = {name: (place / name).stat().st_size for name in wanted if (place / name).is_file()}
    gone = [part.name for part in meta.files if files.get(part.name) != part.bytes]
    if gone:
        raise ConfigError(f"{place / gone[0]} is not as it was exported; export it again")
    return Cargo(place, files, meta.rows, meta.format)


def push(cargo: Cargo, repo: str, *, private: bool, endpoint: str | None) -> str:
    """Make the repository where it is not there, upload in one commit; where it can be seen.

    Raises ConfigError where the extra `hub` is missing or the name is none, ProviderError when the hub refuses.
    """
    hub = _library()
    api = hub.HfApi(endpoint=endpoint)
    operations = [
        hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(cargo.folder / name)) for name in cargo.files
    ]
    try:
        api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        done = api.create_commit(
            repo, operations, commit_message=f"Upload {cargo.rows:,} rows ({cargo.format})", repo_type="dataset"
        )
    except hub.errors.HFValidationError as error:
        raise ConfigError(f"'{repo[:100]}' is no name of a repository: {str(error)[:200]}") from None
    except (hub.errors.HfHubHTTPError, OSError, ValueError) as error:
        text = str(error).strip().splitlines()
        raise ProviderError(f"the hub refused: {' '.join(text)[:300]}; nothing here was changed") from None
    return str(done.commit_url)


def _only(folder: Path, exports: Path) -> Path:
    found = [place.parent for place in sorted(exports.glob(f"*/{META}")) if (place.parent / README).is_file()]
    if not found:
        raise ConfigError(f"{folder} has no export with a card; make one: destilation export {folder} --card")
    if len(found) > 1:
        names = ", ".join(place.name for place in found)
        raise ConfigError(f"{folder} has several exports with a card ({names}); name the folder of one")
    return found[0]


def _library() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError:
        raise ConfigError("push needs another package: pip install 'destilation[hub]'") from None
    return huggingface_hub
