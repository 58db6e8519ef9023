"""A foreign file as a dataset folder: samples of a template, told apart from each other, each with where it is from."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from destilation.config import Config
from destilation.core.dedup.index import SeenIndex, content
from destilation.errors import ConfigError
from destilation.exports.conversation import UnfitError
from destilation.exports.untell import Found, Untelling
from destilation.launch.newfolder import NewFolder
from destilation.seeds.files import rows
from destilation.storage.align import SAMPLE_DIALECT, UNKNOWN, answer_from
from destilation.storage.records import Provenance, Tokens, line_hash, timestamp

_EVERY = 1_000
_MOST_NAMED = 5


class Refused(Struct):
    """Rows that became no sample for one reason: how many, and the lines of the first of them."""

    count: int
    first: list[int]


class Converted(Struct, frozen=True, kw_only=True):
    """How many rows there were, and what became of them."""

    folder: Path
    rows: int
    samples: int
    refused: Mapping[str, Refused]


def convert(
    file: Path,
    config: Config,
    target: Path,
    columns: Mapping[str, str] = {},
    watch: Callable[[int], None] = lambda done: None,
) -> Converted:
    """Make the folder `target` of the rows of a file.

    Raises ConfigError for a file that cannot be read, that holds no sample of the template, or where the folder is
    there already; StorageError. Then there is no folder.
    """
    template = config.template
    unknown = [name for name in columns if name not in {field.name for field in template.fields}]
    if unknown:
        known = ", ".join(field.name for field in template.fields)
        raise ConfigError(
            f"--columns: template '{template.id}' has no field '{unknown[0][:60]}'.  help: its fields: {known}"
        )
    compared = config.job.dedup.fields or template.compared_fields
    finder, seen = Untelling(template, columns), SeenIndex(config.job.dedup.threshold)
    refused: dict[str, Refused] = {}
    moment, count = timestamp(datetime.now(UTC)), 0
    with NewFolder(target) as made:
        for number, row in rows(file):
            count += 1
            if count % _EVERY == 0:
                watch(count)
            try:
                found = finder.found(row)
                line = _line(found)
                twin = seen.admit(content(found.record, compared), made.samples + 1)
                if twin is not None:
                    raise UnfitError("it is a duplicate" if twin.exact else "it is a near-duplicate")
            except UnfitError as error:
                _count(refused, str(error), number)
                continue
            model = row.get("model") if isinstance(row.get("model"), str) else None
            origin = _origin(made.samples + 1, found, line, file, number, model or UNKNOWN, moment)
            made.record(answer_from(origin, line))
            made.accept(line, origin)
        if not made.samples:
            why = next(iter(refused), "it has no rows")
            raise ConfigError(f"{file}: no row makes a sample of template '{template.id}': {why}")
        made.finish(config)
        return Converted(folder=target, rows=count, samples=made.samples, refused=refused)


def _line(found: Found) -> bytes:
    try:
        return msgspec.json.encode(found.record)
    except UnicodeEncodeError:
        raise UnfitError("it holds half of a surrogate pair") from None


def _count(refused: dict[str, Refused], reason: str, number: int) -> None:
    each = refused.setdefault(reason, Refused(0, []))
    each.count += 1
    if len(each.first) < _MOST_NAMED:
        each.first.append(number)


def _origin(task: int, found: Found, line: bytes, file: Path, number: int, model: str, moment: str) -> Provenance:
    digest, beside = line_hash(line), dict(found.beside)
    return Provenance(
        sample=task,
        id=digest[:16],
        hash=digest,
        task=task,
        attempt=1,
        attempts=1,
        provider=UNKNOWN,
        model=model,
        dialect=SAMPLE_DIALECT,
        mode=UNKNOWN,
        finish_reason="stop",
        parameters={"file": file.name, "line": number},
        tokens=Tokens(),
        cost_usd=0.0,
        reasoning=None,
        checks=(),
        t=moment,
        request=beside.pop("request", None),
        language=found.language,
        extras=beside,
    )
