"""Plots as inline SVG, with their words beside them in HTML so that they keep their size. Knows no part of the page."""

import math
from collections.abc import Sequence

from destilation.report.page.markup import NOTHING, Html, element, joined, text

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def bars(title: str, heights: Sequence[float], tips: Sequence[str], ends: tuple[str, ...], kind: str = "bar") -> Html:
    """Upright bars from left to right, one a height; `ends` stand below, the first left and the last right."""
    top = nice_top(max(heights, default=0.0))
    width = 100 / max(len(heights), 1)
    drawn = [
        element(
            "rect",
            element("title", text(tip)),
            class_=kind,
            x=_at(place * width),
            y=_at(100 - 100 * height / top),
            width=_at(width * 0.9),
            height=_at(100 * height / top),
        )
        for place, (height, tip) in enumerate(zip(heights, tips, strict=True))
        if height > 0
    ]
    return _plot(title, joined(*drawn), top, ends)


def line(title: str, heights: Sequence[float], ends: tuple[str, ...], unit: str = "") -> Html:
    """One line from left to right with the area below it."""
    top = nice_top(max(heights, default=0.0))
    step = 100 / max(len(heights) - 1, 1)
    points = " ".join(f"{_at(place * step)},{_at(100 - 100 * height / top)}" for place, height in enumerate(heights))
    area = element("polygon", class_="area", points=f"0,100 {points} 100,100")
    return _plot(title, joined(area, element("polyline", class_="line", points=points)), top, ends, unit)


def meter(share: float, kind: str = "bar") -> Html:
    """A lying bar for a table: `share` (0 to 1) of the width is filled."""
    filled = element("rect", class_=kind, width=_at(100 * min(max(share, 0.0), 1.0)), height="10")
    empty = element("rect", class_="rest", width="100", height="10")
    return element("svg", empty, filled, class_="meter", viewBox="0 0 100 10", preserveAspectRatio="none",
                   aria_hidden="true")  # fmt: skip


def nice_top(highest: float) -> float:
    """A round number that is not less than the highest; 1 for nothing."""
    if not highest > 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(highest))
    return next((step * unit for step in _STEPS if step * unit >= highest * (1 - 1e-9)), 10 * unit)


def short(value: float) -> str:
    """A figure for an axis: `1,200`, `3.5 M`, `0.0002`."""
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    return f"{value:,.0f}" if value >= 10 and value == round(value) else f"{value:.4g}"


def _plot(title: str, drawn: Html, top: float, ends: tuple[str, ...], unit: str = "") -> Html:
    grid = [element("line", class_="grid", x1="0", x2="100", y1=y, y2=y) for y in ("0", "50", "100")]
    canvas = element(
        "svg", *grid, drawn, viewBox="0 0 100 100", preserveAspectRatio="none", role="img", aria_label=title
    )
    scale = element("div", *(element("span", text(unit + short(top * part))) for part in (1.0, 0.5, 0.0)), class_="y")
    below = element("div", *(element("span", text(end)) for end in ends), class_="x") if ends else NOTHING
    plot = element("div", scale, element("div", canvas, below, class_="canvas"), class_="plot")
    return element("figure", element("figcaption", text(title)), plot)


def _at(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
