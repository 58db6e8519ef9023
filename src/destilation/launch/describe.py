"""What stands beside the rows of an export: how they were made, the dataset card, Croissant, LLaMA-Factory's entry."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import asdict

from destilation.config import Config
from destilation.core.fields import Field
from destilation.errors import ConfigError
from destilation.exports import llamafactory
from destilation.exports.card import card
from destilation.exports.croissant import croissant
from destilation.exports.facts import Facts, Origin
from destilation.exports.format import Row
from destilation.exports.teller import roles_of
from destilation.launch.places import CROISSANT, META, README, Places
from destilation.launch.wish import CardWish, Exported, Wish
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.fold import read_metadata
from destilation.storage.records import timestamp
from destilation.version import __version__

META_VERSION = 1
_REASONING = {"think": "in think tags before the answer", "none": "left out"}
_STEPS = "export the dataset into a folder of its own"


def refuse_foreign(places: Places) -> None:
    """Raises ConfigError where a card has no place, or would take that of a README which is not ours."""
    if not places.whole:
        raise ConfigError(f"--card needs a folder, for it writes a {README}: --out FOLDER")
    if (places.folder / README).exists() and not (places.folder / META).exists():
        raise ConfigError(f"{places.folder / README} is there already and not ours; {_STEPS}")


def origin_of(folder: Path, config: Config, exported: Exported) -> Origin:
    """The folder as it was read."""
    return Origin(
        folder=folder.name,
        job=config.job.name,
        template=config.template.id,
        domain=config.job.domain,
        samples=exported.reading.samples,
        samples_digest=exported.reading.digest,
        config_digest=config.digest,
    )


def describe(
    folder: Path,
    config: Config,
    exported: Exported,
    wish: Wish,
    examples: Sequence[Row],
    before: frozenset[str],
    disk: Disk,
) -> None:
    """Write what stands beside; the file that tells how the rows were made comes last. Raises OSError.

    `before` names the files of rows of an earlier export: those that there are no more of are removed.
    """
    places, now = exported.places, timestamp(datetime.now(UTC))
    if exported.form.name == llamafactory.FORMAT.name and places.whole:
        _put_json(places.folder / llamafactory.INFO, _info(places.folder, config.job.name, exported), disk)
    if wish.card is not None:
        facts = _facts(folder, config, exported, wish, wish.card, examples, now)
        replace_file(places.folder / README, [card(facts).encode()], disk)
        _put_json(places.folder / CROISSANT, croissant(facts), disk)
    for name in before - {part.name for part in exported.files}:
        with contextlib.suppress(FileNotFoundError):
            disk.remove(places.folder / name)
    _put_json(places.meta, _meta(folder, config, exported, wish, now), disk)


def _meta(folder: Path, config: Config, exported: Exported, wish: Wish, now: str) -> dict[str, Any]:
    return {
        "version": META_VERSION,
        "made_by": f"destilation {__version__}",
        "made_at": now,
        "source": asdict(origin_of(folder, config, exported)),
        "format": exported.form.name,
        "style": asdict(exported.style),
        "split": wish.split,
        "stratify": wish.stratify,
        "max_tokens": wish.max_tokens,
        "drop_longer": wish.drop_longer,
        "tokenizer": None if wish.tokenizer is None else wish.tokenizer.name,
        "rows": exported.rows,
        "skipped": {reason: asdict(each) for reason, each in exported.skipped.items()},
        "lengths": None if exported.lengths is None else asdict(exported.lengths),
        "inferred_tools": [asdict(tool) for tool in exported.inferred],
        "files": [asdict(part) for part in exported.files],
    }


def listed(places: Places) -> frozenset[str]:
    """The files of rows that an export before this one has made in the folder."""
    try:
        document = msgspec.json.decode(places.meta.read_bytes(), type=dict[str, Any])
        return frozenset(Path(str(each["name"])).name for each in document["files"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return frozenset()


def _info(folder: Path, job: str, exported: Exported) -> dict[str, Any]:
    """LLaMA-Factory's file with our entries in it; what others are there stay."""
    path = folder / llamafactory.INFO
    try:
        there = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        there = {}
    names = {job if part.split == "train" else f"{job}-{part.split}": part.name for part in exported.files}
    return {**there, **llamafactory.info(names)}


def _facts(
    folder: Path,
    config: Config,
    exported: Exported,
    wish: Wish,
    said: CardWish,
    examples: Sequence[Row],
    now: str,
) -> Facts:
    document: Mapping[str, Any] = read_metadata(folder) or {}
    template, roles = config.template, roles_of(config.template)
    beside = _REASONING.get(exported.style.reasoning, "beside the answer")
    return Facts(
        name=said.name or config.job.name,
        license=said.license,
        languages=said.languages,
        version=__version__,
        made_at=now,
        format=exported.form.name,
        title=exported.form.title,
        origin=origin_of(folder, config, exported),
        files=exported.files,
        models=exported.reading.models,
        stages=exported.reading.stages,
        attempts=int(document.get("attempts", exported.reading.samples)),
        rejected=document.get("rejected", {}),
        abandoned=int(document.get("abandoned", 0)),
        cost_usd=float(document.get("cost_usd", 0.0)),
        started_at=str(document.get("started_at", "at an unknown time")),
        fields={field.name: _told(field) for field in template.sample_fields},
        prompts=(template.system_prompt, template.user_prompt_pattern),
        compared=tuple(config.job.dedup.fields or template.compared_fields),
        threshold=config.job.dedup.threshold,
        checks=exported.reading.checks or (),
        split=wish.split,
        skipped={reason: each.count for reason, each in exported.skipped.items()},
        reasoning=beside if roles.reasoning else "none, the template asks for none",
        notices=tuple(exported.notices),
        examples=tuple(examples),
    )


def _told(field: Field) -> str:
    kind = field.type.kind if field.format == "text" else f"{field.type.kind}, {field.format.replace('_', ' ')}"
    optional = "" if field.required else ", may be null"
    return f"{kind}{optional}" + (f": {field.description}" if field.description else "")


def _put_json(path: Path, document: Mapping[str, Any], disk: Disk) -> None:
    replace_file(path, [msgspec.json.format(msgspec.json.encode(document), indent=2), b"\n"], disk)
