"""Whether the rows of an exported file come from a folder: each is looked up among the rows that the folder gives."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from destilation.config import Config
from destilation.core.tool import Tool
from destilation.errors import ConfigError
from destilation.exports.lineage import Pedigree, row_digest
from destilation.exports.registry import format_of
from destilation.exports.style import Style
from destilation.exports.teller import Teller
from destilation.launch.places import meta_beside
from destilation.launch.rows import Rows
from destilation.seeds.files import rows


class _Source(Struct, frozen=True):
    samples_digest: str
    samples: int


class _Meta(Struct, frozen=True):
    """What lineage needs of the file beside an export."""

    format: str
    style: Style
    source: _Source
    inferred_tools: tuple[Tool, ...] = ()


class Lineage(Struct, frozen=True, kw_only=True):
    """What an export comes from: the sample of each row by its line (0: of none), and those without a row.

    `unchanged`: the folder has the very lines that the export was made of.
    """

    format: str
    sources: tuple[int, ...]
    foreign: tuple[int, ...]
    samples: int
    unchanged: bool


def trace_export(folder: Path, config: Config, file: Path) -> Lineage:
    """Look up every row. Raises ConfigError for a file that cannot be read, or does not say how it was made."""
    meta = _meta(meta_beside(file))
    form = format_of(meta.format)
    # Those of then: samples that came later may have taught more of a tool.
    tools = {tool.name: tool for tool in config.tools or meta.inferred_tools}
    made = Rows(folder, form, meta.style, Teller(config.template, tools, declared=bool(config.tools)))

    def digests() -> Iterator[tuple[int, int]]:
        for entry, _, row in made:
            yield row_digest(form.stored(row, config.template)), entry.number

    pedigree = Pedigree(digests())
    sources = tuple(pedigree.source(row_digest(row)) or 0 for _, row in rows(file))
    return Lineage(
        format=form.name,
        sources=sources,
        foreign=tuple(number for number, source in enumerate(sources, 1) if not source),
        samples=made.reading.samples,
        unchanged=made.reading.digest == meta.source.samples_digest,
    )


def _meta(path: Path) -> _Meta:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Meta)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: does not say how the export was made: {error}") from None
