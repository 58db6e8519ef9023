"""Parquet with zstd, in row groups of a thousand."""

from typing import Any

from destilation.core.template import Template
from destilation.exports.columnar import Columnar, Pieces, row, stored
from destilation.exports.format import Format
from destilation.exports.style import Style


def _writer(pa: Any, file: Pieces, schema: Any) -> Any:
    return pa.parquet.ParquetWriter(file, schema, compression="zstd")


def _sink(template: Template, style: Style) -> Columnar:
    return Columnar(template, style, _writer)


FORMAT = Format(
    name="parquet",
    title="Parquet",
    row=row,
    sink=_sink,
    reasonings=("field", "think", "thinking", "none"),
    arguments=("string",),
    suffix=".parquet",
    stored=stored,
    trainer="column messages (arguments are JSON text), tools (JSON text), and the template's fields",
)
