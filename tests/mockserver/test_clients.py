"""The mock server speaks the real dialects: the official clients of OpenAI and Ollama work against it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import ollama
import openai
import pytest

from destilation.core.catalogue import BUILTIN
from destilation.core.schema import faults as faults_of
from destilation.core.schema import json_schema
from tests.mockserver.running import ledger, served

SCHEMA = dict(json_schema(BUILTIN[0].fields))
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "simple_qa", "strict": True, "schema": SCHEMA}}
MESSAGES: Any = [{"role": "user", "content": "Ask and answer something about physics."}]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server with a price, a key and a model that thinks."""
    with served('key="sk-test"', "reasoning=true", "price={input_per_mtok=1.0, output_per_mtok=2.0}") as place:
        yield place


@pytest.fixture(scope="module")
def openly() -> Iterator[str]:
    """A server without a key, as Ollama is."""
    with served("reasoning=true") as place:
        yield place


def client(address: str, **more: Any) -> openai.OpenAI:
    """OpenAI's own client, which must not try again by itself."""
    return openai.OpenAI(base_url=f"{address}/v1", **{"api_key": "sk-test", "max_retries": 0, **more})


def fits(text: str | None) -> bool:
    """Whether a text is a record of the template."""
    return not faults_of(json.loads(text or ""), BUILTIN[0].fields)


def test_openai_chat(address: str) -> None:
    """A chat completion with a schema comes back as the client's own type, with usage and cost."""
    with client(address) as asking:
        done = asking.chat.completions.create(model="mock-small", messages=MESSAGES, response_format=FORMAT, seed=5)
    assert fits(done.choices[0].message.content)
    assert done.choices[0].finish_reason == "stop"
    assert done.usage is not None
    expected = done.usage.prompt_tokens / 1e6 + 2 * done.usage.completion_tokens / 1e6
    assert done.usage.model_extra is not None
    assert done.usage.model_extra["cost"] == pytest.approx(expected)


def test_openai_stream(address: str) -> None:
    """Streaming gives the same text in pieces, and the usage where it is asked for."""
    with client(address) as asking:
        whole = asking.chat.completions.create(model="mock-small", messages=MESSAGES, response_format=FORMAT, seed=5)
        pieces = list(
            asking.chat.completions.create(
                model="mock-small", messages=MESSAGES, response_format=FORMAT, seed=5, stream=True,
                stream_options={"include_usage": True},
            )
        )  # fmt: skip
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert text == whole.choices[0].message.content
    assert pieces[-1].usage == whole.usage


def test_openai_models_and_errors(address: str) -> None:
    """Models are listed, a wrong key and an unknown model are the client's own errors."""
    with client(address) as asking, client(address, api_key="wrong") as stranger:
        assert [model.id for model in asking.models.list()] == ["mock-small", "mock-large"]
        with pytest.raises(openai.NotFoundError):
            asking.chat.completions.create(model="other", messages=MESSAGES)
        with pytest.raises(openai.AuthenticationError):
            stranger.chat.completions.create(model="mock-small", messages=MESSAGES)


def test_openai_rate_limit() -> None:
    """Beyond the limit the client sees its RateLimitError, with the wait and what is left in the headers."""
    with served("rpm=60", "burst_s=1", "limit_headers=true") as place, client(place) as asking:
        asking.chat.completions.create(model="mock-small", messages=MESSAGES)
        with pytest.raises(openai.RateLimitError) as caught:
            asking.chat.completions.create(model="mock-small", messages=MESSAGES)
    headers = caught.value.response.headers
    assert 0 < float(headers["retry-after"]) <= 1
    assert headers["x-ratelimit-remaining-requests"] == "0"


def test_ollama_chat(openly: str) -> None:
    """Ollama's client gets an answer in the format it asked for, with thinking and counters."""
    asking = ollama.Client(host=openly)
    try:
        done = asking.chat(model="mock-small", messages=MESSAGES, format=SCHEMA, options={"seed": 5})
        pieces = list(
            asking.chat(model="mock-small", messages=MESSAGES, format=SCHEMA, options={"seed": 5}, stream=True)
        )
        models = asking.list().models
        shown = asking.show("mock-small")
        with pytest.raises(ollama.ResponseError, match="not found"):
            asking.chat(model="other", messages=MESSAGES)
    finally:
        asking._client.close()
    assert fits(done.message.content)
    assert done.message.thinking
    assert done.eval_count
    assert "".join(piece.message.content or "" for piece in pieces) == done.message.content
    assert [model.model for model in models] == ["mock-small:latest", "mock-large:latest"]
    assert shown.capabilities == ["completion"]


def test_bad_requests_are_told(openly: str) -> None:
    """What is no request is a 400, in the dialect's words."""
    for path, body in (
        ("/v1/chat/completions", b"{}"),
        ("/api/chat", b"[]"),
        ("/api/v1/chat/completions", b"nonsense"),
    ):
        request = urllib.request.Request(f"{openly}{path}", data=body, method="POST")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        assert caught.value.code == 400
        assert "error" in json.load(caught.value)


def test_without_a_schema_it_reads_the_prompt(openly: str) -> None:
    """A schema written out in the prompt is answered; without any the answer is prose."""
    asking = ollama.Client(host=openly)
    try:
        said = f"Answer with an object of this schema: {json.dumps(SCHEMA)} and nothing {{else}}."
        told = asking.chat(model="mock-small", messages=[{"role": "user", "content": said}])
        prose = asking.chat(model="mock-small", messages=MESSAGES, options={"num_predict": 10})
    finally:
        asking._client.close()
    assert fits(told.message.content)
    assert prose.done_reason == "length"


def test_the_ledger_adds_up(address: str) -> None:
    """The server's ledger has every answer with its price."""
    before = ledger(address)
    with client(address) as asking:
        done = asking.chat.completions.create(model="mock-small", messages=MESSAGES)
    after = ledger(address)
    assert after["answers"] == before["answers"] + 1
    assert done.usage is not None
    assert after["tokens_out"] - before["tokens_out"] == done.usage.completion_tokens
    assert after["usd"] > before["usd"]
