"""stdout and stderr that never end a verb: a reader or a terminal that goes away takes only what is said with it."""

import io
import sys
from typing import Any, TextIO, cast


class Nowhere(io.TextIOBase):
    """A stream that takes everything and keeps nothing."""

    def write(self, text: str) -> int:
        """As if it were written."""
        return len(text)


class Lasting:
    """A text stream whose writes cannot fail. What cannot be encoded is shown as `?`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")

    def write(self, text: str) -> int:
        """Write what can be written."""
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            self._let_go()
            return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._let_go()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _let_go(self) -> None:
        """From now on everything goes nowhere, also what is still buffered."""
        self._stream = cast(TextIO, Nowhere())


def make_lasting() -> None:
    """Put lasting streams in the place of the process's own; one that was closed at the start goes nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name) or Nowhere()
        setattr(sys, name, cast(TextIO, Lasting(cast(TextIO, stream))))
