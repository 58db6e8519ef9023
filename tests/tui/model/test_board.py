"""The fold behind the dashboard: what it knows of a job, and the lines and filters of its event list."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core import events
from destilation.core.events import Event
from destilation.tui.model.board import MOST_ENTRIES, Board
from destilation.tui.model.entry import ACCEPT, FAIL, TELL, Entry, entry_of
from destilation.tui.model.filter import Filter
from tests.tui.job import HOSTILE, received, rejected, story

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]")


def board_of(count: int) -> Board:
    """A board that saw a run of so many tasks, which is under way."""
    board = Board(None, 0.0)
    board.running = True
    for at, event in story(count):
        board.see(at, event)
    return board


def test_counts_and_rates() -> None:
    """A sample every second and a half is forty a minute, and the rest takes as long as it takes."""
    board = board_of(200)
    now = 301.5
    assert (board.progress.accepted, board.progress.target, board.name) == (200, 1_000, "rust-agents")
    assert board.rate(now) == pytest.approx(40, abs=1.5)
    assert board.eta(now) == pytest.approx(1_200, rel=0.05)
    assert board.model_of("ollama") == "gpt-oss:20b"
    assert board.model_of("nobody") == ""
    assert board.retries == 40


def test_what_is_counted_already_counts_for_rates_only() -> None:
    """History before the snapshot is in the list and the plot, and not counted again."""
    board = Board({"accepted": 7, "target": 9}, 0.0)
    board.see(1.0, events.Accepted(sample=7, task=7, attempt=1, provider="p"), counted=True)
    assert board.progress.accepted == 7
    assert len(board.entries) == 1
    assert board.accepts.rate(2.0, 60.0) > 0


def test_states() -> None:
    """One word for each way a job can be, and the provider's beside it."""
    board = board_of(3)
    assert board.state() == "RUNNING"
    board.see(9.0, events.Paused(reason="u"))
    assert board.state() == "PAUSED"
    board.see(9.0, events.Stopping(reason="u", now=False))
    assert board.state() == "STOPPING"
    board.running = False
    assert board.state() == "LOST"
    for state, word in (
        ("met", "DONE"),
        ("short", "STOPPED SHORT"),
        ("budget", "BUDGET"),
        ("no_provider", "NO PROVIDER"),
    ):
        board.see(10.0, events.RunEnded(state=state, exit_code=0, accepted=3, target=3, reasons={}))
        assert board.state() == word
    assert board.provider_state("openrouter", 10.0) == "throttled 894 s"
    assert board.provider_state("ollama", 10.0) == "ok"
    board.see(11.0, events.ProviderSuspended(provider="ollama", error="e"))
    assert board.provider_state("ollama", 11.0) == "suspended"
    board.see(11.0, events.ProviderRetired(provider="ollama", error="e"))
    assert board.provider_state("ollama", 11.0) == "retired"
    assert board.eta(11.0) is None


def test_time_goes_on_while_it_runs() -> None:
    """Elapsed time is that of the snapshot, and what passed since."""
    board = Board({"elapsed_s": 100.0}, 1_000.0)
    assert board.elapsed(1_050.0) == 100.0
    board.running = True
    assert board.elapsed(1_050.0) == 150.0


def test_the_list_is_bounded() -> None:
    """The oldest lines go."""
    board = Board(None, 0.0)
    for number in range(MOST_ENTRIES + 10):
        board.see(0.0, events.Accepted(sample=number, task=1, attempt=1, provider="p"))
    assert (len(board.entries), board.seen) == (MOST_ENTRIES, MOST_ENTRIES + 10)
    assert board.entries[0].sample == 10


