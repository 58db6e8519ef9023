"""What the Gate says of an answer: a Sample or a Rejection. Knows nothing about how it was decided."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Layer = Literal["structural", "syntactic", "semantic"]
DUPLICATES = frozenset({"duplicate", "near_duplicate", "same_meaning"})
"""The codes of reasons that say that a sample is in already."""


class Reason(Struct, frozen=True):
    """Why an answer was refused: `code` is counted, `text` is told to the model.

    `twin` is the number of the sample that it repeats; 0: it repeats none.
    """

    code: str
    text: str
    twin: int = 0


class Sample(Struct, frozen=True):
    """A record that passed the Gate.

    `record` has exactly the template's fields in the template's order, `extras` what was asked for beside
    them (kept in the provenance), `line` is the record as one line of JSON without its line end, and
    `reasoning` the model's native trace; `sources` says of each field that takes reasoning whether it is `native`
    or from the `answer`, `notes` what the checks found out, `checks` which there were. `number` counts accepted
    samples from 1 and is the line's number.
    """

    number: int
    record: Mapping[str, Any]
    extras: Mapping[str, Any]
    line: bytes
    reasoning: str | None = None
    sources: Mapping[str, str] = {}
    notes: Mapping[str, Any] = {}
    checks: tuple[str, ...] = ()


class Rejection(Struct, frozen=True):
    """An answer refused by one layer, with every reason that layer found."""

    layer: Layer
    reasons: tuple[Reason, ...]

    @property
    def twin(self) -> int:
        """The number of the sample that the answer repeats; 0: it repeats none."""
        return max((reason.twin for reason in self.reasons), default=0)


Verdict = Sample | Rejection
