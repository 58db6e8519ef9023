"""The records as comma-separated values, for spreadsheets and pandas. Text is kept; other values are JSON text."""

import csv
import io
from typing import Any

from destilation.core.template import Template
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format, Row
from destilation.exports.style import Style

_ORIGIN = ("id", "provider", "model", "topic")


class Separated:
    """RFC 4180 with `\\n` at the end of a line; the first line names the columns."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def begin(self) -> bytes:
        """The names."""
        return self._line(self._columns)

    def add(self, row: Row) -> bytes:
        """The line."""
        return self._line([row[name] for name in self._columns])

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _line(self, values: "tuple[str, ...] | list[Any]") -> bytes:
        self._text.seek(0)
        self._text.truncate()
        self._writer.writerow(values)
        return self._text.getvalue().encode()


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    return {**{name: entry.text(name) for name in entry.record}, **style.origin(entry)}


def _sink(template: Template, style: Style) -> Separated:
    fields = tuple(field.name for field in template.sample_fields)
    return Separated((*fields, *(_ORIGIN if style.provenance else ())))


FORMAT = Format(
    name="csv",
    title="CSV",
    row=_row,
    sink=_sink,
    reasonings=("field",),
    flat=True,
    suffix=".csv",
    trainer='columns are the template\'s fields; pandas reads "" and "NA" as missing unless keep_default_na=False',
)
