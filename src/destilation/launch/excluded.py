"""What a job must not produce again, read once at its start. Knows no engine."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from destilation.config import Config
from destilation.core.display import display_safe
from destilation.core.exclusion import Excluded, Exclusions
from destilation.errors import ConfigError
from destilation.launch.recover import compared_of
from destilation.seeds.files import Row, rows
from destilation.storage.layout import SAMPLES


def exclusions_of(config: Config) -> Exclusions | None:
    """What the job excludes, None where it excludes nothing. Raises ConfigError for a file that is bad or empty."""
    wanted = config.job.exclude
    if wanted is None:
        return None
    reading = _Reading(wanted.fields, compared_of(config))
    try:
        records = (record for file in wanted.files for record in reading.records(Path(file)))
        return Exclusions(records, config.job.dedup.threshold, wanted.ngram)
    except ConfigError as error:
        raise ConfigError(f"job.exclude: {error}") from None


class _Reading:
    """Reads files of other datasets: the columns that are asked for, else those that are compared, else all text."""

    def __init__(self, fields: Sequence[str], compared: Sequence[str]) -> None:
        self._fields = fields
        self._compared = compared

    def records(self, path: Path) -> Iterator[Excluded]:
        """Each row of a file, or of the samples of a dataset folder, that has text. Raises ConfigError."""
        file = path / SAMPLES if path.is_dir() else path
        empty = True
        for number, row in rows(file):
            texts = self._texts(file, number, row)
            if texts:
                empty = False
                yield Excluded(f"{file.name if path is file else f'{path.name}/{SAMPLES}'}:{number}", texts)
        if empty:
            raise ConfigError(f"{file}: holds no text that could be excluded")

    def _texts(self, file: Path, number: int, row: Row) -> tuple[str, ...]:
        there = [name for name in self._fields or self._compared if row.get(name) is not None]
        if self._fields and not there:
            known = ", ".join(display_safe(str(name), 40) for name in list(row)[:10])
            named = ", ".join(display_safe(name, 40) for name in self._fields)
            raise ConfigError(f"{file}:{number}: has no column {named}; there are: {known}")
        values = [row[name] for name in there] if there else [each for each in row.values() if isinstance(each, str)]
        texts = (
            each if isinstance(each, str) else json.dumps(each, ensure_ascii=False, default=str) for each in values
        )
        return tuple(text for text in texts if text.strip())
