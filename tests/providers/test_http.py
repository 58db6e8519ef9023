"""The network's faults over real sockets: each ends in one typed, one-line outcome before the deadline."""

import asyncio
import gzip
import socket
import time
from functools import partial

import pytest

from destilation.core.job import OpenAISpec, Share
from destilation.errors import TransientProviderError, UnusableProviderError
from destilation.providers.registry import Registry
from tests.providers.asking import ENV, KEY, PROMPT, ask, openai_spec
from tests.providers.scripted import CLOSE, RESET, Script, ScriptedServer, chat, reply

GOOD = reply(200, chat())
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ((CLOSE,), "closed the connection before it answered"),
        ((RESET,), "broke"),
        ((b"HTTP/1.1 200 OK\r\nContent-Ty", CLOSE), "closed the connection before it answered"),
        ((HEAD + b"Content-Length: 500\r\n\r\n" + b'{"id": 1,', CLOSE), "middle of its reply"),
        ((HEAD + b"Content-Length: 500\r\n\r\n" + b'{"id": 1,', RESET), "broke"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",), "valid HTTP"),
        ((HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n', CLOSE), "middle of its reply"),
        ((b"SSH-2.0-OpenSSH_9.2\r\n", CLOSE), "valid HTTP"),
        ((HEAD + b"X-Big: " + b"a" * 200_000 + b"\r\n\r\n{}",), "valid HTTP"),
        ((HEAD + b"Content-Length: nine\r\n\r\n{}",), "valid HTTP"),
        ((3.0,), "sent nothing for 1 s"),
        ((HEAD, 3.0), "sent nothing for 1 s"),
        ((HEAD + b"Content-Length: 500\r\n\r\n{", 3.0), "sent nothing for 1 s"),
    ],
)
def test_a_broken_exchange_is_transient(script: Script, words: str) -> None:
    """Connections that die, hang or speak no HTTP mean: ask again, and the message says what happened."""
    error = ask(script).error(TransientProviderError)
    assert words in str(error)
    assert str(error).startswith("far: ")
    assert not error.throttled


def test_a_drip_fed_body_meets_the_total_deadline() -> None:
    """A server that sends a byte now and then cannot hold a call longer than the total deadline."""
    drip: list[object] = [HEAD + b"Content-Length: 500\r\n\r\n"]
    for _ in range(40):
        drip += [b" ", 0.2]
    began = time.monotonic()
    error = ask(drip, make=partial(openai_spec, timeout_s=0.8)).error(TransientProviderError)
    assert "no complete reply" in str(error)
    assert time.monotonic() - began < 2


def test_a_dead_port_is_named() -> None:
    """Nothing listening is told with the host and the system's reason."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    error = ask(GOOD, make=lambda _: openai_spec(address)).error(TransientProviderError)
    assert f"cannot connect to {address.removeprefix('http://')}" in str(error)


def test_an_unknown_host_is_named() -> None:
    """A name that does not resolve is told as such."""
    error = ask(GOOD, make=lambda _: openai_spec("http://no-such-host.invalid")).error(TransientProviderError)
    assert "no-such-host.invalid" in str(error)


def test_plain_http_behind_https_is_told() -> None:
    """A TLS connection to a server without TLS fails with one line."""
    error = ask(
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", CLOSE), make=lambda url: openai_spec(url.replace("http:", "https:"))
    ).error(TransientProviderError)
    assert "far: " in str(error)


def test_an_endless_body_is_cut() -> None:
    """A body over 8 MiB is not read on, whatever its status."""
    endless = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"] + [b"100000\r\n" + b" " * 0x100000 + b"\r\n"] * 12
    assert "larger than 8 MiB" in str(ask(endless).error(TransientProviderError))


def test_a_compressed_body_is_not_unpacked() -> None:
    """A reply with any Content-Encoding is an error, so that no small reply can fill the memory."""
    packed = reply(200, gzip.compress(b"{}" * 1000), content_encoding="gzip")
    outcome = ask(packed)
    assert "compressed (gzip)" in str(outcome.error(TransientProviderError))
    assert outcome.server.requests[0].headers["accept-encoding"] == "identity"


def test_a_redirect_is_not_followed() -> None:
    """A redirect is final: the prompt and the key stay with the configured host."""

    async def scenario() -> None:
        async with ScriptedServer(GOOD) as other:
            outcome = await asyncio.to_thread(ask, reply(307, b"", location=f"{other.url}/v1/chat/completions"))
            error = outcome.error(UnusableProviderError)
            assert f"redirect to 127.0.0.1:{other.port}; set it to the final address" in str(error)
            assert other.requests == []

    asyncio.run(scenario())


def test_a_dead_kept_connection_is_replaced_at_once() -> None:
    """A connection that dies between two requests costs nothing: the second is sent again on a new one."""
    outcome = ask(GOOD, (CLOSE,), GOOD, times=2)
    assert outcome.completion.text
    assert [request.connection for request in outcome.server.requests] == [1, 1, 2]


@pytest.mark.parametrize(("late_s", "sent"), [(0.5, 3), (1.2, 2)])
def test_what_is_sent_again_has_the_time_that_is_left(late_s: float, sent: int) -> None:
    """The deadline is for both: for what is left, or not at all, where the first took all of it."""

    def make(url: str) -> OpenAISpec:
        return openai_spec(url, timeout_s=1.0, read_timeout_s=9.0)

    began = time.monotonic()
    outcome = ask(GOOD, (late_s, CLOSE), (9.0, GOOD), times=2, make=make)
    assert time.monotonic() - began < 1.45
    assert "no complete reply from" in str(outcome.error(TransientProviderError))
    assert len(outcome.server.requests) == sent


def test_of_a_header_that_comes_twice_the_last_counts() -> None:
    """A proxy in between adds its own, and is the one that is asked again."""
    twice = b"HTTP/1.1 429 No\r\nRetry-After: 1\r\nRetry-After: 30\r\nContent-Length: 2\r\n\r\n{}"
    assert ask(twice).error(TransientProviderError).retry_after == 30.0


def test_a_new_connection_that_dies_is_not_replaced() -> None:
    """Only kept connections are retried in the client; all else is the engine's to decide."""
    outcome = ask((CLOSE,), GOOD)
    outcome.error(TransientProviderError)
    assert len(outcome.server.requests) == 1


def test_a_kept_connection_that_dies_in_the_answer_is_not_replaced() -> None:
    """Once the server has begun to answer, the request was worked on and is not silently sent twice."""
    outcome = ask(GOOD, (b"HTTP/1.1 200 OK\r\nContent-Ty", CLOSE), GOOD, times=2)
    outcome.error(TransientProviderError)
    assert len(outcome.server.requests) == 2


def test_connections_are_kept() -> None:
    """Requests in a row share one connection."""
    outcome = ask(GOOD, times=3)
    assert {request.connection for request in outcome.server.requests} == {1}


def test_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy, certificate and netrc variables of the environment change nothing."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", "/nonexistent")
    assert ask(GOOD).completion.text


