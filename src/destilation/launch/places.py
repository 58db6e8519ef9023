"""Where an export goes: one file, or a folder with a file for each part. Raises ConfigError for what cannot be."""

from pathlib import Path

from msgspec import Struct

from destilation.errors import ConfigError
from destilation.exports.format import Format
from destilation.exports.squeeze import ENDINGS

META = "export.meta.json"
README = "README.md"
CROISSANT = "croissant.json"
_OTHERS = (".json", ".ndjson", ".txt", ".tsv", ".gz", ".xz", ".bz2", ".zst", ".zip")
_SUFFIXES = (".jsonl", ".csv", ".parquet", ".arrow")


class Places(Struct, frozen=True):
    """`folder` is where everything goes; `files` has the file of each part; `meta` tells how they were made."""

    folder: Path
    files: dict[str, Path]
    meta: Path
    whole: bool


def places_of(folder: Path, form: Format, out: Path | None, splits: tuple[str, ...]) -> Places:
    """The places of an export; `out` None: `exports/FORMAT` in the dataset's folder."""
    target = folder / "exports" / form.name if out is None else out.absolute()
    ending = _ending(target)
    if target.is_dir() or not ending:
        if target.suffix in _OTHERS and not target.is_dir():
            raise ConfigError(f"{target.name}: {form.name} makes {form.suffix} files, so --out must end with that")
        if target.exists() and not target.is_dir():
            raise ConfigError(f"{target} is a file; --out wants a folder, or a name that ends with {form.suffix}")
        files = {split: target / f"{split}{form.suffix}" for split in splits}
        return Places(target, files, target / META, True)
    if not ending.startswith(form.suffix):
        raise ConfigError(f"{target.name}: {form.name} makes {form.suffix} files, so --out must end with that")
    if ending != form.suffix and form.suffix not in (".jsonl", ".csv"):
        raise ConfigError(
            f"{target.name}: {form.name} compresses its own content; leave {ending[len(form.suffix) :]} out"
        )
    stem = target.name.removesuffix(ending)
    files = {split: target if len(splits) == 1 else target.with_name(f"{stem}-{split}{ending}") for split in splits}
    return Places(target.parent, files, target.with_name(f"{target.name}.meta.json"), False)


def meta_beside(file: Path) -> Path:
    """The file that tells how an exported one was made. Raises ConfigError where there is none."""
    own = file.with_name(f"{file.name}.meta.json")
    if own.is_file():
        return own
    for place in (file.parent / META, *sorted(file.parent.glob("*.meta.json"))):
        if place.is_file() and f'"{file.name}"' in place.read_text("utf-8", "replace"):
            return place
    raise ConfigError(f"{file} has no {META} beside it, which would say how it was made; export it again")


def _ending(path: Path) -> str:
    """`.jsonl.gz` of `x.jsonl.gz`; empty where the name is none of a file of rows."""
    inner = path.with_suffix("") if path.suffix in ENDINGS else path
    return path.name[len(inner.stem) :] if inner.suffix in _SUFFIXES else ""
