"""Reading chat completions as real servers send them, live and from the ledger."""

import json
from typing import Any

import pytest

from destilation.core.provider import Usage
from destilation.errors import TransientProviderError
from destilation.providers.openai_reply import read
from tests.providers.scripted import chat


def body(**choice: Any) -> bytes:
    """A completion with these things changed in its first choice."""
    document = chat()
    document["choices"][0] |= choice
    return json.dumps(document).encode()


def test_a_good_completion() -> None:
    """Text, model, tokens, finish reason and the body itself are in the Completion."""
    raw = json.dumps(chat("hello")).encode()
    found = read(raw)
    assert (found.text, found.model, found.finish_reason, found.dialect) == ("hello", "served-model", "stop", "openai")
    assert found.usage == Usage(21, 9)
    assert found.body == raw
    assert (found.reasoning, found.refusal) == (None, None)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("", ""),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab"),
        (["a", {"text": "b"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": None}, 3], "ab"),
        ([], ""),
    ],
)
def test_content_in_every_form(content: object, text: str) -> None:
    """Null, empty and listed content are answers; of a list the text parts count."""
    assert read(json.dumps(chat(content)).encode()).text == text


@pytest.mark.parametrize(
    "message",
    [
        {"reasoning": "so"},
        {"reasoning_content": "so"},
        {"thinking": "so"},
        {"reasoning": None, "reasoning_content": "so"},
        {"reasoning_details": [{"type": "reasoning.text", "text": "s"}, {"type": "reasoning.summary", "summary": "o"}]},
        {
            "reasoning_details": [
                {"type": "reasoning.encrypted", "data": "x"},
                3,
                {"type": "reasoning.text", "text": "so"},
            ]
        },
    ],
)
def test_reasoning_in_each_of_its_places(message: dict[str, object]) -> None:
    """The native trace is found under each of the names that servers use."""
    assert read(json.dumps(chat("x", **message)).encode()).reasoning == "so"


def test_encrypted_reasoning_is_none() -> None:
    """An encrypted trace is no trace."""
    details = [{"type": "reasoning.encrypted", "data": "abc"}]
    assert read(json.dumps(chat("x", reasoning_details=details)).encode()).reasoning is None


def test_a_leading_think_block_stays_in_the_text() -> None:
    """Think tags in the content are for the parser of answers, which knows where they end."""
    assert read(json.dumps(chat("<think>a</think>{}")).encode()).text == "<think>a</think>{}"


@pytest.mark.parametrize("reason", ["length", "content_filter", "insufficient_system_resource", "tool_calls"])
def test_finish_reasons_are_kept(reason: str) -> None:
    """An answer that was cut off or filtered is an answer, with the server's word for it."""
    found = read(body(finish_reason=reason, message={"content": '{"question": "Wh'}))
    assert (found.finish_reason, found.text) == (reason, '{"question": "Wh')


def test_no_finish_reason_is_a_stop() -> None:
    """Servers that name no reason have stopped."""
    assert read(body(finish_reason=None)).finish_reason == "stop"


def test_a_refusal_is_kept() -> None:
    """The model's own refusal stands beside an empty text."""
    found = read(json.dumps(chat(None, refusal="I cannot.")).encode())
    assert (found.text, found.refusal) == ("", "I cannot.")


@pytest.mark.parametrize("arguments", ['{"k": 1}', {"k": 1}])
def test_a_single_tool_call_is_the_answer(arguments: object) -> None:
    """Without content, the arguments of the one tool call are the answer where they are a JSON object."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    assert read(json.dumps(chat(None, tool_calls=[call])).encode()).text == '{"k": 1}'


@pytest.mark.parametrize(
    "calls",
    [
        [],
        ["x"],
        [{"function": {"name": "f", "arguments": '{"k": '}}],
        [{"function": {"name": "f", "arguments": "[1]"}}],
        [{"function": {"name": "f", "arguments": "[" * 100_000}}],
        [{"function": {}}, {"function": {}}],
        {"function": {}},
    ],
)
def test_other_tool_calls_are_no_answer(calls: object) -> None:
    """Cut-off arguments, several calls or none leave the text empty."""
    assert read(json.dumps(chat("", tool_calls=calls)).encode()).text == ""


@pytest.mark.parametrize(
    ("content", "arguments", "taken"),
    [('{"a": 1}', '{"b": 2}', '{"a": 1}'), ("text", "{}", "text"), ("I call it now.", '{"b": 2}', '{"b": 2}')],
)
def test_a_record_in_the_content_wins_over_a_tool_call(content: str, arguments: str, taken: str) -> None:
    """A tool call is the answer where the content has no record and the call has one."""
    call = {"function": {"name": "f", "arguments": arguments}}
    assert read(json.dumps(chat(content, tool_calls=[call])).encode()).text == taken


@pytest.mark.parametrize("usage", [None, {}, [], {"prompt_tokens": -1, "completion_tokens": "9"}])
def test_missing_usage_is_estimated_and_marked(usage: object) -> None:
    """Without counts the tokens out are about a quarter of the characters, and marked as a guess."""
    document = chat("x" * 40, reasoning="y" * 20) | {"usage": usage}
    assert read(json.dumps(document).encode()).usage == Usage(0, 15, 5, None, estimated=True)


def test_reasoning_tokens_and_cost() -> None:
    """What the server reports of reasoning and cost is taken as it is."""
    usage = {"prompt_tokens": 210, "completion_tokens": 95, "cost": 0.5}
    details = {"completion_tokens_details": {"reasoning_tokens": 40}}
    assert read(json.dumps(chat() | {"usage": usage | details}).encode()).usage == Usage(210, 95, 40, 0.5)
    assert read(json.dumps(chat() | {"usage": usage | {"reasoning_tokens": 7}}).encode()).usage.reasoning == 7


@pytest.mark.parametrize("cost", [None, -1, "0.1", True])
def test_a_cost_that_is_none(cost: object) -> None:
    """A cost that is no amount is not reported."""
    document = chat()
    document["usage"]["cost"] = cost
    assert read(json.dumps(document).encode()).usage.cost_usd is None


@pytest.mark.parametrize(
    "document",
    [
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"finish_reason": "stop"}]},
        {"choices": [{"message": "text"}]},
        {"choices": [{"message": {"content": 3}}]},
        {"object": "list", "data": []},
        [],
        [1],
        "text",
        3,
        None,
        {"id": "gen-2", "error": {"message": "Upstream error: overloaded", "code": 502}},
        {"error": "text"},
        [{"error": {"code": 503, "message": "x", "status": "UNAVAILABLE"}}],
        {"object": "error", "message": "x"},
        {"choices": [{"finish_reason": "error", "message": {"content": ""}, "error": {"code": 502, "message": "x"}}]},
        {"choices": [{"finish_reason": "error", "message": {"content": "x"}}]},
    ],
)
def test_what_is_no_completion(document: object) -> None:
    """Another shape, no choice, or an error where the answer should be: worth asking again."""
    with pytest.raises(TransientProviderError):
        read(json.dumps(document).encode())


def test_what_was_kept_reads_the_same() -> None:
    """The body in a Completion gives the same Completion again, half surrogate pairs included."""
    raw = b'\n: wait\n{"choices":[{"message":{"content":"{\\"a\\": \\"\\ud83d\\"}",\n"reasoning":"\\ude42"}}]}\n'
    found = read(raw, "openrouter")
    assert found.text == '{"a": "\\ud83d"}'
    assert found.dialect == "openrouter"
    assert read(found.body, "openrouter") == found
