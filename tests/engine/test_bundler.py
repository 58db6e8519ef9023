"""Several tasks in one request: who goes together, when a bundle leaves, and what becomes of it."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from destilation.core import events
from destilation.core.events import Event
from destilation.core.plan import Plan
from destilation.core.provider import Prompt
from destilation.core.spend import Caps
from destilation.engine.orchestrator import Orchestrator
from destilation.engine.worker import Worker
from destilation.errors import RefusedPromptError, TransientProviderError
from tests.engine.doubles import Memory, Scripted, pool_of, qa, stage
from tests.engine.virtual_time import run_virtual


def records(*texts: str) -> str:
    """An answer that has these records."""
    return "{" + ", ".join(f'"record_{number}": {text}' for number, text in enumerate(texts, 1)) + "}"


def good(prompt: Prompt, number: int) -> str:
    """Whatever is asked for, all of it well."""
    if prompt.records == 1:
        return qa(number * 100)
    return records(*(qa(number * 100 + place) for place in range(prompt.records)))


def work(
    provider: Scripted, target: int, *, most: int = 5, concurrency: int = 2, caps: Caps = Caps(), attempts: int = 3
) -> tuple[str, Memory, list[Event]]:
    """A run to a target: how it ended, what was kept, what was told."""
    memory, seen = Memory(), list[Event]()

    async def main() -> str:
        pool = pool_of([provider], seen, caps=caps)
        worker = Worker([stage(attempts)], pool, memory, seen.append, seed=1, per_request=most)
        plan = Plan("physics", target)
        orchestrator = Orchestrator(
            plan, worker, pool, concurrency=concurrency, per_request=most, past={}, beat=lambda: None
        )
        return await orchestrator.run()

    return run_virtual(timely(main())), memory, seen


async def timely(main: Coroutine[Any, Any, str]) -> str:
    """A bundle that waits for ever ends the test."""
    async with asyncio.timeout(10_000):
        return await main


def test_full_bundles_go() -> None:
    """Of twenty samples, five a request, four requests are made, at most two at a time; each answer is its task's."""
    provider = Scripted(good)
    outcome, memory, seen = work(provider, 20)
    assert outcome == "met"
    assert [prompt.records for prompt in provider.prompts] == [5, 5, 5, 5]
    assert provider.most_in_flight == 2
    assert memory.recorded == [(task, 1) for task in range(1, 21)]
    received = [event for event in seen if isinstance(event, events.CompletionReceived)]
    assert [event.bundle for event in received[:6]] == [1, 1, 1, 1, 1, 6]
    assert sum(event.follows for event in received) == 16


def test_the_last_ones_do_not_wait() -> None:
    """What is left over goes as a smaller bundle, a single one as it always did."""
    provider = Scripted(good)
    outcome, memory, _ = work(provider, 13, concurrency=1)
    assert outcome == "met"
    assert [prompt.records for prompt in provider.prompts] == [5, 5, 3]
    assert len(memory.samples) == 13
    alone = Scripted(good)
    assert work(alone, 1)[0] == "met"
    assert [prompt.records for prompt in alone.prompts] == [1]
    assert "records" not in alone.prompts[0].messages[-1].content


def test_a_refused_record_is_asked_for_alone() -> None:
    """The others are kept; the retry has what was wrong with that record, and the record, but not the others."""

    def script(prompt: Prompt, number: int) -> str:
        return records(qa(1), '{"question": "Why?"}', qa(3)) if number == 1 else qa(10 + number)

    provider = Scripted(script)
    outcome, memory, _ = work(provider, 3, concurrency=1)
    assert outcome == "met"
    assert len(memory.samples) == 3
    assert memory.recorded == [(1, 1), (2, 1), (3, 1), (2, 2)]
    again = provider.prompts[1]
    assert (again.records, again.task.number, again.again) == (1, 2, True)
    assert again.messages[-2].content == '{"question": "Why?"}'
    assert "missing field 'answer'" in again.messages[-1].content


def test_two_alike_in_one_answer() -> None:
    """Records are judged one after the other, so of two that are the same one is refused as a duplicate."""
    provider = Scripted(lambda prompt, number: records(qa(1), qa(1)) if number == 1 else qa(7))
    outcome, memory, _ = work(provider, 2)
    assert outcome == "met"
    assert [rejection.reasons[0].code for rejection, _ in memory.refused] == ["duplicate"]


