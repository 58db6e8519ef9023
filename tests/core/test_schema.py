"""JSON Schema of fields, and the strict check of records, against records built to fit or to fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.fields import Field, Type
from destilation.core.schema import faults, json_schema
from destilation.core.tool import call_schema

NAMES = st.text("abcde", min_size=1, max_size=4)
SCALARS = st.sampled_from([Type("string"), Type("integer"), Type("number"), Type("boolean")])


def _objects(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    fields = st.dictionaries(NAMES, inner, min_size=1, max_size=3).map(
        lambda types: tuple(Field(name, kind) for name, kind in types.items())
    )
    return fields.map(lambda made: Type("object", fields=made)) | inner.map(lambda item: Type("array", items=item))


TYPES: st.SearchStrategy[Type] = st.recursive(SCALARS, _objects, max_leaves=5)
FIELDS = st.dictionaries(NAMES, st.tuples(TYPES, st.booleans()), min_size=1, max_size=4).map(
    lambda types: tuple(Field(name, kind, required=required) for name, (kind, required) in types.items())
)
_SCALAR_VALUES: dict[str, Any] = {"string": "text", "integer": 7, "number": 1.5, "boolean": True}
_WRONG: dict[str, Any] = {"string": 7, "integer": 1.5, "number": "1", "boolean": 0, "array": {}, "object": []}


def fitting(kind: Type) -> Any:
    """A value of that type."""
    if kind.kind == "array":
        return [] if kind.items is None else [fitting(kind.items), fitting(kind.items)]
    if kind.kind == "object":
        return {field.name: fitting(field.type) for field in kind.fields}
    return _SCALAR_VALUES[kind.kind]


@given(FIELDS)
def test_a_fitting_record_has_no_faults(fields: tuple[Field, ...]) -> None:
    """Values of the right types pass, and optional ones may be null or left out."""
    record = {field.name: fitting(field.type) for field in fields}
    assert faults(record, fields) == []
    assert faults({name: value for name, value in record.items() if _required(fields, name)}, fields) == []
    assert faults({name: value if _required(fields, name) else None for name, value in record.items()}, fields) == []


def _required(fields: tuple[Field, ...], name: str) -> bool:
    return next(field.required for field in fields if field.name == name)


@given(FIELDS, st.data())
def test_one_mistake_is_one_fault(fields: tuple[Field, ...], data: st.DataObject) -> None:
    """A wrong type, a missing field or an unknown one is found, and named."""
    record = {field.name: fitting(field.type) for field in fields}
    field = data.draw(st.sampled_from(fields))
    wrong = {**record, field.name: _WRONG[field.type.kind]}
    assert [(fault.code, f"'{field.name}'" in fault.text) for fault in faults(wrong, fields)] == [("wrong_type", True)]
    without = {name: value for name, value in record.items() if name != field.name}
    missing = [fault.text for fault in faults(without, fields)]
    assert missing == ([f"missing field '{field.name}'"] if field.required else [])
    assert [fault.text for fault in faults({**record, "zz": 1}, fields)] == ["unknown field 'zz'"]


@given(FIELDS)
def test_the_schema_keeps_to_what_servers_accept(fields: tuple[Field, ...]) -> None:
    """Every object lists all its properties as required and allows no others, at every level."""
    _check(json_schema(fields))


def _check(schema: Any) -> None:
    if isinstance(schema, list):
        for each in schema:
            _check(each)
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            assert schema["required"] == list(schema["properties"])
            assert schema["additionalProperties"] is False
        assert not {"minLength", "maxLength", "pattern", "format", "default", "oneOf", "$ref", "minimum"} & set(schema)
        for each in schema.values():
            _check(each)


def test_nullable_enum_description_and_tool_calls() -> None:
    """Optional is nullable; enums and descriptions are passed on; a tool call asks for pairs."""
    fields = (
        Field("level", Type("string", enum=("low", "high")), "how bad", required=False),
        Field("call", format="tool_call"),
    )
    properties: Any = json_schema(fields)["properties"]
    assert properties["level"] == {
        "anyOf": [{"type": "string", "enum": ["low", "high"]}, {"type": "null"}], "description": "how bad",
    }  # fmt: skip
    assert properties["call"] == call_schema(())


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (Type("string", enum=("a", "b")), "c", "not_in_enum"),
        (Type("string", minimum=3), "ab", "too_short"),
        (Type("string", maximum=3), "abcd", "too_long"),
        (Type("array", minimum=1), [], "too_short"),
        (Type("array", maximum=1), [1, 2], "too_long"),
        (Type("integer", minimum=0), -1, "too_small"),
        (Type("number", maximum=1), 1.5, "too_large"),
        (Type("integer"), True, "wrong_type"),
        (Type("number"), False, "wrong_type"),
        (Type("string"), None, "wrong_type"),
        (Type("array", items=Type("integer")), [1, "2"], "wrong_type"),
        (Type("object", fields=(Field("x"),)), {"x": 1}, "wrong_type"),
    ],
)
def test_bounds_enums_and_nesting(kind: Type, value: Any, code: str) -> None:
    """What the sent schema cannot say is checked here."""
    assert [fault.code for fault in faults({"f": value}, (Field("f", kind),))] == [code]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Type("number"), 3),
        (Type("string", minimum=2, maximum=2), "ab"),
        (Type("object"), {"any": 1}),
        (Type("boolean", minimum=1), False),
    ],
)
def test_what_fits_its_bounds(kind: Type, value: Any) -> None:
    """Bounds are inclusive, integers are numbers, and an object without fields may hold anything."""
    assert faults({"f": value}, (Field("f", kind),)) == []


def test_a_field_in_other_case_is_pointed_at() -> None:
    """A field with the right name in the wrong case is told which one was meant."""
    found = [fault.text for fault in faults({"Answer": "x"}, (Field("answer"),))]
    assert found == ["missing field 'answer'", "unknown field 'Answer', did you mean 'answer'?"]
