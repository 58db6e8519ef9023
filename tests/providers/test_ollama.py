"""The adapter for Ollama's native dialect."""

import asyncio
from functools import partial
from typing import Any

import ollama
import pytest

from destilation.errors import ProviderError, RefusedPromptError, TransientProviderError, UnusableProviderError
from tests.providers.asking import PROMPT, SCHEMA, ask, ollama_spec
from tests.providers.scripted import ScriptedServer, native, reply

GOOD = reply(200, native())
local = partial(ask, make=ollama_spec)


def test_the_request() -> None:
    """Schema, context, limit and seed go where Ollama wants them; nothing is cut or streamed."""
    sent = local(GOOD, temperature=0.5, max_tokens=99).server.requests[0]
    assert (sent.method, sent.path) == ("POST", "/api/chat")
    assert "authorization" not in sent.headers
    assert sent.json == {
        "model": "asked-model",
        "messages": [{"role": message.role, "content": message.content} for message in PROMPT.messages],
        "stream": False,
        "format": SCHEMA,
        "think": False,
        "truncate": False,
        "keep_alive": "10m",
        "options": {"num_ctx": 8192, "num_predict": 99, "temperature": 0.5, "seed": 7},
    }


@pytest.mark.parametrize(("keep_alive", "sent"), [("10m", "10m"), ("-1", -1), ("300", 300)])
def test_settings(keep_alive: str, sent: object) -> None:
    """Context, thinking and keep-alive come from the specification; the user's options are joined with ours."""
    spec = partial(ollama_spec, num_ctx=4096, think="high", keep_alive=keep_alive)
    body = ask(GOOD, make=spec, extra={"options": {"top_k": 5}}).server.bodies[0]
    assert (body["think"], body["keep_alive"]) == ("high", sent)
    assert body["options"] == {"num_ctx": 4096, "num_predict": 4096, "seed": 7, "top_k": 5}


def test_a_base_url_with_a_path() -> None:
    """A server behind a path is reached below it."""
    outcome = ask(GOOD, make=lambda url: ollama_spec(f"{url}/behind/"))
    assert outcome.server.requests[0].path == "/behind/api/chat"


def test_a_model_that_cannot_think() -> None:
    """Thinking is given up at once and for all later calls, and only there."""
    refused = reply(400, {"error": '"tiny" does not support thinking'})
    outcome = ask(refused, GOOD, times=2, make=partial(ollama_spec, think=True))
    assert [body["think"] for body in outcome.server.bodies] == [True, False, False]
    assert outcome.completion.mode == "json_schema"


def test_the_ladder() -> None:
    """A model without structured outputs is asked by a tool, and without tools for plain JSON."""
    no_tools = reply(400, {"error": '"tiny" does not support tools'})
    outcome = local(reply(400, {"error": "structured outputs are not supported"}), no_tools, GOOD)
    assert outcome.server.bodies[1]["tools"][0]["function"]["parameters"] == SCHEMA
    assert outcome.server.bodies[2]["format"] == "json"
    assert outcome.completion.mode == "json_object"


def test_an_unknown_model_is_told_with_those_there() -> None:
    """The message names what is installed, or the nearest name, and how to get the model."""
    missing = reply(404, {"error": "model 'asked-model' not found"})
    tags = reply(200, {"models": [{"name": "qwen3:8b"}, {"name": "tiny:latest"}]})
    text = str(local(missing, tags).error(UnusableProviderError))
    assert "installed: qwen3:8b, tiny:latest" in text
    assert "ollama pull asked-model" in text
    near = str(ask(missing, tags, make=ollama_spec, model="qwen3:8").error(UnusableProviderError))
    assert "did you mean 'qwen3:8b'?" in near
    plain = str(local(missing, reply(500, b"")).error(UnusableProviderError))
    assert "does not offer the model" in plain


@pytest.mark.parametrize(
    ("status", "error", "kind", "throttled"),
    [
        (503, "server busy, please try again.  maximum pending requests exceeded", TransientProviderError, True),
        (500, "model runner has unexpectedly stopped", TransientProviderError, False),
        (502, "cloud", TransientProviderError, False),
        (400, "the input exceeds the context length", RefusedPromptError, None),
        (400, "odd", RefusedPromptError, None),
        (404, "404 page not found", UnusableProviderError, None),
        (200, "late trouble", TransientProviderError, False),
    ],
)
def test_errors(status: int, error: str, kind: type[ProviderError], throttled: bool | None) -> None:
    """Errors are plain texts in this dialect; they mean what they mean elsewhere."""
    found = local(reply(status, {"error": error})).error(kind)
    assert error.partition("  ")[0] in str(found)
    assert getattr(found, "throttled", None) is throttled


@pytest.mark.parametrize("change", [{"done": False}, {"done_reason": "load"}, {"message": {"content": 3}}])
def test_answers_that_are_none(change: dict[str, Any]) -> None:
    """An answer that is not done, or a mere load of the model, is asked for again."""
    local(reply(200, native(**change))).error(TransientProviderError)


def test_the_official_client_reads_our_double() -> None:
    """Ollama's own client takes the scripted replies for real: a good one and a 404."""

    async def scenario() -> None:
        async with ScriptedServer(GOOD, reply(404, {"error": "model 'm' not found"})) as server:
            client = ollama.AsyncClient(host=server.url)
            answer = await client.chat(model="m", messages=[{"role": "user", "content": "hi"}])
            assert answer.message.content == native()["message"]["content"]
            assert answer.eval_count == 80
            assert answer.done_reason == "stop"
            with pytest.raises(ollama.ResponseError, match="not found"):
                await client.chat(model="m", messages=[{"role": "user", "content": "hi"}])
            await client._client.aclose()
            assert server.requests[0].path == "/api/chat"

    asyncio.run(scenario())
