"""Reading answers of Ollama's native dialect, live and from the ledger."""

import json
from typing import Any

import pytest

from destilation.core.provider import Usage
from destilation.errors import TransientProviderError
from destilation.providers.ollama_reply import read
from tests.providers.scripted import native


def raw(**more: Any) -> bytes:
    """A good answer with these things changed."""
    return json.dumps(native(**more)).encode()


def test_a_good_answer() -> None:
    """Text, model, counters and the body itself are in the Completion."""
    found = read(raw())
    assert found.text == '{"question":"Why?","answer":"Because."}'
    assert (found.model, found.finish_reason, found.dialect) == ("tiny:latest", "stop", "ollama")
    assert found.usage == Usage(57, 80)
    assert read(found.body) == found


def test_thinking_is_the_reasoning() -> None:
    """The trace stands beside the answer; its tokens are estimated within those reported."""
    found = read(raw(message={"content": "x", "thinking": "y" * 40}))
    assert (found.text, found.reasoning, found.usage.reasoning) == ("x", "y" * 40, 10)


def test_a_cut_off_answer() -> None:
    """An answer that met num_predict is an answer."""
    assert read(raw(done_reason="length")).finish_reason == "length"


def test_counters_that_are_left_out() -> None:
    """Ollama leaves zero counters out: none for the prompt is 0, none for the answer is estimated."""
    document = native("x" * 40)
    del document["prompt_eval_count"]
    assert read(json.dumps(document).encode()).usage == Usage(0, 80)
    del document["eval_count"]
    assert read(json.dumps(document).encode()).usage == Usage(0, 10, estimated=True)
    empty = native("") | {"eval_count": 0, "prompt_eval_count": 0}
    assert read(json.dumps(empty).encode()).usage == Usage()


def test_a_tool_call_instead_of_content() -> None:
    """The arguments of a single call are the answer; they come as an object here."""
    call = {"id": "1", "function": {"index": 0, "name": "f", "arguments": {"k": 1}}}
    assert read(raw(message={"content": None, "tool_calls": [call]})).text == '{"k": 1}'
    assert read(raw(message={"content": "", "tool_calls": [call, call]})).text == ""


@pytest.mark.parametrize(
    "document",
    [
        native() | {"done": False},
        {key: value for key, value in native().items() if key != "done"},
        native() | {"done_reason": "load"},
        native() | {"done_reason": "unload"},
        native() | {"message": None},
        native() | {"message": {"content": ["a"]}},
        {"error": "model runner has unexpectedly stopped"},
        [],
    ],
)
def test_what_is_no_answer(document: object) -> None:
    """Answers that are not done, loads, errors and other shapes are worth asking again."""
    with pytest.raises(TransientProviderError):
        read(json.dumps(document).encode())


def test_a_stream_is_no_answer() -> None:
    """A server that streams all the same gives no single document."""
    with pytest.raises(TransientProviderError, match="broken JSON"):
        read(b'{"message": {"content": "a"}, "done": false}\n{"message": {"content": ""}, "done": true}\n')
