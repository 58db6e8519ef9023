"""Judges the stored answers of a dataset again, with the present template, checks and duplicates: no call is made.

The result is a folder of its own; in place, its files take the place of the old ones, which are kept beside.
"""

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config, dump
from destilation.core.dedup.index import SeenIndex
from destilation.core.gate import Gate
from destilation.errors import ConfigError
from destilation.launch.before import Before
from destilation.launch.excluded import exclusions_of
from destilation.launch.holding import holding
from destilation.launch.judging import Judging
from destilation.launch.rebuild import rebuild
from destilation.launch.stored import decoded
from destilation.launch.wiring import syntax_of
from destilation.storage.dataset import Dataset
from destilation.storage.disk import Disk
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES, aside
from destilation.storage.records import StoredAnswer, stamp_of, timestamp


class Reparsed(Struct, frozen=True, kw_only=True):
    """What became of the answers: samples before and now, those gained and lost, refusals by reason.

    `answers` are all that are stored, also those that make no sample or follow the sample of their task.

    `kept` is the file with the samples from before, after a change in place.
    """

    folder: Path
    answers: int
    before: int
    accepted: int
    gained: int
    lost: int
    reasons: dict[str, int]
    kept: Path | None = None


def reparse(source: Path, config: Config, target: Path | None) -> Reparsed:
    """Judge the answers of `source` into the folder `target`; None: in place.

    Raises FolderInUseError while a run is under way, ConfigError where the target is there already,
    DamagedError for a line that cannot be read, StorageError. Then no half-made folder is left.
    """
    if not (source / COMPLETIONS).is_file():
        raise ConfigError(f"{source} has no {COMPLETIONS}, so there is nothing to judge")
    stamp, disk = stamp_of(datetime.now(UTC)), Disk()
    made = target or source.with_name(f"{source.name}.reparsed-{stamp}")
    if made.exists():
        raise ConfigError(f"{made} is there already; name another folder with --out")
    with holding(source, disk):
        try:
            found = _made(source, config, made, ledger=target is not None)
            if target is not None:
                return found
            kept = _put_in_place(made, source, stamp, disk)
            rebuild(source, config, held=True, job=True)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        shutil.rmtree(made, ignore_errors=True)
    return replace(found, folder=source, kept=kept)


def _made(source: Path, config: Config, made: Path, *, ledger: bool) -> Reparsed:
    made.mkdir(mode=0o700, parents=True)
    if ledger:
        for name in (COMPLETIONS, CHARGES):
            shutil.copy2(source / name, made / name)
    found = asyncio.run(_judge(source, config, made))
    if ledger:
        rebuild(made, config)
    return found


def _put_in_place(made: Path, source: Path, stamp: str, disk: Disk) -> Path:
    """Each file in one step, samples before provenance: where that is cut short, the next start makes them fit."""
    kept = {name: aside(source / name, "before", stamp) for name in (REJECTIONS, SAMPLES, PROVENANCE)}
    for name, beside in kept.items():
        try:
            os.link(source / name, beside)
        except OSError:  # not every file system has links
            shutil.copy2(source / name, beside)
        disk.replace(made / name, source / name)
    disk.sync_folder(source)
    return kept[SAMPLES]


async def _judge(source: Path, config: Config, target: Path) -> Reparsed:
    job = config.job
    template = replace(config.template, dedup_fields=job.dedup.fields or config.template.dedup_fields)
    gate = Gate(
        template,
        SeenIndex(job.dedup.threshold),
        job.checks,
        reasoning=job.reasoning,
        syntax=syntax_of(config),
        exclusions=exclusions_of(config),
    )
    answers = 0
    making = [stage.name for stage in config.staged.making]
    dataset = Dataset.open(target, durability="group", now=lambda: datetime.now(UTC))
    try:
        dataset.put_job(dump(config))
        with Before(source, config) as before:
            judging = Judging(dataset, gate, before, making, lambda: timestamp(datetime.now(UTC)))
            for answer in decoded(source, COMPLETIONS, StoredAnswer):
                answers += 1
                judging.hear(answer)
                if answers % 1_000 == 0:
                    await asyncio.sleep(0)
            judging.finish()
    finally:
        await dataset.close()
    return Reparsed(
        folder=target,
        answers=answers,
        before=len(before.samples),
        accepted=judging.accepted,
        gained=judging.gained,
        lost=len(before.samples) - judging.kept,
        reasons=dict(judging.reasons.most_common()),
    )
