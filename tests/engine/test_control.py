"""A run steered while it lasts, in virtual time: each command takes effect and is answered by a fact."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from destilation.core import control, events
from destilation.core.events import Event
from destilation.core.job import Price
from destilation.core.plan import Plan
from destilation.core.spend import Caps
from destilation.core.tariff import Tariff
from destilation.engine.control import Control
from destilation.engine.orchestrator import Orchestrator
from destilation.engine.worker import Worker
from tests.engine.doubles import Memory, Scripted, pool_of, qa, stage
from tests.engine.virtual_time import run_virtual


class Steered:
    """A run of a thousand samples, one second an answer, with commands at given times."""

    def __init__(self, *, target: int = 1000, workers: int = 8, providers: int = 1) -> None:
        self.facts: list[Event] = []
        self.memory = Memory()
        self.kept: list[tuple[int | None, float | None]] = []
        self.caps = Caps()
        self.tariffs: list[Tariff] | None = None
        self.limits = [100] * providers
        self._target = target
        self._workers = workers
        self.providers = [Scripted(self._answer, f"p{number}") for number in range(providers)]
        self._said = 0

    def _answer(self, prompt: object, number: int) -> str:
        self._said += 1
        return qa(self._said)

    def run(self, *at: tuple[float, control.AnyCommand | bytes]) -> tuple[str, float]:
        """(outcome, seconds)."""
        return run_virtual(self._main(at))

    async def _main(self, at: Sequence[tuple[float, control.AnyCommand | bytes]]) -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        pool = pool_of(self.providers, self.facts, limits=self.limits, caps=self.caps, tariffs=self.tariffs)
        plan = Plan("physics", self._target)
        worker = Worker([stage()], pool, self.memory, self.facts.append, seed=1)
        orchestrator = Orchestrator(plan, worker, pool, concurrency=self._workers, past={}, beat=lambda: None)
        steering = Control(
            orchestrator,
            pool,
            accepted=lambda: plan.accepted,
            emit=self.facts.append,
            grace_s=30.0,
            most_workers=500,
            changed=self._keep,
        )
        steering.tell_limits(self._workers)
        for seconds, command in at:
            line = command if isinstance(command, bytes) else msgspec.json.encode(command)
            loop.call_later(seconds, steering.obey, line)
        return await orchestrator.run(), loop.time()

    def _keep(self, *, target: int | None = None, budget_usd: float | None = None) -> None:
        self.kept.append((target, budget_usd))

    def sent(self, start: float, end: float, provider: int = 0) -> int:
        """How many requests went out between two times."""
        return sum(start <= time < end for time in self.providers[provider].times)

    def told(self, *kinds: type[Event]) -> list[Event]:
        """The facts of some kinds."""
        return [fact for fact in self.facts if isinstance(fact, kinds)]


STOP_AT_30 = (30.25, control.Stop())


def test_a_paused_engine_pays_for_nothing_new() -> None:
    """From the pause to the resumption no request is sent; what was in flight is kept, and then it goes on."""
    run = Steered()
    outcome, _ = run.run((5.5, control.Pause()), (20.5, control.Resume()), STOP_AT_30)
    assert outcome == "interrupted"
    assert run.sent(5.5, 20.5) == 0
    assert run.sent(20.5, 22) >= 8
    assert len(run.memory.samples) == len(run.providers[0].prompts)
    assert run.told(events.Paused, events.Resumed) == [
        events.Paused(reason="the user"),
        events.Resumed(reason="the user"),
    ]


def test_a_paused_engine_can_be_stopped() -> None:
    """Those who wait for the end of the pause are let go at once."""
    run = Steered()
    outcome, seconds = run.run((5.5, control.Pause()), (9.0, control.Stop()))
    assert outcome == "interrupted"
    assert seconds == pytest.approx(9.0, abs=0.1)
    assert len(run.memory.samples) == len(run.providers[0].prompts)


def test_more_workers() -> None:
    """More are in flight at once, and are told of; not more than the process can have."""
    run = Steered()
    run.run((5.5, control.Concurrency(40)), STOP_AT_30)
    assert run.sent(0, 0.5) == 8
    assert run.sent(5.5, 5.6) == 32
    assert run.providers[0].most_in_flight == 40
    changed = run.told(events.ConcurrencyChanged)
    assert events.ConcurrencyChanged(provider="", limit=40, reason="the user", asked=40) in changed
    assert events.ConcurrencyChanged(provider="p0", limit=40, reason="the user") in changed


def test_no_more_workers_than_connections() -> None:
    """What cannot be had is not promised."""
    run = Steered(target=2000)
    run.run((5.5, control.Concurrency(9_000)), (7.0, control.Stop()))
    assert run.providers[0].most_in_flight == 500
    limits = [fact for fact in run.told(events.ConcurrencyChanged) if isinstance(fact, events.ConcurrencyChanged)]
    assert [(fact.limit, fact.asked) for fact in limits if fact.asked] == [(500, 9_000)]


def test_fewer_workers_finish_what_they_have() -> None:
    """No answer is given up, and from the next one on so few are in flight."""
    run = Steered()
    run.run((5.5, control.Concurrency(2)), STOP_AT_30)
    assert run.sent(6.5, 16.5) == 20
    assert len(run.memory.samples) == len(run.providers[0].prompts)


def test_fewer_and_then_more() -> None:
    """The set shrinks and grows again."""
    run = Steered()
    run.run((5.5, control.Concurrency(1)), (10.5, control.Concurrency(8)), STOP_AT_30)
    assert run.sent(7.5, 10.4) <= 3
    assert run.sent(15.5, 25.5) == 80


def test_exactly_the_target_whatever_the_concurrency() -> None:
    """Shrinking in the middle of failures leaves nobody's replacement undone."""
    run = Steered(target=40)
    outcome, _ = run.run((1.5, control.Concurrency(1)), (4.5, control.Concurrency(16)), (6.5, control.Concurrency(2)))
    assert (outcome, len(run.memory.samples)) == ("met", 40)


