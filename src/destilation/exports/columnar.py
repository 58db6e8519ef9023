"""The table behind Parquet and Arrow files: its schema and rows, and a file that is written piece by piece.

Needs pyarrow (the extra `parquet`), which is imported when a file is begun.
"""

from collections.abc import Callable
from typing import Any

from destilation.core.fields import Type
from destilation.core.template import Template
from destilation.errors import ConfigError
from destilation.exports.conversation import Conversation, Entry, json_text
from destilation.exports.format import Row
from destilation.exports.messages import Dialect, messages, tool_list
from destilation.exports.style import Style
from destilation.exports.teller import roles_of

_BATCH = 1_000
_DIALECT = Dialect()


def row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    """The conversation, the fields of the record, and where it is from; arguments are JSON text."""
    tools = {"tools": json_text(tool_list(told.tools, style, _DIALECT))} if told.tools else {}
    return {
        "id": entry.id,
        "messages": messages(told, style, _DIALECT),
        **tools,
        **{name: value for name, value in entry.record.items() if name not in _OURS},
        "provider": entry.provider,
        "model": entry.model,
        "topic": entry.topic,
    }


_OURS = frozenset(("id", "messages", "tools", "provider", "model", "topic"))


def stored(row: Row, template: Template) -> Row:
    """A row as it is read back from the table."""
    kinds = _kinds(template)
    return {name: _fitted(value, kinds[name]) if name in kinds else value for name, value in row.items()}


class Pieces:
    """A file for pyarrow that keeps what is written until it is taken."""

    def __init__(self) -> None:
        self.closed = False
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, data: Any) -> int:
        """Keep a copy."""
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken

    def tell(self) -> int:
        """The length of all that was written."""
        return self._length

    def writable(self) -> bool:
        """Yes."""
        return True

    def readable(self) -> bool:
        """No."""
        return False

    def seekable(self) -> bool:
        """No."""
        return False

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The parts stay to be taken."""
        self.closed = True


class Columnar:
    """Writes batches of rows; `begin` of a library's writer is given the file and the schema."""

    def __init__(self, template: Template, style: Style, writer: Callable[[Any, Pieces, Any], Any]) -> None:
        self._arrow = arrow()
        self._schema = _schema(self._arrow, template, style)
        self._file = Pieces()
        self._writer = writer(self._arrow, self._file, self._schema)
        self._rows: list[Row] = []
        self._kinds = _kinds(template)

    def begin(self) -> bytes:
        """What the library writes at once."""
        return self._file.take()

    def add(self, row: Row) -> bytes:
        """A batch, when one is full."""
        self._rows.append(row)
        return self._flushed() if len(self._rows) == _BATCH else b""

    def end(self) -> bytes:
        """The last batch and the end of the file."""
        last = self._flushed() if self._rows else b""
        self._writer.close()
        return last + self._file.take()

    def _flushed(self) -> bytes:
        columns = [self._arrow.array(self._values(field.name), type=field.type) for field in self._schema]
        self._writer.write_batch(self._arrow.RecordBatch.from_arrays(columns, schema=self._schema))
        self._rows = []
        return self._file.take()

    def _values(self, name: str) -> list[Any]:
        kind = self._kinds.get(name)
        values = [row.get(name) for row in self._rows]
        return values if kind is None else [_fitted(value, kind) for value in values]


def arrow() -> Any:
    """The library. Raises ConfigError where it is not installed."""
    try:
        import pyarrow
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError:
        raise ConfigError("this format needs another package: pip install 'destilation[parquet]'") from None
    return pyarrow


def _kinds(template: Template) -> dict[str, Type]:
    return {field.name: field.type for field in template.sample_fields if field.name not in _OURS}


def _fitted(value: Any, kind: Type) -> Any:
    """A value as its column holds it: what can be anything as JSON text."""
    if value is None or kind.kind not in ("array", "object"):
        return value
    if kind.kind == "array" and kind.items is not None:
        return [_fitted(item, kind.items) for item in value]
    if kind.fields:
        return {field.name: _fitted(value.get(field.name), field.type) for field in kind.fields}
    return json_text(value)


def _schema(pa: Any, template: Template, style: Style) -> Any:
    text, roles = pa.string(), roles_of(template)
    message = [("role", text), ("content", text)]
    if roles.reasoning and style.reasoning in ("field", "thinking"):
        message.append(("thinking" if style.reasoning == "thinking" else "reasoning_content", text))
    if roles.tool_call:
        function = pa.struct([("name", text), ("arguments", text)])
        call = pa.struct([("id", text), ("type", text), ("function", function)])
        message += [("tool_calls", pa.list_(call)), ("name", text), ("tool_call_id", text)]
    columns = [("id", text), ("messages", pa.list_(pa.struct(message)))]
    columns += [("tools", text)] if roles.tool_call else []
    columns += [(each.name, _type(pa, each.type)) for each in template.sample_fields if each.name not in _OURS]
    return pa.schema([*columns, ("provider", text), ("model", text), ("topic", text)])


def _type(pa: Any, kind: Type) -> Any:
    """Arrow's type of a field; what can be anything is its JSON text."""
    plain = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
    if kind.kind in plain:
        return plain[kind.kind]
    if kind.kind == "array" and kind.items is not None:
        return pa.list_(_type(pa, kind.items))
    if kind.kind == "object" and kind.fields:
        return pa.struct([(field.name, _type(pa, field.type)) for field in kind.fields])
    return pa.string()
