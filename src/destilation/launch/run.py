"""One run of a job: its folder is opened and read back, the engine is wired and run, everything is closed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config, dump
from destilation.core import events
from destilation.core.exclusion import Exclusions
from destilation.core.plan import Plan
from destilation.core.progress import Progress
from destilation.core.review import Review
from destilation.core.spread import spread
from destilation.core.topics.tree import Tree
from destilation.engine.control import Control
from destilation.engine.orchestrator import Orchestrator
from destilation.engine.pool import Pool
from destilation.engine.worker import Worker
from destilation.errors import CheckError, StorageError
from destilation.launch.commands import Commands
from destilation.launch.covering import Covering
from destilation.launch.excluded import exclusions_of
from destilation.launch.folder import check_identity, folder_of
from destilation.launch.indexing import Indexing
from destilation.launch.keep import Keeper, charge_of, past_of
from destilation.launch.limits import most_workers, workers_of
from destilation.launch.metadata import Metadata
from destilation.launch.outcome import Report, cause_of
from destilation.launch.recover import compared_of, recover
from destilation.launch.reviews import reviews_of
from destilation.launch.seeded import Seeded, queue_of, seeds_of, with_target
from destilation.launch.signals import Signals
from destilation.launch.topics import Growing, keep_topics, plan_of, tree_of
from destilation.launch.wiring import Asked, asked_of, pool_of, stages_of
from destilation.providers.registry import Registry
from destilation.storage.dataset import Dataset
from destilation.storage.disk import Disk
from destilation.version import __version__

__all__ = ["Report", "run", "utc_now"]

EXIT_CODES: Mapping[str, int] = {"met": 0, "short": 3, "budget": 4, "no_provider": 5}
Watch = Callable[[Progress, float], None]


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


async def run(
    config: Config,
    *,
    env: Mapping[str, str],
    watch: Watch | None = None,
    signals: Signals | None = None,
    accept_change: bool = False,
    most: int | None = None,
    disk: Disk | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Report:
    """Continue the job's folder to its target, or by at most `most` samples.

    `watch` is called about once a second with the Progress and the time it is to be read at; `signals`
    stops the run when the process is told to; `disk` is what writes (None: the real one), `now` the
    wall clock, which no duration is taken from. Raises ConfigError before anything is sent or written, StorageError
    when the disk refuses, DamagedError when the folder needs repair.
    """
    folder = folder_of(config)
    async with Registry(env, resend=config.job.budget_usd is None) as registry:
        if not accept_change:
            check_identity(folder, config)
        exclusions = exclusions_of(config)
        seeds = seeds_of(config)
        config = with_target(config, seeds)
        tree = tree_of(config, folder)
        reviews = await reviews_of(config)
        asked = await asked_of(config, registry)
        dataset = Dataset.open(folder, durability=config.job.durability, now=now, disk=disk)
        try:
            commands, source = Commands(folder), _Source(seeds, tree)
            work = _Run(
                config, dataset, asked, source, reviews, exclusions, watch, signals or Signals(), commands, most, now
            )
            return await work.finish()
        finally:
            await dataset.close()


class _Source(Struct, frozen=True):
    """What the samples are made from: the user's seeds, or topics."""

    seeds: Seeded | None
    tree: Tree


