"""The topics of a run and what is told of them: by the files at its start, then by each fact."""

from collections.abc import Collection
from contextlib import suppress
from operator import itemgetter

import msgspec

from destilation.config import Config
from destilation.core import events
from destilation.core.coverage import Coverage
from destilation.core.neighbours import Neighbours
from destilation.core.recollection import Recollection
from destilation.launch.keep import said_in
from destilation.launch.recover import compared_of
from destilation.storage.dataset import Dataset


class Covering:
    """Tells a coverage of earlier runs, and of this one; `neighbours` are the last samples of each topic.

    `making` are the names of the stages that make a part of the sample. Raises OSError.
    """

    def __init__(
        self,
        coverage: Coverage,
        config: Config,
        dataset: Dataset,
        recollection: Recollection,
        making: Collection[str],
    ) -> None:
        self.neighbours = Neighbours(config.job.neighbours)
        self._coverage = coverage
        self._making = making
        recollection.tell(coverage)
        self._belonging = recollection.belonging
        latest = recollection.latest(config.job.neighbours)
        for number, path in sorted(((n, path) for path, some in latest.items() for n in some), key=itemgetter(0)):
            line = dataset.kept.line_now(number)
            with suppress(msgspec.DecodeError):
                text = said_in(msgspec.json.decode(line or b""), compared_of(config))
                self.neighbours.accepted(path, text)

    def see(self, event: events.Event) -> None:
        """A fact of this run."""
        if isinstance(event, events.Rejected) and event.stage in self._making:
            elsewhere = self._belonging.elsewhere(event.twin, event.topic)
            self._coverage.refused(event.topic, event.codes[0], elsewhere=elsewhere)
