"""Every shape in which models write a tool call has one stored form; what is no call says why."""

import json
from typing import Any

import pytest

from destilation.core.tool_call import ToolCallError, canonical

STORED = '{"name":"search","arguments":{"query":"ü","limit":1}}'
PAIRS = [{"name": "query", "value": "ü"}, {"name": "limit", "value": 1}]


@pytest.mark.parametrize(
    "value",
    [
        {"name": "search", "arguments": {"query": "ü", "limit": 1}},
        {"name": "search", "arguments": PAIRS},
        {"name": "search", "arguments": '{"query": "ü", "limit": 1}'},
        {"type": "function", "function": {"name": "search", "arguments": '{"query": "ü", "limit": 1}'}},
        json.dumps({"name": "search", "arguments": PAIRS}),
        STORED,
    ],
)
def test_one_stored_form(value: Any) -> None:
    """Objects, pairs, JSON text and OpenAI's nesting all become the same text."""
    assert canonical(value) == STORED


def test_parallel_calls_stay_a_list() -> None:
    """A list of calls is stored as a list."""
    assert (
        canonical([json.loads(STORED), {"name": "b", "arguments": []}]) == f'[{STORED},{{"name":"b","arguments":{{}}}}]'
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("call it", "not JSON"),
        (7, "must be an object"),
        ([], "empty"),
        ({"arguments": {}}, '"name" must be a non-empty string'),
        ({"name": " ", "arguments": {}}, '"name" must be a non-empty string'),
        ({"name": "f"}, '"arguments" must be an object'),
        ({"name": "f", "arguments": "x"}, '"arguments" is a string that is not JSON'),
        ({"name": "f", "arguments": [1]}, 'an object with "name" and "value"'),
        ({"name": "f", "arguments": [{"name": "a"}]}, 'an object with "name" and "value"'),
        ({"name": "f", "arguments": [{"name": "", "value": 1}]}, "empty name"),
        ({"name": "f", "arguments": [{"name": "a", "value": 1}, {"name": "a", "value": 2}]}, "given twice"),
        ("[" * 100_000, "not JSON"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_call(value: Any, why: str) -> None:
    """Each fault is told in words for the model."""
    with pytest.raises(ToolCallError, match=why):
        canonical(value)
