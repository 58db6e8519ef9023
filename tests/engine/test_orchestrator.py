"""Whole runs of the engine over scripted providers, in virtual time."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from destilation.core.events import Event
from destilation.core.plan import Plan
from destilation.core.review import Asker, Finding, Review
from destilation.core.task import Task
from destilation.core.verdict import Sample
from destilation.engine.orchestrator import Orchestrator
from destilation.engine.pool import Pool
from destilation.engine.worker import Worker
from destilation.errors import CheckError, StorageError, UnusableProviderError
from tests.engine.doubles import Memory, Scripted, pool_of, qa, stage
from tests.engine.virtual_time import run_virtual


def run(
    provider: Scripted,
    target: int,
    *,
    workers: int = 8,
    memory: Memory | None = None,
    during: Callable[[Orchestrator], None] | None = None,
    patience: int | None = None,
    reviews: Sequence[Review] = (),
) -> tuple[str, Memory, float, int]:
    """(outcome, what was kept, seconds it took, beats) of a run."""
    memory = memory or Memory()
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1

    async def main() -> tuple[str, float]:
        seen: list[Event] = []
        pool: Pool = pool_of([provider], seen)
        plan = Plan("physics", target, patience=patience)
        worker = Worker([stage()], pool, memory, seen.append, seed=1, reviews=reviews)
        orchestrator = Orchestrator(plan, worker, pool, concurrency=workers, past={}, beat=beat)
        if during is not None:
            asyncio.get_running_loop().call_later(5.0, during, orchestrator)
        return await orchestrator.run(), asyncio.get_running_loop().time()

    outcome, seconds = run_virtual(main())
    return outcome, memory, seconds, beats


@pytest.mark.parametrize("target", [1, 7, 8, 9, 100])
def test_exactly_the_target(target: int) -> None:
    """With a third of the answers bad, exactly N samples are kept and no answer is paid for in vain."""
    provider = Scripted(lambda prompt, n: "nonsense" if n % 3 == 0 else qa(n))
    outcome, memory, _, _ = run(provider, target)
    assert outcome == "met"
    assert len(memory.samples) == target
    assert len(memory.recorded) == target + len(memory.refused)


def test_abandoned_tasks_are_replaced() -> None:
    """A task that never succeeds is replaced by another, and the target is still met."""
    provider = Scripted(lambda prompt, n: "nonsense" if prompt.task.number % 2 else qa(n))
    outcome, memory, _, _ = run(provider, 20)
    assert outcome == "met"
    assert len(memory.samples) == 20


def test_an_exhausted_mix_ends_short() -> None:
    """A provider that can say three things ends the run short, in bounded time, with three samples."""
    provider = Scripted(lambda prompt, n: qa(n % 3))
    outcome, memory, seconds, _ = run(provider, 10)
    assert outcome == "short"
    assert len(memory.samples) == 3
    assert seconds < 200
    assert len(provider.prompts) < 250


def test_no_provider_left() -> None:
    """When every provider is unusable the run says so, and keeps what it has."""
    provider = Scripted(lambda prompt, n: qa(n) if n < 20 else UnusableProviderError("out of credit"))
    outcome, memory, _, _ = run(provider, 100)
    assert outcome == "no_provider"
    assert 10 <= len(memory.samples) < 20


def test_draining_keeps_answers_in_flight() -> None:
    """After drain() no request is sent, and what was in flight is judged and kept."""
    provider = Scripted(lambda prompt, n: qa(n), seconds=2.0)
    outcome, memory, seconds, _ = run(provider, 1000, during=Orchestrator.drain)
    assert outcome == "interrupted"
    assert len(memory.samples) == len(provider.prompts) == 24
    assert seconds == pytest.approx(6.0, abs=0.1)


def test_cancelling_ends_at_once() -> None:
    """cancel() does not wait for answers in flight."""
    provider = Scripted(lambda prompt, n: qa(n), seconds=3600.0)
    outcome, memory, seconds, _ = run(provider, 1000, during=Orchestrator.cancel)
    assert outcome == "interrupted"
    assert memory.samples == []
    assert seconds == pytest.approx(5.0, abs=0.1)


def test_a_full_disk_ends_the_run() -> None:
    """A storage failure ends all workers and reaches the caller as it is, without paying for more."""
    provider = Scripted(lambda prompt, n: qa(n))
    with pytest.raises(StorageError, match="disk full"):
        run(provider, 1000, memory=Memory(StorageError("disk full")))
    assert len(provider.prompts) <= 16


def test_the_heart_beats_every_second_and_at_the_end() -> None:
    """A run of thirty seconds beats about thirty times, and once when it ends."""
    provider = Scripted(lambda prompt, n: qa(n), seconds=10.0)
    _, _, seconds, beats = run(provider, 24)
    assert seconds == pytest.approx(30.0, abs=1.0)
    assert 30 <= beats <= 33


class Failing:
    """A check of the user's own that fails at one task."""

    name = "own"
    asks = False

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """Nothing is wrong, but for task 3."""
        if task.number == 3:
            raise CheckError("the check own failed on task 3")
        return Finding()


def test_a_check_that_fails_loses_no_answer() -> None:
    """The run ends with the failure; what was in flight for other tasks is waited for, recorded and kept."""
    provider = Scripted(lambda prompt, n: qa(n))
    memory = Memory()
    with pytest.raises(CheckError, match="own failed on task 3"):
        run(provider, 100, workers=8, memory=memory, reviews=[Failing()])
    assert 8 <= len(provider.prompts) <= 16
    assert len(memory.recorded) == len(provider.prompts)
    assert len(memory.samples) == len(provider.prompts) - 1
