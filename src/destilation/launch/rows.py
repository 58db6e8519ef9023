"""The rows of a folder in one format and style, and why some samples have none."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from destilation.config import Config
from destilation.exports.conversation import Conversation, Entry, UnfitError
from destilation.exports.format import Format, Row
from destilation.exports.style import Style
from destilation.exports.teller import Teller, calls_in
from destilation.exports.toolbook import ToolBook
from destilation.launch.entries import Reading

_MOST_NAMED = 5
_FLAT = Conversation(turns=())


class Skipped(Struct):
    """Samples without a row for one reason: how many, and the lines of the first of them."""

    count: int
    first: list[int]


class Rows:
    """One reading of a folder as rows; `skipped` tells, by reason, what has none."""

    def __init__(self, folder: Path, form: Format, style: Style, teller: Teller) -> None:
        self.reading = Reading(folder)
        self.skipped: dict[str, Skipped] = {}
        self._form = form
        self._style = style
        self._teller = teller

    def __iter__(self) -> Iterator[tuple[Entry, Conversation, Row]]:
        """Raises DamagedError, OSError."""
        for entry in self.reading.entries():
            try:
                told = _FLAT if self._form.flat else self._teller.tell(entry)
                row = self._form.row(entry, told, self._style)
            except UnfitError as error:
                self.skip(str(error), entry)
                continue
            yield entry, told, row

    def skip(self, reason: str, entry: Entry) -> None:
        """Count a sample that gets no row."""
        skipped = self.skipped.setdefault(reason, Skipped(0, []))
        skipped.count += 1
        if len(skipped.first) < _MOST_NAMED:
            skipped.first.append(entry.number)


def teller_of(folder: Path, config: Config) -> Teller:
    """Tells the samples of a folder; tools that are not declared are learnt from its calls, in a reading of its own."""
    teller = Teller(config.template, {tool.name: tool for tool in config.tools}, declared=bool(config.tools))
    if not teller.calls or config.tools:
        return teller
    book = ToolBook()
    for entry in Reading(folder).entries():
        with contextlib.suppress(UnfitError):
            book.learn(calls_in(entry.text(teller.roles.tool_call)))
    return Teller(config.template, book.tools())
