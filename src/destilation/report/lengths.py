"""How long the values of each field are: counted in classes 5 % wide, so that memory does not grow."""

import math
from collections import Counter

import msgspec
from msgspec import Struct

from destilation.report.read import Row

MOST_FIELDS, MOST_BINS = 32, 32
_RATIO = math.log(1.05)


class Bin(Struct, frozen=True):
    """How many values have from `least` to less than `more` characters."""

    least: int
    more: int
    count: int


class FieldLengths(Struct, frozen=True, kw_only=True):
    """The characters of one field's values; the quantiles are right within a class."""

    field: str
    count: int
    shortest: int
    p5: int
    median: int
    p95: int
    longest: int
    bins: list[Bin]


class _Counted:
    """The lengths of one field so far."""

    def __init__(self) -> None:
        self.shortest, self.longest = 2**63, 0
        self.classes: Counter[int] = Counter()

    def add(self, length: int) -> None:
        self.shortest, self.longest = min(self.shortest, length), max(self.longest, length)
        self.classes[math.floor(math.log(length + 1) / _RATIO)] += 1

    def quantile(self, share: float) -> int:
        wanted = share * self.classes.total()
        for number, count in sorted(self.classes.items()):
            wanted -= count
            if wanted <= 0:
                return max(self.shortest, min(self.longest, round((_edge(number) + _edge(number + 1)) / 2)))
        return self.longest

    def bins(self) -> list[Bin]:
        first, last = min(self.classes), max(self.classes)
        step = math.ceil((last - first + 1) / MOST_BINS)
        found = []
        for number in range(first, last + 1, step):
            least, more = _edge(number), _edge(number + step)
            if more > least:
                found.append(Bin(least, more, sum(self.classes[each] for each in range(number, number + step))))
        return found


class Lengths:
    """Counts record by record. Numbers and truth values have no length worth showing."""

    def __init__(self) -> None:
        self._fields: dict[str, _Counted] = {}

    def add(self, record: Row) -> None:
        """Count one sample."""
        for name, value in record.items():
            if not isinstance(value, str | list | dict):
                continue
            if name not in self._fields and len(self._fields) == MOST_FIELDS:
                continue
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            self._fields.setdefault(name, _Counted()).add(len(text))

    def found(self) -> list[FieldLengths]:
        """What was counted, in the order of the fields."""
        return [
            FieldLengths(
                field=name,
                count=each.classes.total(),
                shortest=each.shortest,
                p5=each.quantile(0.05),
                median=each.quantile(0.5),
                p95=each.quantile(0.95),
                longest=each.longest,
                bins=each.bins(),
            )
            for name, each in self._fields.items()
        ]


def _edge(number: int) -> int:
    """The least length in a class."""
    return math.ceil(math.exp(number * _RATIO) - 1 - 1e-9)