EVIL: list[Event] = [
    events.Accepted(sample=1, task=2, attempt=1, provider=HOSTILE),
    rejected(2, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
    events.AttemptStarted(task=1, attempt=2, provider=HOSTILE),
    events.Abandoned(task=1, attempts=2, reason=HOSTILE),
    events.ProviderThrottled(provider=HOSTILE, status=429, seconds=1.0, error=HOSTILE),
    events.ProviderFailed(provider=HOSTILE, status=None, error=HOSTILE),
    events.ProviderSuspended(provider=HOSTILE, error=HOSTILE),
    events.ProviderRetired(provider=HOSTILE, error=HOSTILE),
    events.ProviderRestored(provider=HOSTILE),
    events.WayFound(provider=HOSTILE, rung=HOSTILE, reasoning=HOSTILE, why=(HOSTILE,)),
    events.ConcurrencyChanged(provider=HOSTILE, limit=1, reason=HOSTILE),
    events.ShareChanged(provider=HOSTILE, share=1.0),
    events.Charged(task=1, attempt=1, provider=HOSTILE, usd=1.0, tokens=1, reason=HOSTILE),
    events.RunStarted(
        version=HOSTILE, job=HOSTILE, template=HOSTILE, target=1, accepted=0, providers=(), config_digest=""
    ),
    events.RunEnded(state=HOSTILE, exit_code=1, accepted=1, target=1, reasons={}),
    events.Healed(file=HOSTILE, what=HOSTILE),
    events.Paused(reason=HOSTILE),
    events.Resumed(reason=HOSTILE),
    events.Stopping(reason=HOSTILE, now=True),
    events.TargetChanged(target=1, asked=1),
    events.BudgetChanged(usd=1.0, spent_usd=0.0),
    events.BudgetWarning(used=0.8, cost_usd=1.0),
    events.CommandRefused(command=HOSTILE, why=HOSTILE),
]


@pytest.mark.parametrize("event", EVIL, ids=lambda event: type(event).__name__)
def test_every_fact_is_a_safe_line(event: Event) -> None:
    """Each kind has a line, on which nothing of what others said can do harm."""
    entry = entry_of(0.0, event)
    assert entry is not None
    assert not UNSAFE.search(entry.words)


def test_what_is_only_counted() -> None:
    """First requests and answers would drown the rest."""
    assert entry_of(0.0, events.AttemptStarted(task=1, attempt=1, provider="p")) is None
    assert entry_of(0.0, received(1, 1, "p")) is None


ENTRY = Entry(0.0, "✗", FAIL, "reject task 7 Far attempt 1  refusal", 7, "Far/m", "semantic")


@pytest.mark.parametrize(
    ("typed", "level", "admits"),
    [
        ("", ACCEPT, True),
        ("refusal", TELL, True),
        ("REFUSAL far", FAIL, True),
        ("!refusal", ACCEPT, False),
        ("!accept provider:far layer:sem task:7", ACCEPT, True),
        ("task:70", ACCEPT, False),
        ("layer:structural", ACCEPT, False),
        ("!provider:far", ACCEPT, False),
        ("!", ACCEPT, False),
        ("what:ever", ACCEPT, False),
    ],
)
def test_filters(typed: str, level: int, admits: bool) -> None:
    """All parts must fit, each where it is looked for."""
    assert Filter(typed, level).admits(ENTRY) is admits


def test_levels() -> None:
    """They go around, and the highest admits failures only."""
    accepted = Entry(0.0, "✓", ACCEPT, "accept")
    chosen = Filter()
    admitted = []
    for _ in range(4):
        admitted.append(chosen.admits(accepted))
        chosen = Filter("", chosen.next_level)
    assert admitted == [True, False, False, True]
    assert Filter().everything
    assert not Filter("x").everything


@given(st.text(max_size=30))
def test_any_filter_is_a_filter(typed: str) -> None:
    """Whatever is typed, it admits or it does not."""
    assert Filter(typed).admits(ENTRY) in (True, False)


def test_the_time_of_work_stays_when_it_is_over() -> None:
    """The clock stops with the run, and the pause before the next run is no work."""
    board = Board({"elapsed_s": 5.0}, 100.0)
    board.running = True
    assert board.elapsed(107.0) == 12.0
    ended = events.RunEnded(state="interrupted", exit_code=130, accepted=1, target=9, reasons={})
    board.see(110.0, ended)
    board.running = False
    assert board.elapsed(500.0) == 15.0
    board.see(600.0, next(story(1))[1])
    board.running = True
    assert board.elapsed(601.0) == 16.0
