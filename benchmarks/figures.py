"""Figures set beside what they are compared with and what they should be: as a table, and as JSON.

Every benchmark that `make bench` runs is `python -m benchmarks.NAME [--long] [--json FILE]`; `present` is its main.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec


class Target(msgspec.Struct, frozen=True):
    """What a figure must reach: at most, or at least, a value."""

    value: float
    least: bool

    def met_by(self, figure: float) -> bool:
        """Whether the figure is on the right side of it."""
        return figure >= self.value if self.least else figure <= self.value

    def __str__(self) -> str:
        return f"{'>=' if self.least else '<='} {number(self.value)}"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One row. The target is for the `ratio` where there is one, else for `ours`.

    `beside` says what it is compared with, `theirs` is the value of that in the same `unit`.
    """

    name: str
    ours: float
    unit: str = ""
    beside: str = ""
    theirs: float | None = None
    ratio: float | None = None
    target: Target | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        return None if self.target is None else self.target.met_by(self.ours if self.ratio is None else self.ratio)


def at_most(value: float) -> Target:
    """The lower the better."""
    return Target(value, least=False)


def at_least(value: float) -> Target:
    """The higher the better."""
    return Target(value, least=True)


def number(value: float | None) -> str:
    """Three digits that count, whole numbers with commas."""
    if value is None:
        return ""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.{1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3}f}"


HEADS = ("figure", "ours", "beside", "theirs", "ratio", "target", "met")


def cells(figure: Figure) -> tuple[str, ...]:
    """A row of the table, as texts."""
    met = {None: "", True: "yes", False: "no"}[figure.met]
    name = figure.name + (f" ({figure.note})" if figure.note else "")
    ours, theirs = (f"{number(value)} {figure.unit}".strip() for value in (figure.ours, figure.theirs))
    return (
        name,
        ours,
        figure.beside,
        "" if figure.theirs is None else theirs,
        number(figure.ratio),
        str(figure.target or ""),
        met,
    )


def table(figures: Sequence[Figure]) -> str:
    """A table in Markdown, its columns aligned, so that it reads well in a terminal too."""
    rows = [HEADS, *(cells(figure) for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def save(path: Path, figures: Sequence[Figure]) -> None:
    """As a JSON list, each with `met`."""
    rows = [msgspec.to_builtins(figure) | {"met": figure.met} for figure in figures]
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")


def load(path: Path) -> list[Figure]:
    """What was saved."""
    return msgspec.json.decode(path.read_bytes(), type=list[Figure])


def put_into(page: Path, mark: str, text: str) -> None:
    """Replace what stands on a page between the comments `mark` and `end of mark`. Raises ValueError without them."""
    whole, opening, closing = page.read_text(), f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, found, rest = whole.partition(opening)
    _, ended, after = rest.partition(closing)
    if not found or not ended:
        raise ValueError(f"{page} has no {opening} ... {closing}")
    page.write_text(f"{before}{opening}\n{text}\n{closing}{after}")


def present(what: str | None, measure: Callable[[bool], list[Figure]]) -> None:
    """Measure, print, and save where that is wanted. `measure` is told whether it may take long."""
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="more and larger runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the figures there too")
    asked = parser.parse_args()
    figures = measure(asked.long)
    print(table(figures))
    if asked.json:
        save(asked.json, figures)
