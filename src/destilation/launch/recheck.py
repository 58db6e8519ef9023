"""An export read back as a trainer would: every row against the format's shape and rules."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import fastjsonschema
from msgspec import Struct

from destilation.errors import ConfigError
from destilation.exports.format import Format
from destilation.launch.wish import Exported
from destilation.seeds.files import rows

MOST_FAULTS = 100


class RowFault(Struct, frozen=True):
    """What is wrong with a row of a file (0: with the file)."""

    file: str
    row: int
    what: str


def recheck(exported: Exported) -> list[RowFault]:
    """All that is wrong, at most a hundred faults. Raises OSError."""
    found: list[RowFault] = []
    check = _shape(exported.form)
    for part in exported.files:
        path, count = exported.places.folder / part.name, 0
        try:
            for number, row in rows(path):
                count += 1
                found += [RowFault(part.name, number, what) for what in (*check(row), *exported.form.rules(row))]
                if len(found) >= MOST_FAULTS:
                    return found[:MOST_FAULTS]
        except ConfigError as error:
            found.append(RowFault(part.name, 0, str(error)))
            continue
        if count != part.rows:
            found.append(RowFault(part.name, 0, f"holds {count:,} rows, {part.rows:,} were written"))
    return found


def _shape(form: Format) -> Callable[[Mapping[str, Any]], Sequence[str]]:
    if form.shape is None:
        return lambda row: ()
    validate = fastjsonschema.compile(dict(form.shape), use_default=False)

    def check(row: Mapping[str, Any]) -> Sequence[str]:
        try:
            validate(row)
        except fastjsonschema.JsonSchemaValueException as error:
            return (str(error.message)[:300],)
        return ()

    return check
