"""How many samples there are with each value of each axis, beside what the weights would have. Knows no file."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from destilation.core.axes import Axis
from destilation.report.nodes import FEWEST_DUE

MOST_AXES, MOST_VALUES = 64, 1_000
MOST_CHARACTERS = 200


class Value(Struct, frozen=True):
    """A value of an axis. `due` is how many samples its weight would give it, None for one that is not configured."""

    value: str
    samples: int
    due: float | None
    thin: bool


class AxisValues(Struct, frozen=True):
    """An axis with its values: the configured ones in their order, then others that samples were made with."""

    axis: str
    values: list[Value]


class Drawn:
    """Counts the draws of samples, of at most so many axes and values."""

    def __init__(self) -> None:
        self._axes: dict[str, Counter[str]] = {}

    def add(self, axes: object) -> None:
        """Count one sample's values by axis; what is no such table is passed over."""
        for name, value in axes.items() if isinstance(axes, dict) else ():
            if name not in self._axes and len(self._axes) == MOST_AXES:
                continue
            counts = self._axes.setdefault(name, Counter())
            text = str(value)[:MOST_CHARACTERS]
            if text in counts or len(counts) < MOST_VALUES:
                counts[text] += 1

    def found(self, axes: Sequence[Axis]) -> list[AxisValues]:
        """What was counted: the configured `axes` first."""
        known = {axis.name: axis for axis in axes}
        return [self._axis(name, known.get(name)) for name in dict.fromkeys([*known, *self._axes])]

    def _axis(self, name: str, axis: Axis | None) -> AxisValues:
        counts = self._axes.get(name, Counter())
        weights = {} if axis is None else weights_of(axis)
        total, whole = counts.total(), sum(weights.values())
        values = []
        for value in dict.fromkeys([*weights, *(each for each, _ in counts.most_common())]):
            due = total * weights[value] / whole if value in weights else None
            thin = due is not None and due >= FEWEST_DUE and counts[value] < due / 2
            values.append(Value(value, counts[value], None if due is None else round(due, 2), thin))
        return AxisValues(name, values)


def weights_of(axis: Axis) -> dict[str, float]:
    """What each value weighs, by its beginning."""
    weights = axis.weights or (1.0,) * len(axis.values)
    return {value[:MOST_CHARACTERS]: weight for value, weight in zip(axis.values, weights, strict=True)}
