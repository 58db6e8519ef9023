"""Several dataset folders as one: their ledgers one after the other, their samples told apart across all of them.

Tasks are numbered anew, each folder's after those of the one before. What is a duplicate in the whole is refused as
dropped, so that it stays paid for and is not judged again.
"""

from array import array
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config
from destilation.core.dedup.index import SeenIndex, content
from destilation.errors import ConfigError, DamagedError
from destilation.launch.holding import holding
from destilation.launch.newfolder import NewFolder
from destilation.launch.stored import decoded
from destilation.launch.verify import config_of
from destilation.storage.align import taken_out
from destilation.storage.disk import Disk
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.lines import read_lines
from destilation.storage.records import Provenance, StoredAnswer, StoredCharge, StoredRejection, line_hash, timestamp
from destilation.storage.refusals import as_storage_error

_EVERY = 1_000


class Merged(Struct, frozen=True, kw_only=True):
    """How many samples there are; by folder, how many came in and how many were duplicates of earlier ones."""

    folder: Path
    samples: int
    taken: dict[str, int]
    duplicates: dict[str, int]


def merge(
    sources: Sequence[Path], config: Config, target: Path, watch: Callable[[int], None] = lambda done: None
) -> Merged:
    """Make the folder `target`. `config` is that of the result, whose duplicate settings count.

    Raises ConfigError where the templates differ or the folder is there already, FolderInUseError while one is
    written to, DamagedError, StorageError. Then there is no folder.
    """
    for source in sources:
        other = config_of(source).template
        if other.digest != config.template.digest:
            what = f"holds template '{other.id}', {sources[0].name} template '{config.template.id}'"
            raise ConfigError(f"{source} {what if other.id != config.template.id else 'has other fields'}")
    taken: dict[str, int] = {}
    duplicates: dict[str, int] = {}
    seen, compared = SeenIndex(config.job.dedup.threshold), config.job.dedup.fields or config.template.compared_fields
    with ExitStack() as held, as_storage_error(target, "nothing was made"):
        for source in dict.fromkeys(each.resolve() for each in sources):
            held.enter_context(holding(source, Disk()))
        made = held.enter_context(NewFolder(target))
        offset = 0
        for source in sources:
            adding = _Adding(source, made, offset, seen, compared, watch)
            adding.samples()
            offset = adding.ledger()
            taken[str(source)], duplicates[str(source)] = adding.taken, adding.duplicates
        made.finish(config)
        return Merged(folder=target, samples=made.samples, taken=taken, duplicates=duplicates)


class _Adding:
    """One folder added to the new one; its tasks are numbered from `offset` on."""

    def __init__(
        self,
        source: Path,
        made: NewFolder,
        offset: int,
        seen: SeenIndex,
        compared: Sequence[str],
        watch: Callable[[int], None],
    ) -> None:
        self.taken = self.duplicates = 0
        self._source, self._made, self._offset, self._last = source, made, offset, offset
        self._seen, self._compared, self._watch = seen, compared, watch
        self._numbers = array("I", [0])  # of each sample of the source: its own in the merged dataset, or its twin's

    def samples(self) -> None:
        """Those that are new, with their provenance."""
        moment = timestamp(datetime.now(UTC))
        origins = decoded(self._source, PROVENANCE, Provenance)
        for line in read_lines(self._source / SAMPLES):
            origin = next(origins, None)
            try:
                record = msgspec.json.decode(line.data, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                if not line.whole:
                    return
                raise self._damaged(f"{SAMPLES}:{line.number}: is no JSON object") from None
            if origin is None or origin.hash != line_hash(line.data):
                raise self._damaged(f"{PROVENANCE}: does not tell of line {line.number} of {SAMPLES}")
            if line.number % _EVERY == 0:
                self._watch(self._made.samples)
            origin = replace(origin, task=self._task(origin.task))
            twin = self._seen.admit(content(record, self._compared), self._made.samples + 1)
            if twin is None:
                self.taken += 1
                self._made.accept(line.data, origin)
                self._numbers.append(self._made.samples)
                continue
            self.duplicates += 1
            self._numbers.append(twin.number)
            kind = "equal to" if twin.exact else f"{twin.similarity:.2f} similar to"
            self._made.refuse(taken_out(origin, f"{kind} sample {twin.number} of the merged dataset", moment))

    def ledger(self) -> int:
        """Everything that was paid for; the highest task number there is now."""
        for answer in decoded(self._source, COMPLETIONS, StoredAnswer):
            bundle = self._task(answer.bundle) if answer.bundle else 0
            self._made.record(replace(answer, task=self._task(answer.task), bundle=bundle))
        for refused in decoded(self._source, REJECTIONS, StoredRejection):
            twin = self._numbers[refused.twin] if refused.twin < len(self._numbers) else 0
            self._made.refuse(replace(refused, task=self._task(refused.task), twin=twin))
        for charge in decoded(self._source, CHARGES, StoredCharge):
            self._made.charge(replace(charge, task=self._task(charge.task)))
        return self._last

    def _task(self, number: int) -> int:
        self._last = max(self._last, self._offset + number)
        return self._offset + number

    def _damaged(self, what: str) -> DamagedError:
        return DamagedError(f"{self._source}/{what}; mend it with: destilation verify {self._source} --repair")
