"""Rates over time: the peak and the rate now are of one kind; plots of blocks and of braille."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core import events
from destilation.tui.model.board import Board
from destilation.tui.model.chart import plot, values_a_cell
from destilation.tui.model.series import Series


@given(
    st.lists(st.floats(0, 400), max_size=80).map(sorted),
    st.floats(0, 100),
    st.sampled_from([60.0, 300.0, 3600.0, 7200.0, None]),
)
def test_the_peak_is_never_below_the_rate(times: list[float], later: float, window: float | None) -> None:
    """Whenever it is asked for, and whatever the span."""
    series = Series()
    for t in times:
        series.add(t)
        assert series.peak(t, window) >= series.rate(t)
    now = (times[-1] if times else 0.0) + later
    assert series.peak(now, window) >= series.rate(now) >= 0


def test_the_peak_is_a_rate_of_a_minute() -> None:
    """A fast minute among slow ones, though each part of the plot is longer or shorter than a minute."""
    series = Series()
    series.begin(0.0)
    for second in range(600):
        series.add(float(second), 5.0 if 200 <= second < 260 else 1.0)
    assert series.peak(600.0, 900.0) == pytest.approx(300.0)
    assert series.rate(600.0) == pytest.approx(60.0)
    assert series.peak(600.0, 200.0) == pytest.approx(60.0)


def test_a_short_run_shows_its_rate() -> None:
    """Ten seconds into a run both tell what a minute of this would give, and not what a part of the plot has."""
    board = Board(None, 0.0)
    board.see(100.0, _begun())
    for number in range(200):
        at = 100.0 + number / 20
        board.see(at, events.Accepted(sample=number + 1, task=number + 1, attempt=1, provider="p"))
    now = 110.0
    assert board.rate(now) == pytest.approx(1_200.0)
    assert board.accepts.peak(now, 900.0) >= board.rate(now)
    assert board.accepts.peak(now, 900.0) == pytest.approx(1_200.0, rel=0.02)


def test_another_run_begins_anew() -> None:
    """What the run before made counts for no rate of this one, and its peak stays."""
    series = Series()
    series.begin(0.0)
    for second in range(60):
        series.add(float(second), 10.0)
    series.begin(65.0)
    series.add(70.5, 1.0)
    assert series.rate(75.0) == pytest.approx(6.0)
    assert series.peak(75.0, None) == pytest.approx(600.0)


def test_peaks_of_days_are_kept_by_the_minute() -> None:
    """Beyond the hour of seconds the highest minute is still known."""
    series = Series()
    for minute in range(300):
        for second in range(0, 60, 2):
            series.add(60.0 * minute + second, 50.0 if minute == 3 else 1.0)
    assert series.peak(18_000.0, None) == pytest.approx(1_500.0)
    assert series.peak(18_000.0, 3_600.0) == pytest.approx(30.0)


@given(st.lists(st.floats(0, 1e6), max_size=25).map(lambda half: [*half, *half]), st.integers(1, 10))
def test_a_plot_of_braille_fits(values: list[float], height: int) -> None:
    """Two values a cell, and what is not nothing shows."""
    rows = plot(values, height, "braille")
    assert len(rows) == height
    assert {len(row) * values_a_cell("braille") for row in rows} == {len(values)}
    assert all(0x2800 <= ord(sign) <= 0x28FF for row in rows for sign in row)
    assert any(sign != "\u2800" for sign in rows[-1]) == any(value > 0 for value in values)


def test_signs_of_braille() -> None:
    """A full and a half cell beside each other."""
    assert plot([4.0, 2.0], 1, "braille") == ["⣧"]
    assert plot([4.0, 2.0], 2, "braille") == ["⡇", "⣿"]


def _begun() -> events.RunStarted:
    return events.RunStarted(
        version="1", job="j", template="t", target=1_000, accepted=0, providers=("p",), config_digest="d"
    )
