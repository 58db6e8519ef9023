"""Judges the stored answers of a dataset again, with the present template, checks and duplicates: no call is made.

The result is a folder of its own; in place, it takes the old one's, which is kept beside it.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config, dump
from destilation.core.dedup.index import SeenIndex
from destilation.core.gate import Gate
from destilation.core.verdict import Sample
from destilation.errors import ConfigError, DamagedError
from destilation.launch.keep import provenance_of, refusal_of
from destilation.launch.rebuild import rebuild
from destilation.providers.registry import read
from destilation.storage.dataset import Dataset
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS
from destilation.storage.lines import read_lines
from destilation.storage.lock import holder
from destilation.storage.records import Origin, StoredAnswer, StoredRejection, timestamp

Key = tuple[int, int]
Kind = TypeVar("Kind")


class Reparsed(Struct, frozen=True, kw_only=True):
    """What became of the answers: samples before and now, those gained and lost, refusals by reason.

    `kept` is where the old folder is, after a change in place.
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

    Raises ConfigError where the target is there already or a run is under way, DamagedError for a line that
    cannot be read, StorageError.
    """
    if holder(source) is not None:
        raise ConfigError(f"{source} is being written to by a run; wait until it ends")
    if not (source / COMPLETIONS).is_file():
        raise ConfigError(f"{source} has no {COMPLETIONS}, so there is nothing to judge")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    made = target or source.with_name(f"{source.name}.reparsed-{stamp}")
    with_ledger(source, made)
    found = asyncio.run(_judge(source, config, made))
    rebuild(made, config)
    if target is not None:
        return found
    return replace(found, folder=source, kept=put_in_place(made, source, stamp))


def with_ledger(source: Path, made: Path) -> None:
    """Make a folder that has the paid answers of another. Raises ConfigError where it is there already."""
    if made.exists():
        raise ConfigError(f"{made} is there already; name another folder with --out")
    made.mkdir(mode=0o700, parents=True)
    for name in (COMPLETIONS, CHARGES):
        if (source / name).is_file():
            shutil.copy2(source / name, made / name)


def put_in_place(made: Path, source: Path, stamp: str) -> Path:
    """Let a finished folder take the place of `source`; where the old one is now, whole."""
    kept = source.with_name(f"{source.name}.before-{stamp}")
    source.rename(kept)
    made.rename(source)
    return kept


async def _judge(source: Path, config: Config, target: Path) -> Reparsed:
    before = {(line.task, line.attempt) for line in decoded(source, PROVENANCE, Origin) if line.task is not None}
    final = {(line.task, line.attempt) for line in decoded(source, REJECTIONS, StoredRejection) if line.final}
    job = config.job
    template = replace(config.template, dedup_fields=job.dedup.fields or config.template.dedup_fields)
    gate = Gate(template, SeenIndex(job.dedup.threshold), job.checks)
    accepted: set[Key] = set()
    reasons: Counter[str] = Counter()
    answers = 0
    dataset = Dataset.open(target, durability="group", now=lambda: datetime.now(UTC))
    try:
        dataset.put_job(dump(config))
        for answer in decoded(source, COMPLETIONS, StoredAnswer):
            answers += 1
            key, now = (answer.task, answer.attempt), timestamp(datetime.now(UTC))
            verdict = gate.judge(read(answer.dialect, answer.received))
            if isinstance(verdict, Sample):
                accepted.add(key)
                dataset.accept(verdict.line, provenance_of(answer, verdict, answer.attempt, now))
            else:
                reasons[verdict.reasons[0].code] += 1
                dataset.refuse(refusal_of(answer, verdict, now, final=key in final))
            if answers % 1_000 == 0:
                await asyncio.sleep(0)
    finally:
        await dataset.close()
    return Reparsed(
        folder=target,
        answers=answers,
        before=len(before),
        accepted=len(accepted),
        gained=len(accepted - before),
        lost=len(before - accepted),
        reasons=dict(reasons.most_common()),
    )


def decoded(folder: Path, name: str, kind: type[Kind]) -> Iterator[Kind]:
    """The lines of a file as records, without a torn tail. Raises DamagedError for a bad line, OSError."""
    decoder = msgspec.json.Decoder(kind)
    for line in read_lines(folder / name):
        try:
            yield decoder.decode(line.data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if not line.whole:
                return  # a torn tail: the next run cuts it
            raise DamagedError(f"{folder / name}:{line.number}: {error}; see: destilation verify {folder}") from None