class _Run:
    """The wiring of one run over an open dataset."""

    def __init__(
        self,
        config: Config,
        dataset: Dataset,
        asked: Sequence[Asked],
        source: _Source,
        reviews: Sequence[Review],
        exclusions: Exclusions | None,
        watch: Watch | None,
        signals: Signals,
        commands: Commands,
        most: int | None,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._dataset = dataset
        self._asked = asked
        self._labels = tuple(entry.provider.label for entry in asked)
        self._shares = dict(zip(self._labels, (entry.share for entry in asked), strict=True))
        self._source = source
        self._coverage = spread(config.job, config.axes, source.tree)
        self._reviews = reviews
        self._exclusions = exclusions
        self._watch = watch
        self._signals = signals
        self._commands = commands
        self._now = now
        self._clock = asyncio.get_running_loop().time
        known = recover(dataset, config, config.job.dedup.threshold)
        self._recovered, self._progress, self._seen = known.recovered, known.progress, known.seen
        self._making = frozenset(making.name for making in config.staged.making)
        coverage = self._coverage
        recalled = known.recovered.recollection
        self._covering = None if coverage is None else Covering(coverage, config, dataset, recalled, self._making)
        self._indexing = Indexing(dataset, config, known)
        self._notices, self._cause = self._indexing.notices, ""
        before = dataset.read_metadata()
        missing = config.job.target - self._recovered.accepted
        self._goal = self._recovered.accepted + (missing if most is None else min(missing, most))
        told = None if source.seeds is None else source.seeds.document
        self._metadata = Metadata(config, self._progress, before, clock=self._clock, now=now, seeds=told)

    async def finish(self) -> Report:
        """Run to the end and tell how it went."""
        job, began_with = self._config.job, self._recovered.accepted
        self._announce()
        if began_with > job.target:
            self._notices.append(
                f"the folder holds {began_with:,} samples, more than the target of {job.target:,}; none is removed"
            )
        if twins := self._recovered.lines - began_with:
            self._notices.append(
                f"lines of samples.jsonl that repeat earlier ones and do not count: {twins:,}; see: verify"
            )
        retired: Mapping[str, str] = {}
        if began_with >= job.target:
            state = "met"
        else:
            pool = pool_of(self._config, self._asked, self._progress, emit=self._emit, clock=self._clock)
            try:
                state = await self._work(pool)
            except (StorageError, CheckError) as error:
                self._end("failed", error.exit_code)
                raise
            retired = pool.retired()
        target = self._config.job.target  # which may be another than at the start
        self._notices += [self._cause] if self._cause else []
        code = EXIT_CODES.get(state, self._signals.exit_code)
        if state == "met" and self._progress.accepted < target:
            state = "interrupted"  # a pilot made all that it was to make
        self._end(state, code)
        await self._indexing.close()
        self._notices += self._dataset.warnings
        return Report(
            folder=self._dataset.path,
            state=state,
            exit_code=code,
            target=target,
            accepted=self._progress.accepted,
            began_with=began_with,
            seconds=self._metadata.elapsed_s,
            metadata=self._metadata.document(self._dataset.samples_digest),
            reasons=self._progress.reasons(),
            retired=retired,
            cause=self._cause,
            notices=self._notices,
        )

    def _announce(self) -> None:
        self._dataset.put_job(dump(self._config))
        self._emit(
            events.RunStarted(
                version=__version__,
                job=self._config.job.name,
                template=self._config.job.template,
                target=self._config.job.target,
                accepted=self._recovered.accepted,
                providers=self._labels,
                config_digest=self._config.digest,
                budget_usd=self._config.job.budget_usd,
            )
        )
        if self._source.seeds is not None:
            self._emit(self._source.seeds.event)
        for repair in self._dataset.healed:
            self._emit(repair)
            self._notices.append(f"{repair.file}: {repair.what}")

    def _emit(self, event: events.Event) -> None:
        self._dataset.emit(event)
        if isinstance(event, events.Charged):
            self._dataset.charge(charge_of(event, self._now()))
        self._progress.see(event, self._clock())
        if self._covering is not None:
            self._covering.see(event)

    async def _work(self, pool: Pool) -> str:
        job, recovered = self._config.job, self._recovered
        neighbours = None if self._covering is None or not job.neighbours else self._covering.neighbours
        vectors = self._indexing.vectors
        stages = stages_of(self._config, self._seen, recovered.lines, self._exclusions, vectors, neighbours)
        compared = compared_of(self._config)
        keep = Keeper(self._dataset, self._shares, self._now, self._making, compared, neighbours)
        worker = Worker(
            stages, pool, keep, self._emit, seed=job.seed, reviews=self._reviews, per_request=job.per_request
        )
        concurrency, notice = workers_of(self._config, [entry.governor.most for entry in pool.entries])
        self._notices += [notice] if notice else []
        plan, gardener = self._plan(), None
        if self._coverage is not None and job.topics.grow:
            growing = Growing(self._config, plan, pool, keep, self._emit, recovered.planning)
            gardener = growing.gardener(self._coverage, self._dataset)
        orchestrator = Orchestrator(
            plan,
            worker,
            pool,
            concurrency=min(concurrency, self._goal - recovered.accepted),
            per_request=job.per_request,
            past={number: [past_of(each) for each in past] for number, past in recovered.unsettled.items() if past},
            gardener=gardener,
            beat=self._beat,
            most_s=job.max_time,
        )
        control = Control(
            orchestrator,
            pool,
            accepted=lambda: self._progress.accepted,
            emit=self._emit,
            grace_s=job.shutdown_grace_s,
            most_workers=most_workers(self._config),
            changed=self._changed,
        )
        control.tell_limits(concurrency)
        with self._signals.stopping(control), self._commands.heard_by(control.obey):
            outcome = await orchestrator.run()
        self._cause = cause_of(plan, time_is_up=orchestrator.time_is_up)
        if self._coverage is not None and (told := keep_topics(self._coverage, self._dataset)) is not None:
            self._notices.append(told)
        return outcome

    def _changed(self, *, target: int | None = None, budget_usd: float | None = None) -> None:
        """The user changed the job while it runs: a run that continues it begins with that."""
        job = self._config.job
        job = replace(job, target=target or job.target, budget_usd=budget_usd or job.budget_usd)
        self._config = replace(self._config, job=job)
        try:
            self._dataset.put_job(dump(self._config))
        except StorageError as error:
            self._notices.append(str(error))

    def _plan(self) -> Plan:
        recovered, seeded = self._recovered, self._source.seeds
        seeds = queue_of(self._config, seeded, recovered)
        if seeded is not None and seeds is not None:
            self._notices += seeded.notices(self._config, len(seeds), recovered.accepted)
        return plan_of(self._config, recovered, self._goal, seeds, self._coverage)

    def _beat(self) -> None:
        self._dataset.put_metadata(self._metadata.document(self._dataset.samples_digest))
        if self._watch is not None:
            self._watch(self._progress, self._clock())
        self._indexing.beat()

    def _end(self, state: str, code: int) -> None:
        self._emit(
            events.RunEnded(
                state=state,
                exit_code=code,
                accepted=self._progress.accepted,
                target=self._config.job.target,
                reasons=dict(self._progress.reasons().most_common()),
            )
        )
        self._beat()
