"""A cap holds: what is reserved and spent never exceeds it, whatever the replies turn out to be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.catalogue import BUILTIN
from destilation.core.job import Price
from destilation.core.provider import Prompt, Usage
from destilation.core.spend import Caps, Charge, Spend
from destilation.core.tariff import Tariff, prompt_tokens
from destilation.core.task import Task

PROMPT: Prompt = BUILTIN[0].prompt(Task(1, "physics"))


@given(
    st.floats(0.01, 10),
    st.integers(10, 10_000),
    st.integers(1, 100),
    st.lists(st.tuples(st.floats(0, 2), st.integers(0, 3_000), st.booleans(), st.floats(0, 1)), max_size=100),
)
def test_reservations_never_oversubscribe(
    usd: float, tokens: int, requests: int, steps: list[tuple[float, int, bool, float]]
) -> None:
    """Requests that cost no more than was reserved can never take the spend above any cap."""
    spend, flying = Spend(Caps(usd=usd, tokens=tokens, requests=requests)), list[Charge]()
    for cost, many, settles, part in steps:
        reserved = spend.reserve(Charge(cost, many))
        if reserved is not None:
            flying.append(reserved)
        if settles and flying:
            one = flying.pop(0)
            spend.settle(one, Charge(one.usd * part, int(one.tokens * part)))
        assert spend.spent.usd + spend.reserved.usd <= usd + 1e-6
        assert spend.spent.tokens + spend.reserved.tokens <= tokens
        assert spend.spent.requests + spend.reserved.requests <= requests
        assert min(spend.reserved.usd, spend.reserved.tokens, spend.reserved.requests) >= 0
        assert 0 <= spend.used() <= 1 + 1e-6


def test_without_caps_everything_is_affordable() -> None:
    """No cap, no limit, and nothing is ever used up."""
    spend = Spend()
    assert spend.reserve(Charge(1e9, 10**9)) is not None
    assert spend.reserve(Charge(math.inf, 1)) is None  # one of unknown price at a time
    assert not spend.exhausted(Charge(1e9, 10**9))
    assert spend.used() == 0.0


def test_an_unknown_price_reserves_all_that_is_left() -> None:
    """Where nobody knows what a request costs it is sent alone; what it came to frees the rest."""
    spend = Spend(Caps(usd=1.0), Charge(0.25, 0, 3))
    reserved = spend.reserve(Charge(math.inf, 10))
    assert reserved == Charge(0.75, 10)
    assert spend.reserve(Charge(math.inf, 10)) is None
    assert spend.reserve(Charge(0.01, 10)) is None
    spend.settle(reserved, Charge(0.01, 5))
    assert spend.reserve(Charge(0.5, 10)) is not None
    assert not spend.exhausted(Charge(math.inf))
    assert Spend(Caps(usd=1.0), Charge(1.0)).exhausted(Charge(math.inf))
    assert Spend(Caps(usd=1.0), Charge(1.0)).reserve(Charge(math.inf)) is None


@pytest.mark.parametrize(
    ("caps", "spent"),
    [(Caps(usd=1.0), Charge(0.95)), (Caps(tokens=100), Charge(0, 95)), (Caps(requests=7), Charge(0, 0, 7))],
)
def test_a_cap_is_reached(caps: Caps, spent: Charge) -> None:
    """What does not fit beside what is spent can never be afforded again."""
    spend = Spend(caps, spent)
    assert spend.exhausted(Charge(0.1, 10))
    assert spend.reserve(Charge(0.1, 10)) is None
    assert spend.used() > 0.9


def test_more_than_was_reserved_counts_in_full() -> None:
    """A server that charges more than it may is not made better than it is."""
    spend = Spend(Caps(usd=1.0))
    reserved = spend.reserve(Charge(0.1))
    assert reserved is not None
    spend.settle(reserved, Charge(2.0))
    assert spend.spent.usd == 2.0
    assert spend.used() == 2.0


def test_the_worst_case_of_a_known_price() -> None:
    """Bytes bound the tokens in, max_tokens those out."""
    tariff = Tariff(Price(1.0, 2.0), 1_000)
    worst = tariff.worst(PROMPT)
    assert worst.tokens == prompt_tokens(PROMPT) + 1_000
    assert worst.usd == pytest.approx((prompt_tokens(PROMPT) + 2_000) / 1e6)


def test_free_until_a_reply_says_otherwise() -> None:
    """A local model costs nothing; when a reply names a cost, the next is bounded by it."""
    tariff = Tariff(None, 100, free=True)
    assert tariff.worst(PROMPT).usd == 0.0
    tariff.learn(tariff.worst(PROMPT), Usage(10, 10))
    assert tariff.worst(PROMPT).usd == 0.0
    tariff.learn(tariff.worst(PROMPT), Usage(100, 50, 0, 0.01))
    assert tariff.worst(PROMPT).usd >= 0.01


@given(st.floats(0, 1e-4), st.floats(0, 1e-4), st.integers(1, 1_500), st.integers(1, 100))
def test_a_learnt_price_bounds_the_true_one(per_in: float, per_out: float, tokens_in: int, tokens_out: int) -> None:
    """From one reply with its cost, the worst case of the next is at least what it can come to."""
    tariff = Tariff(None, 100)
    assert tariff.worst(PROMPT).usd == math.inf
    tariff.learn(Charge(math.inf), Usage(tokens_in, tokens_out, 0, tokens_in * per_in + tokens_out * per_out))
    most = prompt_tokens(PROMPT) * per_in + 100 * per_out
    assert tariff.worst(PROMPT).usd >= most * (1 - 1e-9)
    tariff.learn(tariff.worst(PROMPT), Usage(1, 100, 0, per_in + 100 * per_out))
    assert tariff.worst(PROMPT).usd >= most * (1 - 1e-9)


def test_a_dearer_reply_makes_the_next_dearer() -> None:
    """Where a reply cost twice the worst case, the worst case doubles."""
    tariff = Tariff(Price(1.0, 1.0), 100)
    before = tariff.worst(PROMPT)
    tariff.learn(before, Usage(1, 1, 0, 2 * before.usd))
    assert tariff.worst(PROMPT).usd == pytest.approx(2 * before.usd)
