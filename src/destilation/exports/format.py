"""What a training format is: a name, a row for each sample, and what its trainer wants to be told."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from destilation.core.template import Template
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.style import Arguments, Reasoning, Style

Row = Mapping[str, Any]


class Sink(Protocol):
    """Makes the bytes of a file of rows; what it gives back is to be written in that order."""

    def begin(self) -> bytes:
        """What stands before the rows."""

    def add(self, row: Row) -> bytes:
        """One more row; the bytes may come later."""

    def end(self) -> bytes:
        """What is left."""


class Format(Struct, frozen=True, kw_only=True):
    """One training format.

    `row` makes a row of a sample; `told` is the conversation that it is. `reasonings` are the styles that the format
    can hold, the default first, and `arguments` those of tool calls (none: it holds none). `only_tools`: it holds
    nothing else; `silent_calls`: nothing may be said beside a call. `flat`: rows are the record itself, so that any
    sample fits and `told` is not asked for. `provenance`: whether more columns do no harm.

    `sink` makes the file, whose name ends with `suffix`. `shape` is the JSON Schema of a row (None: the file has its
    own), `rules` tells what is wrong with a row beyond that, and `stored` is a row as it is read back. `least` is the
    number of rows that the trainer asks for, `trainer` what it has to be told.
    """

    name: str
    title: str
    row: Callable[[Entry, Conversation, Style], Row]
    sink: Callable[[Template, Style], Sink]
    reasonings: tuple[Reasoning, ...] = ("field", "think", "thinking", "none")
    arguments: tuple[Arguments, ...] = ("string", "object")
    only_tools: bool = False
    silent_calls: bool = False
    flat: bool = False
    provenance: bool = True
    shape: Mapping[str, Any] | None = None
    suffix: str = ".jsonl"
    least: int = 1
    trainer: str = ""
    rules: Callable[[Row], Sequence[str]] = lambda row: ()
    stored: Callable[[Row, Template], Row] = lambda row, template: row
