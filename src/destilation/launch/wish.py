"""What the user asks of an export, and what came of it. Knows not how it is done."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from destilation.core.tool import Tool
from destilation.exports.facts import FilePart
from destilation.exports.format import Format
from destilation.exports.lengths import Lengths
from destilation.exports.style import Style
from destilation.launch.entries import Reading
from destilation.launch.measure import Rendered
from destilation.launch.places import Places
from destilation.launch.rows import Skipped


class CardWish(Struct, frozen=True, kw_only=True):
    """What only the user can say on a dataset card: the licence, the languages, a name (empty: the job's)."""

    license: str
    languages: tuple[str, ...] = ()
    name: str = ""


class Wish(Struct, frozen=True, kw_only=True):
    """What the user asks for; see docs/exports.md. `out` None: below the dataset's folder."""

    format: str
    out: Path | None = None
    split: str = ""
    stratify: str = ""
    reasoning: str | None = None
    arguments: str | None = None
    system: str = "keep"
    provenance: bool = False
    tokenizer: Path | None = None
    max_tokens: int | None = None
    drop_longer: bool = False
    chat_template: Path | None = None
    card: CardWish | None = None


class Exported(Struct, kw_only=True):
    """What was written, and what is to be known of it.

    `strata` counts rows by stratum and part, `inferred` has the tools that were learnt from the calls.
    """

    form: Format
    style: Style
    places: Places
    reading: Reading
    files: tuple[FilePart, ...]
    strata: Mapping[str, Mapping[str, int]]
    skipped: Mapping[str, Skipped]
    notices: list[str]
    lengths: Lengths | None
    rendered: Rendered | None
    inferred: tuple[Tool, ...]

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(part.rows for part in self.files)
