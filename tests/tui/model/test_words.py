"""Numbers as the panels write them, plots, and which panels there is room for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.tui.model.chart import plot
from destilation.tui.model.layout import dropped, layout_of
from destilation.tui.model.series import Series
from destilation.tui.model.words import EMPTY, FULL, bar, clock_words, percent, seconds_words, short, usd


@given(st.floats(-1, 2), st.integers(0, 200))
def test_a_bar_is_as_wide_as_it_should_be(share: float, width: int) -> None:
    """Whatever the share, and full only at the end."""
    line = bar(share, width)
    assert len(line) == width
    assert set(line) <= {FULL, EMPTY}


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (clock_words(760.9), "00:12:40"),
        (clock_words(90_061), "1d 01:01:01"),
        (clock_words(-5), "00:00:00"),
        (short(950), "950"),
        (short(4_400), "4.4k"),
        (short(12_345_678), "12M"),
        (usd(0), "$0.00"),
        (usd(0.0123), "$0.0123"),
        (usd(1234.5), "$1,234.50"),
        (seconds_words(0.08), "80 ms"),
        (seconds_words(2.44), "2.4 s"),
        (seconds_words(125), "125 s"),
        (percent(1, 3), "33.3%"),
        (percent(1, 0), "-"),
    ],
)
def test_words(made: str, wanted: str) -> None:
    """Each as a person would write it."""
    assert made == wanted


@given(st.lists(st.floats(0, 1e6), max_size=50), st.integers(1, 10))
def test_a_plot_fits(values: list[float], height: int) -> None:
    """So many rows, each as wide as there are values; the highest value reaches the top."""
    rows = plot(values, height)
    assert len(rows) == height
    assert {len(row) for row in rows} == {len(values)}
    if values and max(values) > 0:
        assert "█" in rows[0]


@given(st.lists(st.floats(0, 10_000), max_size=100).map(sorted), st.floats(1, 7_200))
def test_a_series_loses_nothing(times: list[float], window: float) -> None:
    """The bars of a span that holds everything add up to everything."""
    series = Series()
    for t in times:
        series.add(t)
    part = 20_000 / 40
    assert sum(series.bars(10_001.0, 20_000.0, 40)) * part / 60 == pytest.approx(len(times))
    assert series.rate(10_001.0, window) >= 0


def test_rates() -> None:
    """One a second is sixty a minute, also shortly after the first; nothing is nothing."""
    series = Series()
    assert series.rate(5.0, 60.0) == 0.0
    assert series.bars(5.0, None, 4) == [0.0] * 4
    for t in range(30):
        series.add(float(t))
    assert series.rate(30.0, 60.0) == pytest.approx(60.0)
    assert series.rate(30.0, 10.0) == pytest.approx(60.0)
    assert sum(series.bars(30.0, None, 6)) == pytest.approx(180.0)


def test_a_series_is_bounded() -> None:
    """A month by the second keeps an hour of seconds and a week of minutes."""
    series = Series()
    for t in range(0, 30 * 86_400, 20):
        series.add(float(t))
    assert (len(series._seconds), len(series._minutes)) == (3_600, 10_080)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((200, 60), "progress throughput validation cost providers samples"),
        ((159, 47), "progress throughput validation cost providers"),
        ((99, 24), "progress throughput validation providers"),
        ((69, 24), "progress throughput"),
        ((200, 19), "progress"),
        ((39, 60), "progress one_line"),
        ((200, 7), "progress one_line"),
    ],
)
def test_layouts(size: tuple[int, int], shown: str) -> None:
    """Panels give way in the order that was promised."""
    layout = layout_of(*size)
    names = ("progress", "throughput", "validation", "cost", "providers", "samples", "one_line")
    assert " ".join(name for name in names if getattr(layout, name)) == shown


@given(st.lists(st.text("ab", min_size=1, max_size=9), max_size=8), st.integers(0, 40))
def test_items_are_dropped_whole(items: list[str], width: int) -> None:
    """From the right, and none is cut."""
    line = dropped(items, width, " ")
    assert len(line) <= width
    assert line.split(" ") == items[: len(line.split(" "))] or line == ""
