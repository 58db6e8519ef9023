"""Which panels there are room for. Never a page that says the terminal is too small."""

from msgspec import Struct

WIDE, USUAL, NARROW = 160, 100, 70
TALL, LOW, LINE = 48, 20, 8
LEAST = 40


class Layout(Struct, frozen=True):
    """What is shown of the overview, and how high the plot is in rows."""

    progress: bool = True
    throughput: bool = True
    validation: bool = True
    cost: bool = True
    providers: bool = True
    samples: bool = False
    one_line: bool = False
    plot: int = 3


def layout_of(width: int, height: int) -> Layout:
    """The layout of a terminal of so many columns and rows."""
    if width < LEAST or height < LINE:
        return Layout(throughput=False, validation=False, cost=False, providers=False, one_line=True)
    if height < LOW:
        return Layout(throughput=False, validation=False, cost=False, providers=False)
    if width < NARROW:
        return Layout(validation=False, cost=False, providers=False)
    return Layout(cost=width >= USUAL, samples=width >= WIDE, plot=8 if height >= TALL else 3)


def dropped(items: list[str], width: int, gap: str = "  ") -> str:
    """As many items as fit, from the left; none is cut."""
    line = ""
    for item in items:
        longer = f"{line}{gap}{item}" if line else item
        if len(longer) > width:
            break
        line = longer
    return line
