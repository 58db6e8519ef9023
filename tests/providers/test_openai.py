"""The adapter for OpenAI-compatible servers: what it sends, and how it comes down to what a server knows."""

import asyncio
from functools import partial

import openai
import pytest

from destilation.core.job import Price, Share
from destilation.core.provider import Usage
from destilation.errors import RefusedPromptError
from destilation.providers.registry import Registry
from tests.providers.asking import ENV, PROMPT, SCHEMA, ask, openai_spec
from tests.providers.scripted import ScriptedServer, chat, reply

GOOD = reply(200, chat())
NO_SCHEMA = reply(400, {"error": {"message": "response_format 'json_schema' is not supported"}})


def test_the_request() -> None:
    """Model, messages, sampling, seed and the strict schema are sent, not streamed; unset values are left out."""
    sent = ask(GOOD, temperature=0.5, top_p=0.9, max_tokens=99).server.requests[0]
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
    assert sent.headers["content-type"] == "application/json"
    assert sent.json == {
        "model": "asked-model",
        "messages": [{"role": message.role, "content": message.content} for message in PROMPT.messages],
        "max_tokens": 99,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stream": False,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "simple_qa", "strict": True, "schema": SCHEMA},
        },
    }
    assert not {"temperature", "top_p"} & set(ask(GOOD).server.bodies[0])


def test_extra_parameters() -> None:
    """The user's own parameters are added, but the reply stays in one piece and the model the one asked for."""
    extra = {"top_k": 5, "chat_template_kwargs": {"enable_thinking": False}, "stream": True, "model": "other"}
    sent = ask(GOOD, extra=extra).server.bodies[0]
    assert sent["top_k"] == 5
    assert sent["chat_template_kwargs"] == {"enable_thinking": False}
    assert (sent["stream"], sent["model"]) == (False, "asked-model")


def test_the_ladder_is_gone_down_within_one_call() -> None:
    """A server without schemas is asked again at once with less, and the lesson is kept for later calls."""
    no_tools = reply(400, {"error": {"message": "this model does not support tools"}})
    outcome = ask(NO_SCHEMA, no_tools, reply(422, {"detail": "response_format unknown"}), GOOD, times=2)
    kinds = [(body.get("response_format") or {}).get("type") for body in outcome.server.bodies]
    assert kinds == ["json_schema", None, "json_object", None, None]
    assert [body.get("tool_choice") for body in outcome.server.bodies] == [None, "required", None, None, None]
    function = outcome.server.bodies[1]["tools"][0]["function"]
    assert (function["name"], function["parameters"]) == ("simple_qa", SCHEMA)
    assert outcome.completion.mode == "prompt"


def test_a_server_error_that_names_the_mode_is_a_step() -> None:
    """llama-cpp-python refuses json_schema with 500: that is a step, not an outage."""
    outcome = ask(reply(500, {"error": {"message": "Unsupported response_format: json_schema"}}), GOOD)
    assert outcome.completion.mode == "tool_call"


def test_a_refusal_under_200_is_a_step_too() -> None:
    """The refusal of the mode may come as an error in a reply with a good status."""
    outcome = ask(reply(200, {"error": {"code": 400, "message": "json_schema is not supported"}}), GOOD)
    assert outcome.completion.mode == "tool_call"


def test_refused_to_the_end() -> None:
    """A server that refuses every mode is not asked for ever: the refusal comes out."""
    outcome = ask(NO_SCHEMA)
    outcome.error(RefusedPromptError)
    assert len(outcome.server.requests) == 4


def test_requests_in_flight_share_one_step() -> None:
    """Of many requests refused together each is asked once more, in the one next mode."""

    async def scenario() -> None:
        refusals = [(0.2, NO_SCHEMA)] * 10
        async with ScriptedServer(*refusals, GOOD) as server, Registry(ENV) as registry:
            spec = openai_spec(server.url)
            entries = [registry.open(spec, Share(provider="far", model="m"), f"far/{n}") for n in range(2)]
            answers = await asyncio.gather(*(entries[n % 2].complete(PROMPT) for n in range(10)))
            assert {answer.mode for answer in answers} == {"tool_call"}
            assert len(server.requests) == 20

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("message", "gone", "come"),
    [
        (
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "max_completion_tokens",
        ),
        ("body.seed: Extra inputs are not permitted", "seed", None),
    ],
)
def test_a_parameter_that_is_refused_is_left_out(message: str, gone: str, come: str | None) -> None:
    """Newer names of the limit and servers without seeds are met at once, with the schema kept."""
    outcome = ask(reply(400, {"error": {"message": message}}), GOOD)
    first, second = outcome.server.bodies
    assert gone in first
    assert gone not in second
    assert come is None or second[come] == first[gone]
    assert outcome.completion.mode == "json_schema"


def test_the_model_that_answered_is_kept() -> None:
    """The reply's model counts; where it names none, the one asked for."""
    assert ask(GOOD).completion.model == "served-model"
    assert ask(reply(200, chat() | {"model": None})).completion.model == "asked-model"


def test_price_and_estimates() -> None:
    """A configured price gives the cost; missing counts are estimated from the prompt and the answer."""
    priced = partial(openai_spec, price=Price(input_per_mtok=1.0, output_per_mtok=2.0))
    assert ask(GOOD, make=priced).completion.usage == Usage(21, 9, cost_usd=39e-6)
    assert ask(GOOD).completion.usage.cost_usd is None
    usage = ask(reply(200, chat() | {"usage": None})).completion.usage
    assert usage.estimated
    assert usage.tokens_in == -(-sum(len(message.content) for message in PROMPT.messages) // 4)


def test_the_official_client_reads_our_double() -> None:
    """OpenAI's own client takes the scripted replies for real: a good one, a 401 and a 429."""

    async def scenario() -> None:
        scripts = (GOOD, reply(401, {"error": {"message": "no", "code": "invalid_api_key"}}), reply(429, {"error": {}}))
        async with (
            ScriptedServer(*scripts) as server,
            openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client,
        ):
            ask_it = partial(client.chat.completions.create, model="m", messages=[{"role": "user", "content": "hi"}])
            answer = await ask_it()
            assert answer.choices[0].message.content == chat()["choices"][0]["message"]["content"]
            assert answer.usage is not None
            assert answer.usage.completion_tokens == 9
            with pytest.raises(openai.AuthenticationError):
                await ask_it()
            with pytest.raises(openai.RateLimitError):
                await ask_it()
            assert server.requests[0].path == "/v1/chat/completions"

    asyncio.run(scenario())
