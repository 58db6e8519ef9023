"""One run of a job: its folder is opened and read back, the engine is wired and run, everything is closed."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config, dump
from destilation.core import events
from destilation.core.gate import Gate
from destilation.core.mix import Mix
from destilation.core.pacing.governor import Governor
from destilation.core.plan import Plan
from destilation.core.progress import Progress
from destilation.core.provider import Provider
from destilation.core.spend import Caps, Spend
from destilation.engine.orchestrator import Orchestrator
from destilation.engine.pool import Entry, Pool
from destilation.engine.worker import Worker
from destilation.errors import StorageError
from destilation.launch.folder import check_identity, folder_of
from destilation.launch.keep import Keeper, charge_of, past_of
from destilation.launch.limits import limits_of, workers_of
from destilation.launch.metadata import Metadata
from destilation.launch.prices import Priced, priced
from destilation.launch.recover import recover
from destilation.launch.signals import Signals
from destilation.providers.registry import Registry
from destilation.storage.dataset import Dataset
from destilation.storage.disk import Disk
from destilation.version import __version__

EXIT_CODES: Mapping[str, int] = {"met": 0, "short": 3, "budget": 4, "no_provider": 5}
Watch = Callable[[Progress, float], None]


class Report(Struct, frozen=True, kw_only=True):
    """How a run ended. `began_with` samples were there before; `metadata` is as in `metadata.json`.

    `reasons` counts the rejections of all runs by reason, `retired` says why providers were given up,
    `notices` is what the user should know besides.
    """

    folder: Path
    state: str
    exit_code: int
    target: int
    accepted: int
    began_with: int
    seconds: float
    metadata: Mapping[str, object]
    reasons: Mapping[str, int]
    retired: Mapping[str, str]
    notices: Sequence[str] = ()


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
        mix = await priced(config, registry)
        asked = [
            _Asked(registry.open(config.providers[entry.share.provider], entry.share, label), entry)
            for entry, label in zip(mix, labels_of(config), strict=True)
        ]
        dataset = Dataset.open(folder, durability=config.job.durability, now=now, disk=disk)
        try:
            return await _Run(config, dataset, asked, watch, signals or Signals(), most, now).finish()
        finally:
            await dataset.close()


def labels_of(config: Config) -> list[str]:
    """How events and tables name the entries: the provider, with the model where it has several."""
    names = [share.provider for share in config.job.mix]
    return [share.label if names.count(share.provider) > 1 else share.provider for share in config.job.mix]


class _Asked(Struct, frozen=True):
    """One entry of the mix, opened and priced."""

    provider: Provider
    priced: Priced


class _Run:
    """The wiring of one run over an open dataset."""

    def __init__(
        self,
        config: Config,
        dataset: Dataset,
        asked: Sequence[_Asked],
        watch: Watch | None,
        signals: Signals,
        most: int | None,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._dataset = dataset
        self._asked = asked
        self._labels = tuple(entry.provider.label for entry in asked)
        fields = config.job.dedup.fields or config.template.dedup_fields
        self._template = replace(config.template, dedup_fields=fields)
        self._watch = watch
        self._signals = signals
        self._now = now
        self._clock = asyncio.get_running_loop().time
        known = recover(dataset, config, config.job.dedup.threshold)
        self._recovered, self._progress, self._seen = known.recovered, known.progress, known.seen
        self._notices: list[str] = []
        self._time_is_up = False
        before = dataset.read_metadata()
        missing = config.job.target - self._recovered.accepted
        self._goal = self._recovered.accepted + (missing if most is None else min(missing, most))
        self._metadata = Metadata(config, self._progress, before, clock=self._clock, now=now)

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
            pool = self._pool()
            try:
                state = await self._work(pool)
            except StorageError:
                self._end("failed", StorageError.exit_code)
                raise
            retired = pool.retired()
        if self._time_is_up:
            self._notices.append("max_time is over; the same command continues")
        code = EXIT_CODES.get(state, self._signals.exit_code)
        if state == "met" and self._progress.accepted < job.target:
            state = "interrupted"  # a pilot made all that it was to make
        self._end(state, code)
        await self._dataset.close()
        if self._dataset.warning is not None:
            self._notices.append(self._dataset.warning)
        return Report(
            folder=self._dataset.path,
            state=state,
            exit_code=code,
            target=job.target,
            accepted=self._progress.accepted,
            began_with=began_with,
            seconds=self._metadata.elapsed_s,
            metadata=self._metadata.document(self._dataset.samples_digest),
            reasons=self._progress.reasons(),
            retired=retired,
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
            )
        )
        for repair in self._dataset.healed:
            self._emit(repair)
            self._notices.append(f"{repair.file}: {repair.what}")

    def _emit(self, event: events.Event) -> None:
        self._dataset.emit(event)
        if isinstance(event, events.Charged):
            self._dataset.charge(charge_of(event, self._now()))
        self._progress.see(event, self._clock())

    def _pool(self) -> Pool:
        job, counts = self._config.job, self._progress.providers
        mix = Mix(
            [entry.priced.share.share for entry in self._asked],
            [counts[label].accepted if label in counts else 0 for label in self._labels],
        )
        chance = random.Random(job.seed).random
        spend = Spend(
            Caps(usd=job.budget_usd, tokens=job.max_tokens, requests=job.max_requests), self._progress.spent()
        )
        pool = Pool(
            [self._entry(asked) for asked in self._asked],
            mix,
            spend,
            emit=self._emit,
            clock=self._clock,
            chance=chance,
        )
        pool.tell_retired()
        return pool

    def _entry(self, asked: _Asked) -> Entry:
        share = asked.priced.share
        limits = limits_of(self._config.providers[share.provider], share, self._config.job.concurrency)
        governor = Governor(limits, self._clock())
        governor.retired = asked.priced.fault
        return Entry(asked.provider, governor, asked.priced.tariff, share.stage)

    async def _work(self, pool: Pool) -> str:
        job, template, recovered = self._config.job, self._template, self._recovered
        plan = Plan(
            job.domain,
            self._goal,
            accepted=recovered.accepted,
            begun=recovered.begun,
            pending=recovered.unsettled,
            patience=job.patience,
        )
        gate = Gate(template, self._seen, job.checks, recovered.lines)
        shares = dict(zip(self._labels, (asked.priced.share for asked in self._asked), strict=True))
        worker = Worker(
            template,
            gate,
            pool,
            Keeper(self._dataset, shares, self._now),
            self._emit,
            max_attempts=job.max_attempts,
            seed=job.seed,
        )
        concurrency, notice = workers_of(self._config, [entry.governor.most for entry in pool.entries])
        self._notices += [notice] if notice else []
        orchestrator = Orchestrator(
            plan,
            worker,
            pool,
            concurrency=min(concurrency, self._goal - recovered.accepted),
            past={number: [past_of(each) for each in past] for number, past in recovered.unsettled.items() if past},
            beat=self._beat,
            most_s=job.max_time,
        )
        with self._signals.stopping(orchestrator, job.shutdown_grace_s):
            outcome = await orchestrator.run()
        self._time_is_up = orchestrator.time_is_up
        return outcome

    def _beat(self) -> None:
        self._dataset.put_metadata(self._metadata.document(self._dataset.samples_digest))
        if self._watch is not None:
            self._watch(self._progress, self._clock())

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
