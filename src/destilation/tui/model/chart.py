"""Values as columns of characters: eighths of a block, or dots of braille, which show twice as many."""

from collections.abc import Sequence
from typing import Literal

Chart = Literal["blocks", "braille"]
BLOCKS = " ▁▂▃▄▅▆▇█"
_LEFT, _RIGHT = (0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08)
"""The dots of a cell of braille from the bottom up, left and right."""


def values_a_cell(chart: Chart) -> int:
    """How many values stand beside each other in a cell."""
    return 2 if chart == "braille" else 1


def plot(values: Sequence[float], height: int, chart: Chart = "blocks") -> list[str]:
    """The values as `height` rows, the highest at the top; what is not nothing shows."""
    most = max(values, default=0.0) or 1.0
    steps = 4 if chart == "braille" else 8
    filled = [max(int(value > 0), round(steps * height * value / most)) for value in values]
    rows = range(height - 1, -1, -1)
    if chart == "braille":
        return ["".join(_dots(pair, row) for pair in zip(filled[::2], filled[1::2], strict=False)) for row in rows]
    return ["".join(BLOCKS[max(0, min(8, each - 8 * row))] for each in filled) for row in rows]


def _dots(pair: tuple[int, int], row: int) -> str:
    left, right = (max(0, min(4, each - 4 * row)) for each in pair)
    return chr(0x2800 + sum(_LEFT[:left]) + sum(_RIGHT[:right]))