def test_a_refused_prompt_is_taken_apart() -> None:
    """Where a server refuses a bundle, each of its prompts is asked alone, so that only the one at fault is given up."""

    def script(prompt: Prompt, number: int) -> str | Exception:
        if prompt.records > 1 or prompt.task.number == 2:
            return RefusedPromptError("not that", status=400)
        return qa(number)

    outcome, memory, seen = work(Scripted(script), 3, concurrency=1)
    assert outcome == "met"
    assert len(memory.samples) == 3
    assert [event.task for event in seen if isinstance(event, events.Abandoned)] == [2]


def test_failures_and_caps_reach_all() -> None:
    """When the pool gives up, so do all in the bundle; when the money is used up the run ends, and nobody waits on."""
    failing = Scripted(lambda prompt, number: TransientProviderError("no", status=500))
    assert work(failing, 12)[0] == "no_provider"
    capped = Scripted(good)
    outcome, memory, _ = work(capped, 50, caps=Caps(requests=3))
    assert outcome == "budget"
    assert len(memory.samples) == 15


def test_a_run_that_is_cut_short_leaves_nobody_waiting() -> None:
    """Cancelled while bundles are in flight and others gather, it ends at once."""
    provider = Scripted(good, seconds=100.0)
    seen = list[Event]()

    async def main() -> str:
        pool = pool_of([provider], seen)
        worker = Worker([stage()], pool, Memory(), seen.append, seed=1, per_request=4)
        orchestrator = Orchestrator(
            Plan("physics", 50), worker, pool, concurrency=3, per_request=4, past={}, beat=lambda: None
        )
        asyncio.get_running_loop().call_later(10, orchestrator.cancel)
        return await orchestrator.run()

    assert run_virtual(timely(main())) == "interrupted"
    assert len(provider.prompts) == 3


def test_a_drain_sends_nothing_new() -> None:
    """When the run is to end, what gathers is not sent, and what is in flight is kept."""
    provider = Scripted(good, seconds=20.0)
    seen, memory = list[Event](), Memory()

    async def main() -> str:
        pool = pool_of([provider], seen)
        worker = Worker([stage()], pool, memory, seen.append, seed=1, per_request=4)
        orchestrator = Orchestrator(
            Plan("physics", 50), worker, pool, concurrency=2, per_request=4, past={}, beat=lambda: None
        )
        asyncio.get_running_loop().call_later(10, orchestrator.drain)
        return await orchestrator.run()

    assert run_virtual(timely(main())) == "interrupted"
    assert len(memory.samples) == 8
    assert len(provider.prompts) == 2


def test_the_mix_counts_records() -> None:
    """With one of two providers asked for bundles, both get their share of samples, and nothing stays in flight."""
    first, second = Scripted(good, "first"), Scripted(lambda p, n: good(p, n + 1_000), "second")
    memory, seen = Memory(), list[Event]()

    async def main() -> list[int]:
        pool = pool_of([first, second], seen, weights=[3.0, 1.0])
        worker = Worker([stage()], pool, memory, seen.append, seed=1, per_request=5)
        orchestrator = Orchestrator(
            Plan("physics", 200), worker, pool, concurrency=4, per_request=5, past={}, beat=lambda: None
        )
        await orchestrator.run()
        return [*pool.mix.accepted, *pool.mix.in_flight]

    accepted = run_virtual(main())
    assert accepted[2:] == [0, 0]
    assert 140 <= accepted[0] <= 160
    assert json.loads(memory.samples[0].line)


def test_a_server_that_takes_no_bundles_is_not_asked_for_them_for_ever() -> None:
    """After three in a row were refused, each prompt goes alone at once."""

    def script(prompt: Prompt, number: int) -> str | Exception:
        return RefusedPromptError("too long", status=400) if prompt.records > 1 else qa(number)

    provider = Scripted(script)
    assert work(provider, 40, concurrency=1)[0] == "met"
    assert sum(prompt.records > 1 for prompt in provider.prompts) == 3