def test_a_configured_proxy_is_used() -> None:
    """With `proxy` set the request goes to the proxy, with the whole address in its first line."""
    outcome = ask(GOOD, make=lambda url: openai_spec("http://models.invalid", proxy=url))
    assert outcome.completion.text
    assert outcome.server.requests[0].path == "http://models.invalid/v1/chat/completions"


def test_an_unreadable_ca_file_is_final() -> None:
    """A certificate file that is not there is told before anything is sent."""
    outcome = ask(GOOD, make=lambda url: openai_spec("https://127.0.0.1:1", ca_file="/no/such.pem"))
    assert "cannot use ca_file /no/such.pem" in str(outcome.error(UnusableProviderError))


def test_cookies_are_not_kept() -> None:
    """A cookie set by one reply is not sent with the next request."""
    outcome = ask(reply(200, chat(), set_cookie="a=b"), times=2)
    assert "cookie" not in outcome.server.requests[1].headers


def test_the_key_goes_into_one_header_only() -> None:
    """The key is in Authorization and nowhere else, and a server that echoes it cannot make us print it."""
    outcome = ask(reply(400, {"error": {"message": f"bad header Bearer {KEY} and {KEY}"}}))
    request = outcome.server.requests[0]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in request.body
    assert KEY not in str(outcome.results[0])
    assert "***" in str(outcome.results[0])


def test_many_requests_at_once() -> None:
    """The pool sets no limit of its own: 50 requests are in flight together."""

    async def scenario() -> None:
        async with ScriptedServer((0.3, GOOD)) as server, Registry(ENV) as registry:
            provider = registry.open(openai_spec(server.url), Share(provider="far", model="m"), "far")
            began = time.monotonic()
            await asyncio.gather(*(provider.complete(PROMPT) for _ in range(50)))
            assert time.monotonic() - began < 2
            assert len({request.connection for request in server.requests}) == 50

    asyncio.run(scenario())
