"""Everything that may hold a request back, together."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.pacing.allowance import Allowance, Left
from destilation.core.pacing.breaker import FAILURES_IN_A_ROW, MOST_OPEN_S
from destilation.core.pacing.governor import (
    FIRST_SILENT_S,
    GIVE_UP_S,
    NEVER_ANSWERED,
    PARKED_S,
    REFUSALS_IN_A_ROW,
    SILENT_S,
    Governor,
    Limits,
    Ticket,
)

FREE = Limits(first=100, most=100, free=True)


def answer(governor: Governor, now: float, left: Allowance | None = None, tokens: float = 100.0) -> Ticket:
    """Send at `now`, get an answer a tenth of a second later."""
    ticket = governor.begin(now, 0.5)
    governor.answered(ticket, now + 0.1, tokens, left)
    return ticket


def answered_often(governor: Governor) -> float:
    """Two dozen quick answers, so that the latency is known; the time after them."""
    for number in range(24):
        answer(governor, 0.2 * number)
    return 5.0


def fail(governor: Governor, now: float, times: int) -> bool:
    """So many failures at once; whether the last opened the breaker."""
    outcome = False
    for _ in range(times):
        outcome = governor.failed(governor.begin(now, 0.5), now, "reset", 0.5)
    return outcome


def test_a_full_window_waits_for_an_answer() -> None:
    """With as many in flight as allowed, only a reply can tell when."""
    governor = Governor(Limits(first=2, most=2, free=True), 0.0)
    first = governor.begin(0.0, 0.5)
    governor.begin(0.0, 0.5)
    assert (governor.in_flight, governor.window) == (2, 2)
    assert governor.ready_at(0.0) == math.inf
    governor.given_up(first)
    assert governor.ready_at(0.0) <= 0.001


@pytest.mark.parametrize(
    ("wait", "pause"), [(None, 0.125), (0.0, 0.005), (2.0, 2.105), (30.0, 30.125), (-5.0, 0.005), (1e9, 86_400.125)]
)
def test_a_wait_that_is_named_is_honoured(wait: float | None, pause: float) -> None:
    """Retry-After is kept to the end with a little jitter; without it the pause is short and random."""
    governor = Governor(FREE, 0.0)
    assert governor.throttled(governor.begin(0.0, 0.5), 1.0, wait, 0.5) == pytest.approx(pause)
    assert 1.0 + pause - 0.01 <= governor.ready_at(1.0) <= 1.0 + pause + (0.01 if wait is not None else 1.0)
    assert governor.parked(1.0) == (pause > PARKED_S)


def test_refusals_of_one_burst_cost_one_pause() -> None:
    """Later refusals of the same burst add nothing, unless they name a longer wait."""
    governor = Governor(FREE, 0.0)
    tickets = [governor.begin(0.0, 0.5) for _ in range(4)]
    assert governor.throttled(tickets[0], 0.1, None, 0.8) == pytest.approx(0.2)
    assert governor.throttled(tickets[1], 0.1, None, 0.8) == 0.0
    assert governor.throttled(tickets[2], 0.1, 5.0, 0.0) == 5.0
    assert 5.1 <= governor.ready_at(0.1) <= 5.5
    assert governor.throttled(tickets[3], 0.1, 1.0, 0.0) == 1.0
    assert 5.1 <= governor.ready_at(0.1) <= 5.5


def test_a_found_rate_can_be_told() -> None:
    """Before a refusal no rate is known; after it there is one, per minute."""
    governor = Governor(Limits(first=10, most=10), 0.0)
    assert governor.per_minute(0.0) is None
    governor.throttled(governor.begin(0.0, 0.5), 0.1, None, 0.5)
    found = governor.per_minute(1.0)
    assert found is not None
    assert found > 0


def test_a_ceiling_takes_the_place_of_a_rate() -> None:
    """Refusals always at the same number in flight limit that number and free the rate."""
    governor = Governor(FREE, 0.0)
    now = 0.0
    for _ in range(4):
        while governor.in_flight < 20:
            governor.begin(now, 0.5)
        ticket = governor.begin(now, 0.5)
        now += 1.0
        governor.throttled(ticket, now, None, 0.5)
        now += 1.0
    assert governor.per_minute(now) is None
    assert governor.ready_at(now) == math.inf
    governor._flying.popitem()
    assert governor.ready_at(now) <= now


@pytest.mark.parametrize("kind", ["rpm", "tpm"])
def test_told_limits_are_kept(kind: str) -> None:
    """With 60 requests, or 60 requests' tokens, a minute told, the second send is a second later."""
    limits = Limits(first=9, most=9, rpm=60) if kind == "rpm" else Limits(first=9, most=9, tpm=6_000, call_tokens=100)
    governor = Governor(limits, 0.0)
    answer(governor, 0.0)
    assert governor.ready_at(0.1) == pytest.approx(1.0, abs=0.12)


