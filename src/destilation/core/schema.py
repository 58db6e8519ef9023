"""Fields to JSON Schema, and the strict check of a record against them. Knows nothing about text or prompts.

The schema keeps to the subset that structured-output servers accept everywhere: every property required,
no other properties, nullable in place of optional, no lengths and no bounds (those are checked here).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from destilation.core.fields import Field, Type
from destilation.core.tool import call_schema
from destilation.core.verdict import Reason

_NAMES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


def json_schema(fields: Sequence[Field]) -> dict[str, object]:
    """The JSON Schema of a record with these fields, properties in their order."""
    return {
        "type": "object",
        "properties": {field.name: _field_schema(field) for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> dict[str, object]:
    schema: dict[str, object] = call_schema(field.tools) if field.format == "tool_call" else _type_schema(field.type)
    if not field.required:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if field.description:
        schema["description"] = field.description
    return schema


def _type_schema(kind: Type) -> dict[str, object]:
    if kind.kind == "object" and kind.fields:
        return json_schema(kind.fields)
    schema: dict[str, object] = {"type": kind.kind}
    if kind.enum:
        schema["enum"] = list(kind.enum)
    if kind.items is not None:
        schema["items"] = _type_schema(kind.items)
    return schema


def faults(record: Mapping[str, Any], fields: Sequence[Field], path: str = "") -> list[Reason]:
    """Every way in which the record is not exactly these fields; an optional field may be null or left out."""
    found = []
    names = [field.name for field in fields]
    for field in fields:
        name = path + field.name
        value = record.get(field.name)
        if value is None and not field.required:
            continue
        if field.name not in record:
            found.append(Reason("missing_field", f"missing field '{name}'"))
        else:
            found += _value_faults(value, field.type, name)
    for key in record:
        if key not in names:
            found.append(Reason("unknown_field", f"unknown field '{path}{key[:80]}'{_near(key, names)}"))
    return found


def _near(key: str, names: Iterable[str]) -> str:
    twins = [name for name in names if name.lower() == key.strip().lower()]
    return f", did you mean '{twins[0]}'?" if twins else ""


def _value_faults(value: Any, wanted: Type, name: str) -> list[Reason]:
    if not _is(value, wanted.kind):
        kind = _NAMES[type(value)]
        return [Reason("wrong_type", f"field '{name}' must be {_a(wanted.kind)}, not {_a(kind)}")]
    if wanted.enum and value not in wanted.enum:
        allowed = ", ".join(repr(choice) for choice in wanted.enum)
        return [Reason("not_in_enum", f"field '{name}' must be one of {allowed}")]
    found = _bound_faults(value, wanted, name)
    if wanted.kind == "array" and wanted.items is not None:
        for place, item in enumerate(value):
            found += _value_faults(item, wanted.items, f"{name}[{place}]")
    if wanted.kind == "object" and wanted.fields:
        found += faults(value, wanted.fields, f"{name}.")
    return found


def _is(value: Any, kind: str) -> bool:
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return _NAMES.get(type(value)) == kind


def _a(kind: str) -> str:
    return kind if kind == "null" else f"an {kind}" if kind[0] in "aio" else f"a {kind}"


def _bound_faults(value: Any, wanted: Type, name: str) -> list[Reason]:
    if wanted.minimum is None and wanted.maximum is None:
        return []
    sized = wanted.kind in ("string", "array")
    amount = len(value) if sized else value if wanted.kind in ("integer", "number") else None
    if amount is None:
        return []
    unit = {"string": " characters", "array": " items"}.get(wanted.kind, "")
    if wanted.minimum is not None and amount < wanted.minimum:
        code = "too_short" if sized else "too_small"
        return [Reason(code, f"field '{name}' is {amount}{unit}, at least {wanted.minimum:g} wanted")]
    if wanted.maximum is not None and amount > wanted.maximum:
        code = "too_long" if sized else "too_large"
        return [Reason(code, f"field '{name}' is {amount}{unit}, at most {wanted.maximum:g} wanted")]
    return []
