"""Commands applied to a running engine; each is answered by a fact. Knows no file and no screen."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from destilation.core import control, events
from destilation.core.control import AnyCommand, CommandError, names, words_of
from destilation.core.display import display_safe
from destilation.engine.orchestrator import Orchestrator
from destilation.engine.pool import Emit, Entry, Pool

USER = "the user"


class Changed(Protocol):
    """Keeps what the user changed about the job."""

    def __call__(self, *, target: int | None = None, budget_usd: float | None = None) -> None:
        """Keep it. Raises StorageError."""


class Control:
    """What a run can be told while it lasts.

    At most `most_workers` requests are ever in flight. A drain becomes a cancellation after `grace_s` seconds.
    `changed` is told of a new target or budget, to keep it for the runs to come.
    """

    def __init__(
        self,
        orchestrator: Orchestrator,
        pool: Pool,
        *,
        accepted: Callable[[], int],
        emit: Emit,
        grace_s: float,
        most_workers: int = control.MOST_CONCURRENCY,
        changed: Changed | None = None,
    ) -> None:
        self._orchestrator = orchestrator
        self._pool = pool
        self._accepted = accepted
        self._emit = emit
        self._grace_s = grace_s
        self._most_workers = most_workers
        self._changed = changed

    def obey(self, line: bytes) -> None:
        """Do what a line of JSON says, or tell why not."""
        try:
            command = control.read_command(line)
        except CommandError as error:
            self._emit(events.CommandRefused(command="", why=str(error)))
            return
        try:
            self._do(command)
        except CommandError as error:
            self._emit(events.CommandRefused(command=words_of(command), why=str(error)))

    def tell_limits(self, concurrency: int) -> None:
        """How many requests may be in flight at the start, in all and to each provider."""
        limits = {"": concurrency} | {each.provider.label: each.governor.window for each in self._pool.entries}
        for label, limit in limits.items():
            self._emit(events.ConcurrencyChanged(provider=label, limit=limit, reason="the start"))

    def drain(self, reason: str = USER) -> None:
        """Begin nothing new; what is in flight is waited for as long as the job says."""
        self._emit(events.Stopping(reason=reason, now=False))
        self._orchestrator.drain()
        asyncio.get_running_loop().call_later(self._grace_s, self._orchestrator.cancel)

    def cancel(self, reason: str = USER) -> None:
        """End now."""
        self._emit(events.Stopping(reason=reason, now=True))
        self._orchestrator.cancel()

    def _do(self, command: AnyCommand) -> None:
        match command:
            case control.Pause():
                self._pool.pause()
                self._emit(events.Paused(reason=USER))
            case control.Resume():
                self._emit(events.Resumed(reason=USER))
                self._pool.resume()
            case control.Stop(now):
                self.cancel() if now else self.drain()
            case control.Concurrency(n):
                self._resize(n)
            case control.Share(provider, weight):
                self._weigh(provider, weight)
            case control.Retire(provider):
                self._retire(provider)
            case control.Restore(provider):
                self._restore(provider)
            case control.Target(n):
                self._retarget(n)
            case control.Budget(usd):
                self._emit(events.BudgetChanged(usd=usd, spent_usd=round(self._pool.spend.spent.usd, 9)))
                self._pool.allow(usd)
                if self._changed is not None:
                    self._changed(budget_usd=usd)

    def _resize(self, n: int) -> None:
        limit = min(n, self._most_workers)
        reason = USER if limit == n else "the limit of open files allows no more"
        self._emit(events.ConcurrencyChanged(provider="", limit=limit, reason=reason, asked=n))
        for entry in self._pool.entries:
            entry.governor.allow(limit)
            window = entry.governor.window
            self._emit(events.ConcurrencyChanged(provider=entry.provider.label, limit=window, reason=USER))
        self._orchestrator.resize(limit)
        self._pool.look_again()

    def _retarget(self, n: int) -> None:
        if n < (accepted := self._accepted()):
            raise CommandError(f"{accepted:,} samples are in already, and none is removed")
        target = self._orchestrator.retarget(n)
        self._emit(events.TargetChanged(target=target, asked=n))
        if self._changed is not None:
            self._changed(target=target)

    def _weigh(self, provider: str, weight: float) -> None:
        chosen = self._chosen(provider)
        if len(chosen) > 1:
            raise CommandError(f"which of {_listed([self._pool.entries[place] for place in chosen])}?")
        self._pool.mix.weigh(chosen[0], weight)
        self._emit(events.ShareChanged(provider=self._pool.entries[chosen[0]].provider.label, share=weight))
        self._pool.look_again()

    def _retire(self, provider: str) -> None:
        governors = [self._pool.entries[place].governor for place in self._chosen(provider)]
        concerned = [entry for entry in self._pool.entries if entry.governor in governors]
        for stage in {entry.stage for entry in concerned}:
            left = [entry for entry in self._pool.entries if entry.stage == stage and entry not in concerned]
            if all(entry.governor.retired for entry in left):
                raise CommandError("no other provider would be left; pause or stop the job instead")
        for entry in concerned:
            entry.governor.retired = f"retired by {USER}"
            self._emit(events.ProviderRetired(provider=entry.provider.label, error=entry.governor.retired))
        self._pool.look_again()

    def _restore(self, provider: str) -> None:
        governors = [self._pool.entries[place].governor for place in self._chosen(provider)]
        for governor in governors:
            governor.restore(asyncio.get_running_loop().time())
        for entry in self._pool.entries:
            if entry.governor in governors:
                self._emit(events.ProviderRestored(provider=entry.provider.label))
        self._pool.look_again()

    def _chosen(self, provider: str) -> list[int]:
        """The entries that are meant. Raises CommandError for none."""
        found = [place for place, each in enumerate(self._pool.entries) if names(provider, each.provider.label)]
        if not found:
            raise CommandError(f"no such provider; there are {_listed(self._pool.entries)}")
        return found


def _listed(entries: Sequence[Entry]) -> str:
    return ", ".join(display_safe(entry.provider.label, 60) for entry in entries)