def test_tokens_are_learnt() -> None:
    """When answers take more tokens than was guessed, fewer are asked for."""
    governor = Governor(Limits(first=9, most=9, tpm=6_000, call_tokens=100), 0.0)
    answer(governor, 0.0, tokens=1_000.0)
    assert governor.ready_at(0.1) > 8.0


def test_a_failing_server_is_only_probed() -> None:
    """After ten failures the next request is a probe, and an answer to it ends the outage with half the window."""
    governor = Governor(Limits(first=64, most=64), 0.0)
    answer(governor, 0.0)
    assert fail(governor, 1.0, FAILURES_IN_A_ROW)
    probe_at = governor.ready_at(1.0)
    assert 1.0 < probe_at <= 1.0 + MOST_OPEN_S
    probe = governor.begin(probe_at, 0.5)
    assert probe_at + 0.1 < governor.ready_at(probe_at + 0.1) < math.inf
    assert governor.answered(probe, probe_at + 0.2, 100)
    assert governor.window == 32


def test_what_hangs_is_written_off() -> None:
    """Requests that still hang when a later probe is answered do not fill the window."""
    governor = Governor(Limits(first=3, most=3, free=True), 0.0)
    now = answered_often(governor)
    hanging = [governor.begin(now, 0.5) for _ in range(3)]
    assert governor.quiet_at(now) == now + SILENT_S
    assert not governor.silent(now + SILENT_S - 1, 0.5)
    now += SILENT_S
    assert governor.silent(now, 0.5)
    assert governor.quiet_at(now) == math.inf
    at = governor.ready_at(now)
    assert governor.answered(governor.begin(at, 0.5), at + 1, 100)
    assert governor.in_flight == 0
    for ticket in hanging:
        governor.failed(ticket, at + 100, "late", 0.5)
    assert governor.in_flight == 0


def test_a_slow_answer_ends_the_silence() -> None:
    """An answer that was only late ends the suspicion: nothing is written off, and the window stays."""
    governor = Governor(Limits(first=3, most=30), 0.0)
    now = answered_often(governor)
    window = governor.window
    slow = [governor.begin(now, 0.5) for _ in range(3)]
    assert governor.silent(now + SILENT_S, 0.5)
    assert governor.answered(slow[1], now + SILENT_S + 1, 100)
    assert governor.breaker.closed
    assert (governor.in_flight, governor.window) == (2, window)


def test_the_first_answer_may_take_its_time() -> None:
    """A server whose latency is not known yet, such as one that loads its model, is given two minutes."""
    governor = Governor(Limits(first=3, most=3), 0.0)
    governor.begin(0.0, 0.5)
    assert governor.quiet_at(0.0) == FIRST_SILENT_S


def test_failed_requests_made_again_are_bounded() -> None:
    """Making again what failed waits when the budget is spent, while new requests may go."""
    governor = Governor(FREE, 0.0)
    answer(governor, 0.0)
    for _ in range(11):
        governor.answered(governor.begin(0.5, 0.5, again=True), 0.6, 0)
        governor.retries.spend(0.6)
    assert governor.ready_at(0.6, again=True) > 0.6
    assert governor.ready_at(0.6) <= 0.601


