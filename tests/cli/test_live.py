"""Progress as it is told while a job runs: a line that is drawn again on a terminal, lines elsewhere."""

import io
from collections.abc import Callable

import pytest

from destilation.cli.live import Live, duration_words
from destilation.cli.streams import Lasting
from destilation.core import events
from destilation.core.progress import Progress


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def told(*facts: events.Event) -> Progress:
    """A run of a hundred that got as far as these facts."""
    progress = Progress()
    progress.see(
        events.RunStarted(
            version="1", job="j", template="t", target=100, accepted=0, providers=("far",), config_digest="d"
        ),
        0.0,
    )
    for fact in facts:
        progress.see(fact, 1.0)
    return progress


SUSPENDED = events.ProviderSuspended(provider="far", error="no reply\x1b[2J")
ACCEPTED = events.Accepted(sample=1, task=1, attempt=1, provider="far")


def test_a_terminal_is_drawn_on_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, drawn over itself and no wider than the terminal; what is told stands above it."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    screen = Screen()
    live = Live("job", screen)
    live.show(told(ACCEPTED), 2.0)
    live.show(told(ACCEPTED, SUSPENDED), 3.0)
    live.end()
    drawn = screen.getvalue()
    assert drawn.count("\n") == 2
    assert "1/100" in drawn
    assert "far is only probed until it answers: no reply\\x1b[2J" in drawn
    lines = drawn.replace("\x1b[2K", "").replace("\n", "\r").split("\r")
    assert max(len(line) for line in lines if "━" in line or "╌" in line) <= 59


def test_what_changes_is_told_once() -> None:
    """A provider that falls silent, comes back and is given up, and the budget: a line each, once."""
    out = io.StringIO()
    live = Live("job", out)
    restored = events.ProviderRestored(provider="far")
    retired = events.ProviderRetired(provider="far", error="the key is refused")
    warning = events.BudgetWarning(used=0.81, cost_usd=4.05)
    for facts in ((SUSPENDED,), (SUSPENDED, restored), (SUSPENDED, restored, retired), (retired, warning)):
        for _ in range(2):
            live.show(told(*facts), 2.0)
    lines = [line.split("warn    ")[1] for line in out.getvalue().splitlines() if "warn" in line]
    assert [line.split(":")[0] for line in lines] == [
        "far is only probed until it answers",
        "far answers again",
        "far is not asked any more",
        "81% of what may be spent is spent",
    ]


@pytest.mark.parametrize("use", [lambda stream: stream.write("x"), lambda stream: stream.flush()])
def test_a_stream_that_breaks_is_let_go(use: Callable[[Lasting], object]) -> None:
    """After the first error everything goes nowhere, and nothing is raised."""

    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise OSError(5, "gone")

    stream = Lasting(Broken())
    use(stream)
    assert stream.write("more") == 4
    stream.flush()
    assert not stream.isatty()
    assert stream.readable() is False


@pytest.mark.parametrize(("seconds", "words"), [(41, "41s"), (725, "12m 05s"), (12_000, "3h 20m")])
def test_durations(seconds: float, words: str) -> None:
    """As people say them."""
    assert duration_words(seconds) == words
