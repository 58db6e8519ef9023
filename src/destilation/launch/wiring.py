"""The engine's parts made from a configuration: whom to ask, in which stages, and by which gates. Runs nothing."""

import random
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config
from destilation.core.dedup.index import SeenIndex
from destilation.core.dedup.vectors import Vectors
from destilation.core.exclusion import Exclusions
from destilation.core.gate import UNCHECKED, Gate, Syntax
from destilation.core.job import Share
from destilation.core.mix import Mix
from destilation.core.neighbours import Neighbours
from destilation.core.pacing.governor import Governor
from destilation.core.progress import Progress
from destilation.core.provider import Provider
from destilation.core.review import Stage
from destilation.core.spend import Caps, Spend
from destilation.core.template import Template
from destilation.engine.pool import Emit, Entry, Pool
from destilation.launch.limits import limits_of
from destilation.launch.prices import Priced, priced
from destilation.providers.registry import Registry


class Asked(Struct, frozen=True):
    """One entry of a mix, opened and priced."""

    provider: Provider
    priced: Priced

    @property
    def share(self) -> Share:
        """The entry as configured."""
        return self.priced.share


async def asked_of(config: Config, registry: Registry) -> list[Asked]:
    """Everybody who is asked, at whatever stage. Raises ConfigError."""
    return [
        Asked(registry.open(config.providers[entry.share.provider], entry.share, label), entry)
        for entry, label in zip(await priced(config, registry), labels_of(config), strict=True)
    ]


def labels_of(config: Config) -> list[str]:
    """How events and tables name the entries: the provider, with model and stage where it has several."""
    shares = config.staged.shares
    models = {(share.provider, share.model) for _, share in shares}
    several = [provider for provider, _ in models]
    plain = [share.label if several.count(share.provider) > 1 else share.provider for _, share in shares]
    return [
        f"{label}@{stage}" if plain.count(label) > 1 else label for label, (stage, _) in zip(plain, shares, strict=True)
    ]


def pool_of(
    config: Config, asked: Sequence[Asked], progress: Progress, *, emit: Emit, clock: Callable[[], float]
) -> Pool:
    """The pool of all who are asked; one model of one provider has one pace, however many stages ask it."""
    job, counts = config.job, progress.providers
    labels = [entry.provider.label for entry in asked]
    mix = Mix(
        [entry.share.share for entry in asked],
        [counts[label].accepted if label in counts else 0 for label in labels],
    )
    governors: dict[tuple[str, str], Governor] = {}
    entries = []
    for each in asked:
        share = each.share
        limits = limits_of(config.providers[share.provider], share, job.concurrency)
        governor = governors.setdefault((share.provider, share.model), Governor(limits, clock()))
        governor.retired = governor.retired or each.priced.fault
        entries.append(Entry(each.provider, governor, each.priced.tariff, share.attempts, each.priced.stage))
    spend = Spend(Caps(usd=job.budget_usd, tokens=job.max_tokens, requests=job.max_requests), progress.spent())
    pool = Pool(entries, mix, spend, emit=emit, clock=clock, chance=random.Random(job.seed).random)
    pool.tell_retired()
    return pool


def template_of(config: Config) -> Template:
    """The template of the sample, with the fields by which the job tells duplicates."""
    return replace(config.template, dedup_fields=config.job.dedup.fields or config.template.dedup_fields)


def syntax_of(config: Config) -> Syntax | None:
    """What knows notations and languages; None where the job has none, or does not want them checked."""
    formats = {field.format for making in config.staged.making for field in making.template.fields}
    formats |= {field.format for field in config.template.fields}
    if not config.job.checks.syntax or formats <= UNCHECKED:
        return None
    # Few jobs need it, and it takes a while to load.
    from destilation.checks.syntax.checker import Syntax as NotationSyntax

    return NotationSyntax()


def stages_of(
    config: Config,
    seen: SeenIndex,
    number: int,
    exclusions: Exclusions | None = None,
    vectors: Vectors | None = None,
    neighbours: Neighbours | None = None,
) -> list[Stage]:
    """The stages that make a sample; the last one's gate remembers, with `number` samples in already.

    No stage may make what the `exclusions` have; `neighbours` are shown to those that make what duplicates are told by.
    """
    job, compared = config.job, template_of(config).compared_fields
    stages = []
    for making in config.staged.making:
        last = making is config.staged.making[-1]
        template = template_of(config) if last else making.template
        memory, count = (seen, number) if last else (SeenIndex(1.0), 0)
        gate = Gate(
            template,
            memory,
            job.checks,
            count,
            reasoning=job.reasoning,
            syntax=syntax_of(config),
            exclusions=exclusions,
            vectors=vectors if last else None,
        )
        told = any(field.name in compared for field in template.asked(native=False))
        near = neighbours if told else None
        stages.append(Stage(making.name, template, gate, making.max_attempts, job.reasoning, near))
    return stages
