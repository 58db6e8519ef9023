"""`metadata.json`: the fold of all facts so far, with what they are about."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from destilation.config import Config
from destilation.core.progress import Progress
from destilation.storage.records import timestamp
from destilation.version import __version__

VERSION = 1


class Metadata:
    """Makes the document.

    `before` is what an earlier run left (None or damaged: nothing is taken), `seeds` what was read of them.
    """

    def __init__(
        self,
        config: Config,
        progress: Progress,
        before: Mapping[str, Any] | None,
        *,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        seeds: Mapping[str, object] | None = None,
    ) -> None:
        self._config = config
        self._seeds = {} if seeds is None else {"seeds": seeds}
        self._progress = progress
        self._clock = clock
        self._now = now
        self._began = clock()
        before = before or {}
        elapsed, started = before.get("elapsed_s"), before.get("started_at")
        self._elapsed = float(elapsed) if isinstance(elapsed, int | float) and elapsed >= 0 else 0.0
        self._started = started if isinstance(started, str) else timestamp(now())

    @property
    def elapsed_s(self) -> float:
        """Seconds that this run has lasted."""
        return self._clock() - self._began

    def document(self, samples_digest: str) -> dict[str, object]:
        """The document as it stands now; see `docs/folder.md` for its keys."""
        job = self._config.job
        return {
            "version": VERSION,
            "destilation": __version__,
            "job": job.name,
            "template": job.template,
            "domain": job.domain,
            **self._progress.summary(self._clock()),
            **self._seeds,
            "elapsed_s": round(self._elapsed + self.elapsed_s, 3),
            "started_at": self._started,
            "updated_at": timestamp(self._now()),
            "config_digest": self._config.digest,
            "samples_digest": samples_digest,
        }
