"""Arrow IPC as a stream of record batches."""

from typing import Any

from msgspec.structs import replace

from destilation.core.template import Template
from destilation.exports import parquet
from destilation.exports.columnar import Columnar, Pieces
from destilation.exports.style import Style


def _writer(pa: Any, file: Pieces, schema: Any) -> Any:
    return pa.ipc.new_stream(file, schema)


def _sink(template: Template, style: Style) -> Columnar:
    return Columnar(template, style, _writer)


FORMAT = replace(parquet.FORMAT, name="arrow", title="Arrow IPC stream", sink=_sink, suffix=".arrow")
