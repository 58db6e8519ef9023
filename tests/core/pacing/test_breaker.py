"""The breaker opens, probes, and always closes again; the retry budget bounds what is made again."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.pacing.breaker import FAILURES_IN_A_ROW, MOST_OPEN_S, Breaker
from destilation.core.pacing.retry_budget import FIRST, MOST, PER_ANSWER, TRICKLE_S, RetryBudget


def opened(now: float = 0.0) -> Breaker:
    """A breaker that ten failures opened."""
    breaker = Breaker()
    outcomes = [breaker.failed(now, 0.5) for _ in range(FAILURES_IN_A_ROW)]
    assert outcomes == [False] * (FAILURES_IN_A_ROW - 1) + [True]
    return breaker


def test_an_answer_between_failures_keeps_it_closed() -> None:
    """Only failures in a row open it."""
    breaker = Breaker()
    for _ in range(50):
        for _ in range(FAILURES_IN_A_ROW - 1):
            assert not breaker.failed(1.0, 0.5)
        assert not breaker.answered(1.0)
    assert breaker.closed


def test_an_answer_to_an_old_request_does_not_close_it() -> None:
    """Only a request that was sent after it opened is a probe."""
    breaker = opened(10.0)
    assert not breaker.answered(9.0)
    assert not breaker.closed
    assert breaker.answered(11.0)
    assert breaker.closed


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60))
def test_it_always_recovers(outage: list[tuple[float, bool]]) -> None:
    """However an outage went, a probe is due within 8 seconds of the last, and its answer closes the breaker."""
    breaker, now = opened(), 0.0
    for chance, replied in outage:
        assert breaker.ready_at(now) - now <= MOST_OPEN_S + 1e-9
        now = max(now, breaker.ready_at(now))
        breaker.send(now, chance)
        if replied:
            assert not breaker.failed(now, chance)
    now = breaker.ready_at(now)
    breaker.send(now, 0.5)
    assert breaker.answered(now)
    assert breaker.closed
    assert breaker.ready_at(now) == now


def test_at_most_ten_probes_a_minute() -> None:
    """In a long outage, with the least luck, there are no more than ten probes in any minute."""
    breaker, now, probes = opened(), 0.0, []
    while now < 600:
        now = breaker.ready_at(now)
        breaker.send(now, 0.0)
        breaker.failed(now, 0.0)
        probes.append(now)
    late = [at for at in probes if at > 30]
    assert max(sum(begin <= at < begin + 60 for at in late) for begin in late) <= 10


@given(st.lists(st.one_of(st.just("answer"), st.just("again"), st.floats(0, 5)), max_size=400))
def test_no_more_is_made_again_than_the_budget_allows(steps: list[str | float]) -> None:
    """Requests made again never exceed the answers, a reserve, and five a second."""
    budget, now, again, answers = RetryBudget(0.0), 0.0, 0, 0
    for step in steps:
        if step == "answer":
            budget.answered()
            answers += 1
        elif step == "again":
            if budget.ready_at(now) <= now:
                budget.spend(now)
                again += 1
        else:
            now += float(step)
        assert again <= FIRST + PER_ANSWER * answers + now / TRICKLE_S + 1


def test_recovery_fills_the_budget() -> None:
    """After an outage what failed in it can be made again at once."""
    budget = RetryBudget(0.0)
    for _ in range(20):
        budget.spend(0.0)
    assert budget.ready_at(0.0) > 0.0
    budget.recovered()
    for _ in range(int(MOST)):
        assert budget.ready_at(0.0) <= 0.0
        budget.spend(0.0)
    assert budget.ready_at(0.0) == TRICKLE_S
