"""Rows as lines of JSON: the sink of most formats. Knows no format."""

import msgspec

from destilation.core.template import Template
from destilation.exports.format import Row
from destilation.exports.style import Style


class Lines:
    """One JSON object a line, UTF-8, as it is given."""

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def add(self, row: Row) -> bytes:
        """The line."""
        return msgspec.json.encode(row) + b"\n"

    def end(self) -> bytes:
        """Nothing."""
        return b""


def lines(template: Template, style: Style) -> Lines:
    """Lines, whatever the template."""
    return Lines()
