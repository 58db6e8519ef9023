"""Whose turn it is, failover, pauses and retirement, in virtual time."""

import asyncio

import pytest

from destilation.core import events
from destilation.core.events import Event
from destilation.core.provider import Prompt
from destilation.core.task import Task
from destilation.engine.pool import MOST_FAILURES, Answer, PoolClosedError
from destilation.errors import (
    NoProviderError,
    RefusedPromptError,
    TransientProviderError,
    UnusableProviderError,
)
from tests.engine.doubles import TEMPLATE, Scripted, pool_of, qa
from tests.engine.virtual_time import run_virtual

PROMPT: Prompt = TEMPLATE.prompt(Task(1, "physics"))


def test_never_more_in_flight_than_the_limit() -> None:
    """A hundred requests to a provider with a limit of three run three at a time, and all are answered."""
    provider = Scripted(lambda prompt, n: qa(n))

    async def main() -> float:
        pool = pool_of([provider], [], limits=[3])
        await asyncio.gather(*(pool.ask(PROMPT) for _ in range(100)))
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(34.0, abs=0.1)
    assert provider.most_in_flight == 3


def test_a_refusal_for_load_pauses_and_is_asked_again() -> None:
    """A 429 with Retry-After costs that wait, is told as an event, and the prompt is answered after it."""
    refused = TransientProviderError("slow down", status=429, retry_after=30.0, throttled=True)
    provider = Scripted(lambda prompt, n: refused if n == 1 else qa(n))
    seen: list[Event] = []

    async def main() -> Answer:
        return await pool_of([provider], seen).ask(PROMPT)

    answer = run_virtual(main())
    assert answer.completion.text == qa(2)
    assert 31.0 <= provider.times[1] <= 31.3
    throttled = [event for event in seen if isinstance(event, events.ProviderThrottled)]
    assert [(event.status, event.error) for event in throttled] == [(429, "slow down")]


def test_a_failure_moves_to_the_other_provider() -> None:
    """When one provider breaks, the same prompt is asked of the other at once."""
    broken = Scripted(lambda prompt, n: TransientProviderError("reset"), "broken")
    good = Scripted(lambda prompt, n: qa(n), "good")

    async def main() -> list[Answer]:
        pool = pool_of([broken, good], [])
        return [await pool.ask(PROMPT) for _ in range(50)]

    answers = run_virtual(main())
    assert {answer.label for answer in answers} == {"good"}
    assert len(broken.prompts) < 20


def test_an_unusable_provider_is_retired_and_told_once() -> None:
    """A wrong key ends a provider at its first answer, whatever is in flight; the rest goes on."""
    wrong = Scripted(lambda prompt, n: UnusableProviderError("401: key refused", status=401), "wrong")
    good = Scripted(lambda prompt, n: qa(n), "good")
    seen: list[Event] = []

    async def main() -> dict[str, str]:
        pool = pool_of([wrong, good], seen)
        await asyncio.gather(*(pool.ask(PROMPT) for _ in range(40)))
        return pool.retired()

    assert run_virtual(main()) == {"wrong": "401: key refused"}
    assert len([event for event in seen if isinstance(event, events.ProviderRetired)]) == 1


def test_nobody_left_ends_every_waiter() -> None:
    """When the last provider is retired, all that wait for a turn are told, and nobody hangs."""
    wrong = Scripted(lambda prompt, n: UnusableProviderError("401"), "wrong")

    async def main() -> list[BaseException | Answer]:
        pool = pool_of([wrong], [], limits=[1])
        return await asyncio.gather(*(pool.ask(PROMPT) for _ in range(20)), return_exceptions=True)

    outcomes = run_virtual(main())
    assert len(outcomes) == 20
    assert all(isinstance(outcome, NoProviderError) for outcome in outcomes)
    assert len(wrong.prompts) == 1


def test_a_refused_prompt_is_the_callers_matter() -> None:
    """A prompt that the provider declines is not asked again by the pool."""
    provider = Scripted(lambda prompt, n: RefusedPromptError("moderation", status=403))

    async def main() -> None:
        await pool_of([provider], []).ask(PROMPT)

    with pytest.raises(RefusedPromptError, match="moderation"):
        run_virtual(main())
    assert len(provider.prompts) == 1


def test_a_prompt_is_not_retried_for_ever() -> None:
    """After eight failures of one prompt the caller is told, though the provider answers others."""
    provider = Scripted(lambda prompt, n: TransientProviderError("bad chunk") if n > 1 else qa(n))

    async def main() -> None:
        pool = pool_of([provider], [])
        await pool.ask(PROMPT)
        await pool.ask(PROMPT)

    with pytest.raises(TransientProviderError, match="bad chunk"):
        run_virtual(main())
    assert len(provider.prompts) == 1 + MOST_FAILURES


def test_closing_lets_waiters_go_and_answers_come_in() -> None:
    """After close() the requests in flight are answered and those that wait end with PoolClosedError."""
    provider = Scripted(lambda prompt, n: qa(n), seconds=10.0)

    async def main() -> list[BaseException | Answer]:
        pool = pool_of([provider], [], limits=[2])
        asking = asyncio.gather(*(pool.ask(PROMPT) for _ in range(5)), return_exceptions=True)
        await asyncio.sleep(1.0)
        pool.close()
        return await asking

    outcomes = run_virtual(main())
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, PoolClosedError) for outcome in outcomes) == 3


def test_a_cancelled_waiter_passes_its_turn_on() -> None:
    """A waiter that is cancelled just as it is woken does not swallow the free slot."""
    provider = Scripted(lambda prompt, n: qa(n), seconds=1.0)

    async def main() -> Answer:
        pool = pool_of([provider], [], limits=[1])
        first = asyncio.ensure_future(pool.ask(PROMPT))
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(pool.ask(PROMPT))
        third = asyncio.ensure_future(pool.ask(PROMPT))
        first.add_done_callback(lambda _: second.cancel())
        await first
        return await asyncio.wait_for(third, 60.0)

    assert run_virtual(main()).completion.text


def test_shares_follow_accepted_samples() -> None:
    """Weights of 3 to 1 give shares of accepted samples of 3 to 1."""
    providers = [Scripted(lambda prompt, n: qa(n), name) for name in ("much", "little")]

    async def main() -> list[int]:
        pool = pool_of(providers, [], weights=[3.0, 1.0])
        for _ in range(400):
            pool.judged(await pool.ask(PROMPT), accepted=True)
        return pool.mix.accepted

    assert run_virtual(main()) == [300, 100]
