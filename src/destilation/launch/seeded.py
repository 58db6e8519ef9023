"""The seeds of a job, read once at the start: without those that are given twice. Knows no engine."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from destilation.config import ALL_SEEDS, Config
from destilation.core import events
from destilation.core.evolve import MOVES, Way
from destilation.core.job import Seeds
from destilation.core.seed_mode import RECIPES, SOURCE
from destilation.core.seed_queue import SeedQueue, apart
from destilation.core.seed_supply import Supply
from destilation.errors import ConfigError
from destilation.launch.wiring import template_of
from destilation.seeds.read import read_seeds
from destilation.seeds.store import Store
from destilation.storage.recovery import Recovered

MOST_COMPARED = 200_000
"""Seeds up to which each is compared with all others before anything is asked; of more, only equal ones are found."""
MOST_TOLD = 5


class Seeded(Struct, frozen=True):
    """The seeds of a job: as its tasks use them, how many there are, and what was left out and why.

    `repeated` were given twice or are too much alike; of the `skipped` the first are told in `faults`.
    """

    supply: Supply
    seeds: int
    repeated: int
    skipped: int
    faults: tuple[str, ...]

    @property
    def event(self) -> events.SeedsRead:
        """All of it as a fact."""
        return events.SeedsRead(
            seeds=self.seeds, samples=len(self.supply), repeated=self.repeated, skipped=self.skipped, faults=self.faults
        )

    @property
    def document(self) -> Mapping[str, object]:
        """All of it as `metadata.json` has it."""
        told = {"seeds": self.seeds, "samples": len(self.supply), "repeated": self.repeated, "skipped": self.skipped}
        return {**told, "faults": list(self.faults)}

    def notices(self, config: Config, left: int, accepted: int) -> Iterator[str]:
        """What the user should know of the seeds, before they are used up; `left` samples can still be made of them."""
        if self.skipped:
            yield f"seeds that cannot be used and were left out: {self.skipped:,}; the first: {self.faults[0]}"
        if self.repeated:
            yield f"seeds that are there twice, or too much alike, and are used once: {self.repeated:,}"
        if accepted + left < config.job.target:
            yield (
                f"the seeds can give {left:,} more samples, and {accepted:,} are there, for a target of "
                f"{config.job.target:,}: the run will end short of it (3)"
            )


class _Skipped:
    """Counts rows that cannot be used, or refuses the first of them."""

    def __init__(self, wanted: Seeds) -> None:
        self._skips = wanted.on_bad == "skip"
        self.count = 0
        self.faults: list[str] = []

    def __call__(self, what: str) -> None:
        if not self._skips:
            raise ConfigError(what)
        self.count += 1
        if len(self.faults) < MOST_TOLD:
            self.faults.append(what)


def seeds_of(config: Config) -> Seeded | None:
    """The seeds of the job, None where it has no file of them. Raises ConfigError for a bad file."""
    wanted = config.job.seeds
    if wanted is None:
        return None
    skipped = _Skipped(wanted)
    store = Store(read_seeds(wanted, skipped), (SOURCE,) if wanted.mode == "ground" else ())
    if not len(store):
        raise ConfigError(f"{wanted.file}: holds {_nothing(wanted, skipped)}")
    repeated = store.repeated
    if len(store) <= MOST_COMPARED and wanted.mode == "answer":
        places = apart(store, template_of(config).compared_fields, config.job.dedup.threshold)
        repeated += len(store) - len(places)
        store.keep(places)
    supply = Supply(
        store,
        store.ids,
        _ways(wanted),
        per_seed=wanted.per_seed,
        mixed=wanted.mode == "evolve",
        shuffled=wanted.shuffle,
        seed=config.job.seed,
    )
    return Seeded(supply, len(store), repeated, skipped.count, tuple(skipped.faults))


def with_target(config: Config, seeded: Seeded | None) -> Config:
    """The configuration with a target: a job of seeds that names none makes all that they can give."""
    if seeded is None or config.job.target != ALL_SEEDS:
        return config
    return replace(config, job=replace(config.job, target=len(seeded.supply)))


def queue_of(config: Config, seeded: Seeded | None, recovered: Recovered) -> SeedQueue | None:
    """The seeds that no sample was made from yet, as far as the folder tells."""
    wanted = config.job.seeds
    if seeded is None or wanted is None:
        return None
    return SeedQueue(seeded.supply, recovered.seeds, wanted.rounds, recovered.failed)


def words(config: Config, seeded: Seeded) -> str:
    """What the seeds can give, for who has not begun."""
    wanted, most = config.job.seeds, len(seeded.supply)
    assert wanted is not None
    each = "" if wanted.per_seed == 1 else f", {wanted.per_seed} samples each"
    told = f"{seeded.seeds:,} seeds in {Path(wanted.file).name} (mode {wanted.mode}{each}): {most:,} samples at most"
    return f"{told}, {config.job.target:,} wanted"


def _ways(wanted: Seeds) -> tuple[Way, ...]:
    if wanted.mode == "evolve":
        return tuple(way for way in MOVES if not wanted.ways or way.id in wanted.ways)
    recipe = RECIPES.get(wanted.mode)
    return () if recipe is None else recipe.ways(wanted.per_seed)


def _nothing(wanted: Seeds, skipped: _Skipped) -> str:
    if skipped.count:
        return f"no seed that can be used; {skipped.count:,} were left out, the first: {skipped.faults[0]}"
    return "no passage of a document" if Path(wanted.file).is_dir() else "nothing"
