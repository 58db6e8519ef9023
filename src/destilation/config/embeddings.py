"""`job.dedup.embeddings`: whose vectors tell samples that mean the same, as a stage that reviews each sample."""

from msgspec.structs import replace

from destilation.config.model import EmbeddingsTable
from destilation.config.providers import Providers
from destilation.config.source import Source
from destilation.config.stages import Staged
from destilation.core.job import Embeddings, StageSpec

STAGE = "embeddings"


def embedded(
    source: Source, providers: Providers, table: EmbeddingsTable | None, staged: Staged
) -> tuple[Embeddings | None, Staged]:
    """What the table says, and the stages with the one that asks for vectors."""
    if table is None:
        return None, staged
    if any(spec.name == STAGE for spec in staged.specs):
        source.wrong(("job", "stages"), f'"{STAGE}" is the name of the stage that job.dedup.embeddings adds')
    found = providers.embeddings(table, ("job", "dedup", "embeddings"))
    if found is None:
        return None, staged
    stage = StageSpec(name=STAGE, kind="embeddings", mix=(found.share,))
    return found, replace(staged, reviews=(*staged.reviews, stage))
