"""The adapter for OpenRouter: routing, attribution, its own errors, the reported cost."""

from functools import partial
from typing import Any

import pytest

from destilation.core.job import Price
from destilation.core.provider import Usage
from destilation.errors import RefusedPromptError, TransientProviderError, UnusableProviderError
from tests.providers.asking import KEY, ask, openrouter_spec
from tests.providers.scripted import chat, reply

GOOD = reply(200, chat())
route = partial(ask, make=openrouter_spec)


def not_found(**error: Any) -> bytes:
    """A 404 in OpenRouter's form."""
    return reply(404, {"error": {"code": 404, "message": "No endpoints found", **error}})


def test_the_request() -> None:
    """The key, the application's title, and routing to hosts that obey the schema and permit distillation."""
    sent = route(GOOD).server.requests[0]
    assert sent.path == "/api/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["x-openrouter-title"] == "Destilation"
    assert "http-referer" not in sent.headers
    assert sent.json["provider"] == {"require_parameters": True, "enforce_distillable_text": True}


def test_routing_of_the_users_own() -> None:
    """The user's routing is joined with ours, and distillable text can be left unenforced."""
    spec = partial(openrouter_spec, enforce_distillable_text=False)
    sent = ask(GOOD, make=spec, extra={"provider": {"only": ["somehost"]}}).server.bodies[0]
    assert sent["provider"] == {"require_parameters": True, "enforce_distillable_text": False, "only": ["somehost"]}


def test_without_a_response_format_no_parameters_are_required() -> None:
    """At the foot of the ladder any host will do, but distillation stays enforced."""
    refused = reply(400, {"error": {"message": "response_format is not supported"}})
    no_tools = reply(400, {"error": {"message": "tool_choice is not supported"}})
    outcome = route(refused, no_tools, refused, GOOD)
    assert outcome.completion.mode == "prompt"
    assert outcome.server.bodies[3]["provider"] == {"enforce_distillable_text": True}


def test_hosts_that_lack_a_parameter() -> None:
    """When no host knows all parameters, the seed goes first and the schema is kept as long as possible."""
    outcome = route(not_found(message="No endpoints found that can handle the requested parameters."), GOOD)
    assert outcome.completion.mode == "json_schema"
    assert "seed" not in outcome.server.bodies[1]


def test_the_cost_is_the_reported_one() -> None:
    """usage.cost wins over a configured price; without it the price counts."""
    document = chat()
    document["usage"] |= {"cost": 0.00031, "completion_tokens_details": {"reasoning_tokens": 4}}
    priced = partial(openrouter_spec, price=Price(input_per_mtok=100.0))
    found = ask(reply(200, document), make=priced).completion
    assert found.usage == Usage(21, 9, 4, 0.00031)
    assert found.dialect == "openrouter"
    assert ask(GOOD, make=priced).completion.usage.cost_usd == 21 * 100 / 1e6


@pytest.mark.parametrize("code", ["constraint_filtered", "no_endpoints"])
def test_no_host_left_is_explained(code: str) -> None:
    """A 404 that our own constraints may have caused names the setting and what excluded the hosts."""
    availability = {"code": code, "excluded_by": ["enforce_distillable_text"]}
    text = str(route(not_found(availability=availability)).error(UnusableProviderError))
    assert "no host left for 'asked-model'" in text
    assert "enforce_distillable_text = false" in text
    assert 'excluded by ["enforce_distillable_text"]' in text


def test_no_host_left_without_our_constraint() -> None:
    """Where distillation is not enforced, the account's own settings are pointed at."""
    spec = partial(openrouter_spec, enforce_distillable_text=False)
    text = str(ask(not_found(), make=spec).error(UnusableProviderError))
    assert "enforce_distillable_text" not in text
    assert "privacy settings" in text


def test_an_unknown_model() -> None:
    """Another 404 is about the model."""
    text = str(route(reply(404, {"error": {"message": "model x not found"}})).error(UnusableProviderError))
    assert "does not offer the model 'asked-model'" in text


def test_availability_decides_by_itself() -> None:
    """`availability.retryable` and its wait go before the status."""
    availability = {"code": "busy", "retryable": True, "retry_after": 4}
    error = route(not_found(availability=availability)).error(TransientProviderError)
    assert (error.throttled, error.retry_after) == (True, 4.0)


def test_moderation_concerns_the_prompt() -> None:
    """A flagged prompt is refused; another 403 ends the provider."""
    flagged = {"message": "x", "metadata": {"reasons": ["sexual"], "flagged_input": "...", "provider_name": "H"}}
    route(reply(403, {"error": flagged})).error(RefusedPromptError)
    route(reply(403, {"error": {"message": "guardrail"}})).error(UnusableProviderError)


def test_credit() -> None:
    """402 is final, but with Retry-After it is only the budget in flight."""
    body = {"error": {"code": 402, "message": "Insufficient credits"}}
    route(reply(402, body)).error(UnusableProviderError)
    assert route(reply(402, body, retry_after="2")).error(TransientProviderError).retry_after == 2.0


def test_an_upstream_error_shows_its_raw_cause() -> None:
    """What the host behind OpenRouter said is in the message."""
    metadata = {"raw": "Too Many Requests", "provider_name": "X"}
    body = {"error": {"message": "Provider returned error", "code": 429, "metadata": metadata}, "user_id": "u"}
    error = route(reply(200, body)).error(TransientProviderError)
    assert "Provider returned error: Too Many Requests" in str(error)
    assert error.throttled
