"""What is wrong with a text, and where."""

from msgspec import Struct


class Fault(Struct, frozen=True):
    """One fault; line and column count from 1, 0 where no place can be told."""

    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.message
        column = f", column {self.column}" if self.column else ""
        return f"line {self.line}{column}: {self.message}"
