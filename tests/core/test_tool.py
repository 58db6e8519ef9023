"""Declared tools: told in the part of JSON Schema that all servers take, and checked against the whole of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.catalogue import find
from destilation.core.dedup.index import SeenIndex
from destilation.core.gate import Gate
from destilation.core.provider import Completion
from destilation.core.task import Task
from destilation.core.tool import Tool, call_faults, call_schema, fitted, in_words, schema_problem
from destilation.core.tool_call import canonical
from destilation.core.verdict import Rejection, Sample

WEATHER = Tool(
    "get_weather",
    "The weather of a place.",
    {
        "type": "object",
        "properties": {
            "place": {"type": "string", "minLength": 2, "description": "a town"},
            "days": {"type": "integer", "minimum": 1, "maximum": 10},
            "units": {"enum": ["metric", "imperial"]},
            "hours": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["place"],
        "additionalProperties": False,
    },
)
NOTE = Tool("note", parameters={"type": "object", "properties": {"data": {"type": "object"}}})
TOOLS = (WEATHER, NOTE)


def call(name: str = "get_weather", **arguments: Any) -> str:
    """A stored call."""
    return json.dumps({"name": name, "arguments": arguments})


def test_the_schema_keeps_to_what_all_servers_take() -> None:
    """Every property required, what is optional nullable, no bounds; one branch a tool, pairs where it is free-form."""
    schema: Any = call_schema(TOOLS)
    weather, note = schema["anyOf"]
    assert weather["properties"]["name"] == {"type": "string", "enum": ["get_weather"]}
    arguments = weather["properties"]["arguments"]
    assert arguments["required"] == ["place", "days", "units", "hours"]
    assert arguments["additionalProperties"] is False
    assert arguments["properties"]["place"] == {"type": "string", "description": "a town"}
    assert arguments["properties"]["days"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert arguments["properties"]["units"]["anyOf"][0] == {"type": "string", "enum": ["metric", "imperial"]}
    assert note["properties"]["arguments"]["type"] == "array"
    assert call_schema((WEATHER,)) == weather


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object", "properties": {"x": {"type": ["string", "null"]}}},
        {"type": "object", "properties": {"x": {"type": "array"}}},
        {"type": "object", "properties": {"x": {"$ref": "#/definitions/y"}}},
        {"type": "object", "properties": {"x": True}},
        {},
    ],
)
def test_what_cannot_be_lowered_travels_as_pairs(parameters: dict[str, Any]) -> None:
    """A tool whose schema goes beyond that part is asked for by names and values."""
    schema: Any = call_schema((Tool("t", parameters=parameters),))
    assert schema["properties"]["arguments"]["type"] == "array"


def test_a_schema_without_end_is_cut() -> None:
    """Deep nesting is not sent to a server."""
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(20):
        deep = {"type": "object", "properties": {"x": deep}}
    schema: Any = call_schema((Tool("t", parameters=deep),))
    assert schema["properties"]["arguments"]["type"] == "array"


def test_tools_are_told_in_the_prompt() -> None:
    """Each with its description and its parameters; the form names them."""
    template = find("tool_trace")
    assert template is not None
    prompt = template.with_tools(TOOLS).prompt(Task(1, "weather"))
    said = prompt.messages[-1].content
    assert "These tools are there, and no others:\n- get_weather: The weather of a place. arguments: {" in said
    assert 'object {"name": one of "get_weather", "note", "arguments": what that tool declares}' in said
    assert prompt.shape is not None
    assert "anyOf" in str(prompt.shape.schema["properties"])
    assert template.with_tools(TOOLS).digest == template.digest
    assert in_words((NOTE,)).endswith('- note: arguments: {"type":"object","properties":{"data":{"type":"object"}}}')


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        (call(place="Oslo", days=3), None),
        (call(place="Oslo", units="metric", hours=[1, 2]), None),
        (call("get_wether", place="Oslo"), "there is no tool 'get_wether'; did you mean 'get_weather'?"),
        (call("fly", place="Oslo"), "there is no tool 'fly'; there are: get_weather, note"),
        (call(days=3), "the argument object of 'get_weather' is wrong: get_weather must contain ['place'] properties"),
        (call(place="Oslo", days=30), "the argument days of 'get_weather' is wrong: "),
        (call(place="Oslo", days="3"), "the argument days of 'get_weather' is wrong: "),
        (call(place="Oslo", town="x"), "the argument object of 'get_weather' is wrong: "),
        (call(place="Oslo", hours=[1, "x"]), "the argument hours.1 of 'get_weather' is wrong: "),
        (f"[{call(place='Oslo')}, {call('fly')}]", "there is no tool 'fly'"),
    ],
)
def test_calls_are_checked_against_the_whole_schema(stored: str, fault: str | None) -> None:
    """A name that is not there and every kind of wrong argument are told to the model, with the nearest name."""
    found = call_faults(stored, TOOLS)
    assert len(found) == (fault is not None)
    assert fault is None or found[0].startswith(fault)


def test_what_the_way_of_asking_did_is_undone() -> None:
    """Nulls of optional arguments go; text of pairs is read as the type that is declared, where it is that."""
    made = canonical(
        {"name": "get_weather", "arguments": {"place": "12", "days": None, "units": None, "hours": "[1, 2]"}}, TOOLS
    )
    assert json.loads(made) == {"name": "get_weather", "arguments": {"place": "12", "hours": [1, 2]}}
    pairs = [{"name": "data", "value": '{"a": 1}'}, {"name": "more", "value": "x"}]
    assert fitted(json.loads(canonical({"name": "note", "arguments": pairs})), TOOLS)["arguments"] == {
        "data": {"a": 1},
        "more": "x",
    }
    assert fitted({"name": "get_weather", "arguments": {"place": None, "days": "x"}}, TOOLS)["arguments"] == {
        "place": None,
        "days": "x",
    }
    parallel = canonical([{"name": "note", "arguments": {"data": None}}], TOOLS)
    assert json.loads(parallel) == [{"name": "note", "arguments": {}}]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["get_weather", "note", "x"]), st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_no_call_is_too_strange(name: str, arguments: dict[str, Any]) -> None:
    """Whatever a model calls with whatever arguments, it is brought to its form and judged."""
    assert isinstance(call_faults(canonical({"name": name, "arguments": arguments}, TOOLS), TOOLS), list)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({}, None),
        (WEATHER.parameters, None),
        ({"type": "string"}, 'must be a JSON Schema of type "object"'),
        ({"type": "object", "properties": {"x": {"type": "nonsense"}}}, "is no JSON Schema: "),
        ({"type": "object", "properties": {"x": {"$ref": "https://example.org/x"}}}, "is no JSON Schema: it refers to"),
        ({"type": "object", "properties": {"x": {"pattern": 3}}}, "is no JSON Schema: "),
    ],
)
def test_only_schemas_of_objects_can_be_parameters(parameters: dict[str, Any], problem: str | None) -> None:
    """What is no JSON Schema of an object, or lies elsewhere, is told before anything is asked."""
    found = schema_problem(parameters)
    assert (found is None) == (problem is None)
    assert problem is None or (found or "").startswith(problem)


@pytest.mark.parametrize(("days", "code"), [(3, None), (30, "wrong_tool_call")])
def test_the_gate_checks_calls(days: int, code: str | None) -> None:
    """A call that does not fit its tool is refused by the syntactic layer."""
    template = find("tool_trace")
    assert template is not None
    record = {
        "request": "How is the weather in Oslo?",
        "thought": "The weather tool knows.",
        "tool_call": {"name": "get_weather", "arguments": {"place": "Oslo", "days": days, "units": None}},
        "tool_response": "Sunny, 12 degrees.",
        "final_answer": "It is sunny in Oslo, with 12 degrees.",
    }
    gate = Gate(template.with_tools(TOOLS), SeenIndex())
    verdict = gate.judge(Completion(text=json.dumps(record), dialect="mock", body=b"", model="m"))
    if code is None:
        assert isinstance(verdict, Sample)
        assert json.loads(verdict.record["tool_call"])["arguments"] == {"place": "Oslo", "days": 3}
    else:
        assert isinstance(verdict, Rejection)
        assert (verdict.layer, verdict.reasons[0].code) == ("syntactic", code)
