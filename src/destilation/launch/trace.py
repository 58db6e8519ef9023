"""Which sample an answer in the ledger makes: how lost lines are made anew."""

from destilation.config import Config
from destilation.core.dedup.index import SeenIndex
from destilation.core.gate import Gate
from destilation.core.verdict import Sample
from destilation.errors import ProviderError
from destilation.launch.keep import completion_of, provenance_of
from destilation.launch.wiring import syntax_of
from destilation.storage.records import Provenance, StoredAnswer


class Tracer:
    """Makes samples, and provenance, of stored answers; None for one that makes none of the job's template.

    Duplicates are not asked about: an answer is only traced to a sample that is, or was, there.
    """

    def __init__(self, config: Config) -> None:
        self._gate = Gate(
            config.template,
            SeenIndex(1.0),
            config.job.checks,
            reasoning=config.job.reasoning,
            syntax=syntax_of(config),
        )

    def sample(self, answer: StoredAnswer) -> Sample | None:
        """What the answer makes."""
        try:
            made = self._gate.examine(completion_of(answer), answer.given)
        except (ProviderError, ValueError):
            return None
        return made if isinstance(made, Sample) else None

    def provenance(self, answer: StoredAnswer) -> Provenance | None:
        """How that sample came to be, as far as the answer tells."""
        made = self.sample(answer)
        return None if made is None else provenance_of(answer, made, answer.attempt, answer.t)