def test_a_higher_target_is_worked_for_to_the_sample() -> None:
    """Raised while the last ones are in flight, when workers have left already, it is met exactly."""
    run = Steered(target=20)
    outcome, seconds = run.run((2.5, control.Target(100)))
    assert (outcome, len(run.memory.samples)) == ("met", 100)
    assert seconds == pytest.approx(13.0, abs=0.6)
    assert run.told(events.TargetChanged) == [events.TargetChanged(target=100, asked=100)]
    assert run.kept == [(100, None)]


def test_a_lower_target_keeps_what_is_under_way() -> None:
    """It never falls below what is in or paid for; below what is in it is refused."""
    run = Steered()
    outcome, _ = run.run((5.5, control.Target(42)), (5.6, control.Target(10)))
    assert outcome == "met"
    assert len(run.memory.samples) == 48
    assert run.told(events.TargetChanged) == [events.TargetChanged(target=48, asked=42)]
    (refused,) = run.told(events.CommandRefused)
    assert isinstance(refused, events.CommandRefused)
    assert refused.command == "target=10"
    assert "40 samples are in already" in refused.why


def test_a_budget_holds_from_now_on() -> None:
    """A cap that leaves no room for another request ends the run; what is in flight is kept."""
    run = Steered()
    run.tariffs = [Tariff(Price(output_per_mtok=10_000.0), 100)]
    outcome, _ = run.run((5.5, control.Budget(0.5)))
    assert outcome == "budget"
    assert len(run.memory.samples) == 48
    assert run.told(events.BudgetChanged) == [events.BudgetChanged(usd=0.5, spent_usd=0.0)]
    assert run.kept == [(None, 0.5)]


def test_shares_follow() -> None:
    """A weight of nothing sends everything elsewhere."""
    run = Steered(providers=2)
    run.run((5.5, control.Share("p1", 0.0)), STOP_AT_30)
    assert run.sent(0, 5, 1) == 20
    assert run.sent(6.5, 29, 1) == 0
    assert run.told(events.ShareChanged) == [events.ShareChanged(provider="p1", share=0.0)]


def test_retired_and_restored() -> None:
    """A retired provider is asked for nothing until it is restored; the last one left cannot be retired."""
    run = Steered(providers=2)
    run.run(
        (5.5, control.Retire("p1")),
        (6.0, control.Retire("p0")),
        (15.5, control.Restore("p1")),
        (16.0, control.Retire("p9")),
        STOP_AT_30,
    )
    assert run.sent(5.5, 15.5, 1) == 0
    assert run.sent(15.5, 30, 1) > 20
    assert [type(fact) for fact in run.told(events.ProviderRetired, events.ProviderRestored)] == [
        events.ProviderRetired,
        events.ProviderRestored,
    ]
    refused = [fact.why for fact in run.facts if isinstance(fact, events.CommandRefused)]
    assert refused == [
        "no other provider would be left; pause or stop the job instead",
        "no such provider; there are p0, p1",
    ]


def test_which_of_several() -> None:
    """A share needs one entry: a name that means two is refused with both."""
    run = Steered(providers=2)
    run.providers = [Scripted(run._answer, f"far/{name}") for name in "ab"]
    run.run((1.5, control.Share("far", 2.0)), (2.5, control.Share("far/b", 2.0)), STOP_AT_30)
    (refused,) = [fact for fact in run.facts if isinstance(fact, events.CommandRefused)]
    assert refused.why == "which of far/a, far/b?"
    assert run.told(events.ShareChanged) == [events.ShareChanged(provider="far/b", share=2.0)]


@pytest.mark.parametrize("line", [b"junk", b'{"do":"explode"}', b'{"do":"target","n":-5}', b"\x00" * 100])
def test_hostile_lines_change_nothing(line: bytes) -> None:
    """They are told as refused, and the run is as without them."""
    run = Steered(target=24)
    outcome, seconds = run.run((1.5, line))
    assert (outcome, len(run.memory.samples)) == ("met", 24)
    assert seconds == pytest.approx(3.0, abs=0.1)
    assert len(run.told(events.CommandRefused)) == 1


@pytest.mark.parametrize(
    ("now", "kept", "ends"), [(False, 24, 6.0), (True, 16, 5.0)], ids=["after those in flight", "now"]
)
def test_stop(now: bool, kept: int, ends: float) -> None:
    """Answers in flight are waited for, or given up."""
    run = Steered()
    run.providers = [Scripted(run._answer, "p0", seconds=2.0)]
    outcome, seconds = run.run((5.0, control.Stop(now)))
    assert (outcome, len(run.memory.samples)) == ("interrupted", kept)
    assert seconds == pytest.approx(ends, abs=0.1)
    assert run.told(events.Stopping) == [events.Stopping(reason="the user", now=now)]


def test_a_drain_does_not_last_for_ever() -> None:
    """After the job's grace the answers that are still out are given up."""
    run = Steered()
    run.providers = [Scripted(run._answer, "p0", seconds=3600.0)]
    outcome, seconds = run.run((5.0, control.Stop()))
    assert (outcome, run.memory.samples) == ("interrupted", [])
    assert seconds == pytest.approx(35.0, abs=0.1)
