"""What refusals mean, in every form in which servers word them, over a real socket."""

from typing import Any

import pytest

from destilation.errors import ProviderError, RefusedPromptError, TransientProviderError, UnusableProviderError
from tests.providers.asking import ask, openai_spec
from tests.providers.scripted import chat, reply

HTML = b"<!doctype html><html><head><style>p{color:red}</style></head><body><h1>502 Bad\nGateway</h1></body></html>"
SAID = "the very cause"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": SAID, "type": "x", "code": None}},
        {"error": SAID},
        {"error": SAID, "error_type": "overloaded"},
        [{"error": {"code": 418, "message": SAID, "status": "X"}}],
        {"object": "error", "message": SAID, "code": 40001},
        {"message": SAID},
        {"detail": SAID},
        {"detail": [{"loc": ["body", "messages"], "msg": SAID}]},
        f"<html><title>t</title><p>{SAID}</p></html>".encode(),
        SAID.encode(),
        SAID,
        [SAID],
    ],
)
def test_the_cause_is_found_in_every_form(body: object) -> None:
    """Nested, flat, listed, textual and HTML bodies all give their message."""
    assert SAID in str(ask(reply(500, body)).error(TransientProviderError))


@pytest.mark.parametrize("body", [b"", b"   ", {}, {"error": {}}, {"error": None}, {"detail": [3]}])
def test_a_silent_refusal_still_has_a_message(body: object) -> None:
    """A body that says nothing leaves the provider's name, the meaning and the status."""
    assert str(ask(reply(500, body)).error(TransientProviderError)) == "far failed (500)"


def test_html_is_shown_as_text() -> None:
    """Tags and styles of an error page are not shown."""
    assert str(ask(reply(502, HTML)).error(TransientProviderError)) == "far failed (502): 502 Bad Gateway"


@pytest.mark.parametrize("status", [408, 409, 424, 425, 499, 500, 501, 502, 504, 520, 524, 599])
def test_failures_are_transient(status: int) -> None:
    """A server that failed or took too long is asked again."""
    error = ask(reply(status, HTML)).error(TransientProviderError)
    assert (error.status, error.throttled, error.retry_after) == (status, False, None)


@pytest.mark.parametrize("status", [429, 503, 529])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after": "Mon, 21 Sep 2020 14:13:50 GMT"}, 0.0),
        ({"retry_after": "999999999"}, 86_400.0),
        ({"retry_after": "later"}, None),
        ({"retry_after_ms": "120"}, 0.12),
        ({"x_ratelimit_remaining_tokens": "0", "x_ratelimit_reset_tokens": "6m0s"}, 360.0),
        ({"x_ratelimit_reset": "-1"}, None),
    ],
)
def test_overload_is_throttling(status: int, headers: dict[str, str], wait: float | None) -> None:
    """Refusals for load carry the wait that the server asked for, in whichever form."""
    error = ask(reply(status, {"error": "busy"}, **headers)).error(TransientProviderError)
    assert (error.status, error.throttled, error.retry_after) == (status, True, wait)


def test_a_rate_limit_passes() -> None:
    """The call after a 429 is answered: nothing of the refusal stays."""
    outcome = ask(reply(429, {"error": "slow"}), reply(200, chat()), times=2)
    assert isinstance(outcome.results[0], TransientProviderError)
    assert outcome.completion.text


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": {"message": "No auth", "code": 401}}, "refused the key in A_KEY (401)"),
        (403, {"error": {"message": "Key disabled"}}, "forbids the request"),
        (400, {"error": {"message": "API key not valid.", "status": "INVALID_ARGUMENT"}}, "refused the key in A_KEY"),
        (402, {"error": {"message": "Insufficient credits", "code": 402}}, "no credit left"),
        (429, {"error": {"message": "Quota", "code": "insufficient_quota"}}, "no credit left"),
        (
            404,
            {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}},
            "the model 'asked-model'",
        ),
        (400, {"error": {"message": "asked-model is not a valid model ID", "code": 400}}, "the model 'asked-model'"),
        (404, HTML, "check base_url"),
        (405, b"", "check base_url"),
        (410, b"", "check base_url"),
    ],
)
def test_what_makes_a_provider_unusable(status: int, body: object, words: str) -> None:
    """Keys, credit, models and addresses are the user's to mend: the message says which."""
    error = ask(reply(status, body)).error(UnusableProviderError)
    assert words in str(error)
    assert error.status == status