def test_who_never_answers_is_retired() -> None:
    """A server that fails from the beginning is given up quickly, and says why."""
    governor = Governor(FREE, 0.0)
    fail(governor, 0.0, NEVER_ANSWERED)
    assert governor.retired == "never answered: reset"
    assert governor.ready_at(1.0) == math.inf
    assert governor.quiet_at(1.0) == math.inf


def test_who_does_not_come_back_is_retired() -> None:
    """Five minutes of failures end it, an answer in between does not."""
    governor = Governor(FREE, 0.0)
    answer(governor, 0.0)
    fail(governor, GIVE_UP_S - 1, NEVER_ANSWERED)
    assert governor.retired is None
    fail(governor, GIVE_UP_S + 1, 1)
    assert governor.retired == "no answer for 300 s: reset"


def test_who_refuses_every_prompt_is_retired() -> None:
    """Ten refusals of prompts in a row, without an answer between, are the provider's refusal."""
    governor = Governor(FREE, 0.0)
    for _ in range(REFUSALS_IN_A_ROW - 1):
        governor.refused(governor.begin(0.0, 0.5), 0.0, "moderation")
    answer(governor, 0.0)
    for _ in range(REFUSALS_IN_A_ROW):
        assert governor.retired is None
        governor.refused(governor.begin(0.0, 0.5), 0.0, "moderation")
    assert governor.retired == "refused 10 prompts in a row: moderation"


def test_what_the_server_says_is_left_is_spread() -> None:
    """Ten left for twenty seconds means one in two seconds, until they are over."""
    governor = Governor(FREE, 0.0)
    answer(governor, 0.0, Allowance(Left(10, 20.0, 100)))
    assert governor.ready_at(0.2) == pytest.approx(2.0, abs=0.3)
    assert governor.ready_at(25.0) <= 25.0
    answer(governor, 30.0, Allowance(Left(90, 20.0, 100), Left(0, 5.0)))
    assert governor.ready_at(30.2) == pytest.approx(35.1)
    answer(governor, 40.0, Allowance(Left(90, 20.0, 100), Left(9_000, 5.0, 10_000)))
    assert governor.ready_at(40.2) <= 40.2


def test_stale_words_say_nothing() -> None:
    """What is left by a reply to a request sent long ago is not believed."""
    governor = Governor(FREE, 0.0)
    ticket = governor.begin(0.0, 0.5)
    governor.answered(ticket, 60.0, 10, Allowance(Left(0, 20.0)))
    assert governor.ready_at(60.0) <= 60.0


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "answer", "throttle", "fail", "refuse"]), st.floats(0, 20), st.floats(0, 1)),
        max_size=200,
    )
)
def test_nothing_is_ever_negative(steps: list[tuple[str, float, float]]) -> None:
    """Whatever happens, counts stay within bounds and a server that is not retired can be asked some time."""
    governor, now, flying = Governor(Limits(first=5, most=20), 0.0), 0.0, list[Ticket]()
    for what, pause, chance in steps:
        now += pause
        if what == "send" and governor.ready_at(now) <= now:
            flying.append(governor.begin(now, chance))
        elif flying and what != "send":
            ticket = flying.pop(0)
            if what == "answer":
                governor.answered(ticket, now, 50)
            elif what == "throttle":
                assert governor.throttled(ticket, now, pause if chance < 0.5 else None, chance) >= 0
            elif what == "fail":
                governor.failed(ticket, now, "x", chance)
            else:
                governor.refused(ticket, now, "x")
        assert 0 <= governor.in_flight <= 20 + len(flying)
        assert 1 <= governor.window <= 20
        if governor.retired is None and not governor.in_flight:
            assert governor.ready_at(now) < math.inf