def test_a_server_that_wants_a_key() -> None:
    """Where no key was configured, the message names the setting."""
    outcome = ask(reply(401, b""), make=lambda url: openai_spec(url, api_key_env=None))
    assert "api_key_env" in str(outcome.error(UnusableProviderError))
    assert "authorization" not in outcome.server.requests[0].headers


def test_402_with_a_wait_is_transient() -> None:
    """A budget in flight that is used up comes free again; the server says when."""
    error = ask(reply(402, {"error": {"message": "in flight"}}, retry_after="3")).error(TransientProviderError)
    assert (error.throttled, error.retry_after) == (True, 3.0)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, {"message": "x", "metadata": {"reasons": ["violence"], "flagged_input": "..."}}),
        (400, {"message": "x", "code": "content_policy_violation"}),
        (400, {"message": "The response was filtered", "code": "content_filter"}),
        (400, {"message": "This model's maximum context length is 8192 tokens", "code": "context_length_exceeded"}),
        (400, {"message": "too large", "type": "exceed_context_size_error"}),
        (413, {"message": "x"}),
        (422, {"message": "x"}),
        (400, {"message": "something odd"}),
        (418, {"message": "teapot"}),
    ],
)
def test_what_refuses_one_prompt(status: int, error: dict[str, Any]) -> None:
    """Moderation, length and unknown refusals concern the prompt; the provider stays."""
    assert ask(reply(status, {"error": error})).error(RefusedPromptError).status == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"id": "gen-2", "error": {"message": "overloaded", "code": 502}}, TransientProviderError, 502),
        (
            {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "x"}}},
            TransientProviderError,
            429,
        ),
        ({"error": {"message": "no", "code": 401}}, UnusableProviderError, 401),
        ({"error": {"message": "no", "code": "insufficient_quota"}}, UnusableProviderError, 402),
        ({"error": {"message": "x", "type": "rate_limit_error"}}, TransientProviderError, 429),
        ({"error": {"message": "maximum context length"}}, RefusedPromptError, 400),
        ({"error": "text"}, TransientProviderError, 200),
        ([{"error": {"code": 503, "message": "x"}}], TransientProviderError, 503),
        (
            {"choices": [{"finish_reason": "error", "message": {"content": ""}, "error": {"code": 502}}]},
            TransientProviderError,
            502,
        ),
        ({"choices": [{"finish_reason": "error", "message": {"content": ""}}]}, TransientProviderError, 200),
    ],
)
def test_errors_under_a_good_status(body: object, kind: type[ProviderError], status: int) -> None:
    """A reply of 200 that holds an error means what the error means."""
    assert ask(reply(200, body)).error(kind).status == status


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (
            reply(200, b"<html><h1>Welcome</h1>", content_type="text/html; charset=utf-8"),
            "(status 200, text/html): <html>",
        ),
        (reply(200, b""), "the reply is empty"),
        (reply(204, b""), "the reply is empty"),
        (reply(200, b"\n" * 660), "the reply is empty"),
        (reply(200, b'{"choices": [{"mess'), "broken JSON"),
        (reply(200, {"choices": None}), "no choices[0].message"),
        (reply(200, {"choices": []}), "no choices[0].message"),
        (reply(200, b'{"a": "\xff"}'), "UTF-8"),
    ],
)
def test_replies_that_cannot_be_read(raw: bytes, words: str) -> None:
    """A broken reply is transient; status, content type and a filtered head tell what came."""
    error = ask(raw).error(TransientProviderError)
    assert words in str(error)
    assert len(str(error)) < 500


def test_keep_alive_blanks_before_a_reply_are_no_fault() -> None:
    """Blank lines and comments before the JSON are accepted."""
    raw = b"\n\n: PROCESSING\n\n" + reply(200, chat()).partition(b"\r\n\r\n")[2]
    assert ask(reply(200, raw)).completion.text


def test_what_a_server_says_is_made_safe() -> None:
    """Escape sequences, line ends and key-like words of a server cannot reach the terminal."""
    hostile = "\x1b[31mred\r\nfake log line sk-abcdefghijklmnop \u202e" + "x" * 5000
    text = str(ask(reply(400, {"error": {"message": hostile}})).error(RefusedPromptError))
    assert "\x1b" not in text
    assert "\r" not in text
    assert "sk-abc" not in text
    assert "\u202e" not in text
    assert len(text) < 300
