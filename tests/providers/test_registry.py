"""Opening, reading and checking providers of every kind."""

import asyncio
import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping

import pytest

from destilation.core.job import AnyProviderSpec, MockSpec, Share
from destilation.errors import ConfigError, TransientProviderError
from destilation.providers.check import Check
from destilation.providers.registry import Registry, read
from destilation.providers.secret import Secret, secret_from
from tests.providers.asking import ENV, KEY, PROMPT, MakeSpec, ollama_spec, openai_spec, openrouter_spec
from tests.providers.scripted import ScriptedServer, chat, native, reply

SHARE = Share(provider="p", model="m")
MODELS = reply(200, {"object": "list", "data": [{"id": "vendor/alpha"}, {"id": "vendor/beta"}]})
TAGS = reply(200, {"models": [{"name": "tiny:latest"}, {"name": "qwen3:8b"}]})
CREDIT = reply(200, {"data": {"label": "sk-or-v1-abc", "limit": 10, "limit_remaining": 7.5, "usage": 2.5}})


def check(*scripts: bytes, make: MakeSpec, model: str | None) -> Check:
    """The check of a scripted server."""

    async def scenario() -> Check:
        async with ScriptedServer(*scripts) as server, Registry(ENV) as registry:
            return await registry.check(make(server.url), model)

    return asyncio.run(scenario())


def opened(spec: AnyProviderSpec, env: Mapping[str, str]) -> str:
    """The label of a provider opened in that environment."""

    async def scenario() -> str:
        async with Registry(env) as registry:
            return registry.open(spec, SHARE, "p/m").label

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "A_KEY is not set; set it with: export A_KEY="),
        ({"A_KEY": ""}, "A_KEY is empty"),
        ({"A_KEY": "  "}, "A_KEY is empty"),
        ({"A_KEY": "sk-secret\n"}, "in A_KEY holds a line end"),
        ({"A_KEY": "sk-\x1bsecret"}, "in A_KEY holds"),
        ({"A_KEY": "sk secret"}, "in A_KEY holds"),
        ({"A_KEY": "sk-s\u00e9cret"}, "in A_KEY holds"),
    ],
)
def test_a_key_that_is_missing_or_unfit(env: dict[str, str], words: str) -> None:
    """The message names the variable and how to set it, and never shows what is in it."""
    with pytest.raises(ConfigError) as caught:
        opened(openai_spec("http://127.0.0.1:1"), env)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_where_no_key_is_needed() -> None:
    """Local servers and the mock open without a key, and labels are as given."""
    for spec in (
        openai_spec("http://127.0.0.1:1", api_key_env=None),
        ollama_spec("http://127.0.0.1:1"),
        MockSpec(name="p"),
    ):
        assert opened(spec, {}) == "p/m"


def test_a_secret_shows_itself_to_nobody() -> None:
    """Printing, formatting, copying out and pickling a key give nothing away."""
    secret = secret_from(ENV, "A_KEY", "p")
    assert secret.reveal() == KEY
    assert {str(secret), repr(secret), f"{secret}", f"{secret!r:>5}", repr([secret])[1:-1], "%s" % secret} <= {
        "***",
        "  ***",
    }
    for leak in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(Secret("x"))
    with pytest.raises(TypeError):
        json.dumps(secret)


@pytest.mark.parametrize(
    ("dialect", "document"),
    [("openai", chat("hi")), ("openrouter", chat("hi")), ("ollama", native("hi"))],
)
def test_kept_bodies_are_read_by_dialect(dialect: str, document: object) -> None:
    """The ledger's bodies give their text again, each in its own dialect."""
    found = read(dialect, json.dumps(document).encode())
    assert (found.text, found.dialect) == ("hi", dialect)


def test_the_mocks_bodies_are_read_too() -> None:
    """What the mock answered reads back the same."""

    async def scenario() -> None:
        async with Registry({}) as registry:
            said = await registry.open(MockSpec(name="p"), SHARE, "p").complete(PROMPT)
        again = read(said.dialect, said.body)
        assert (again.text, again.model) == (said.text, said.model)

    asyncio.run(scenario())


def test_a_body_that_cannot_be_read() -> None:
    """A broken body is the same error as on the wire; an unknown dialect is named."""
    with pytest.raises(TransientProviderError):
        read("openai", b"{}")
    with pytest.raises(ValueError, match="unknown dialect 'x'; known: openai"):
        read("x", b"{}")


def test_the_mock_needs_no_http_client() -> None:
    """Importing the registry and opening the mock loads no HTTP client."""
    script = (
        "import sys; from destilation.providers.registry import Registry; "
        "from destilation.core.job import MockSpec, Share; "
        "r = Registry({}); s = Share(provider='p', model='m'); r.open(MockSpec(name='p'), s, 'p'); "
        "assert 'aiohttp' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("model", "ok", "last"),
    [
        ("vendor/alpha", True, "model 'vendor/alpha' found"),
        ("vendor/alfa", False, "did you mean 'vendor/alpha'?"),
        ("zzz", False, "model 'zzz' not found; offered: vendor/alpha, vendor/beta"),
        (None, True, "offered: vendor/alpha, vendor/beta"),
    ],
)
def test_checking_an_openai_server(model: str | None, ok: bool, last: str) -> None:
    """Reachable, key, model: one line each, and the latency."""
    found = check(MODELS, make=openai_spec, model=model)
    assert found.ok is ok
    assert found.lines[0].startswith("answers at 127.0.0.1:")
    assert found.lines[1] == "the key in A_KEY is accepted"
    assert last in found.lines[2]
    assert found.models == ("vendor/alpha", "vendor/beta")
    assert found.latency_s is not None
    assert 0 < found.latency_s < 2


def test_a_server_with_one_model_answers_to_any_name() -> None:
    """llama.cpp and its like take every name: another one is no fault."""
    found = check(reply(200, {"data": [{"id": "served"}]}), make=openai_spec, model="mine")
    assert found.ok
    assert "only 'served'" in found.lines[2]


def test_many_models_are_summed_up() -> None:
    """A long list is not printed whole."""
    found = check(reply(200, {"data": [{"id": f"m{n}"} for n in range(300)]}), make=openai_spec, model=None)
    assert found.lines[2] == "offered: m0, m1, m2, m3, m4 and 295 more"
    assert len(found.models) == 300


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (reply(401, {"error": {"message": "bad key"}}), "refused the key in A_KEY (401): bad key"),
        (reply(404, b"<html>"), "usually ends in /v1"),
        (reply(500, b""), "failed (500)"),
        (reply(200, b"<html>hello</html>"), "check base_url"),
        (reply(302, b"", location="https://elsewhere.example/"), "redirect to elsewhere.example"),
    ],
)
def test_a_check_that_fails_says_why(raw: bytes, words: str) -> None:
    """Each failure is told in clear lines, never raised."""
    found = check(raw, make=openai_spec, model="m")
    assert not found.ok
    assert any(words in line for line in found.lines)


def test_checking_without_a_key_or_a_network() -> None:
    """A missing key and a dead port are lines too."""

    async def scenario() -> tuple[Check, Check, Check]:
        async with Registry({}) as registry:
            dead = "http://127.0.0.1:9"
            return (
                await registry.check(openai_spec(dead), "m"),
                await registry.check(openai_spec(dead, api_key_env=None), "m"),
                await registry.check(ollama_spec(dead), "m"),
            )

    missing, dead, ollama = asyncio.run(scenario())
    assert "A_KEY is not set" in missing.lines[0]
    assert "cannot connect to 127.0.0.1:9" in dead.lines[0]
    assert "ollama serve" in ollama.lines[1]
    assert not (missing.ok or dead.ok or ollama.ok)


def test_checking_openrouter() -> None:
    """The key's credit is told, and a model counts with or without its variant."""
    found = check(CREDIT, MODELS, make=openrouter_spec, model="vendor/alpha:nitro")
    assert found.ok
    assert found.lines[2] == "credit left on the key: $7.50, $2.50 used"
    assert "found" in found.lines[3]
    assert "sk-or" not in " ".join(found.lines)


@pytest.mark.parametrize(
    ("data", "ok", "line"),
    [
        ({"limit_remaining": None, "usage": 1}, True, "the key has no limit of its own, $1.00 used"),
        ({"limit_remaining": 0}, False, "credit left on the key: $0.00"),
        (None, True, "the key has no limit of its own"),
    ],
)
def test_openrouter_credit(data: object, ok: bool, line: str) -> None:
    """A key without a limit is good, a spent one is not."""
    found = check(reply(200, {"data": data}), MODELS, make=openrouter_spec, model=None)
    assert (found.ok, found.lines[2]) == (ok, line)


def test_openrouter_with_a_bad_key_or_model() -> None:
    """A bad key and a misspelt model are told apart."""
    bad = check(reply(401, {"error": {"message": "No auth"}}), make=openrouter_spec, model=None)
    assert "refused the key in A_KEY" in bad.lines[0]
    misspelt = check(CREDIT, MODELS, make=openrouter_spec, model="vendor/betta")
    assert not misspelt.ok
    assert "did you mean 'vendor/beta'?" in misspelt.lines[3]


@pytest.mark.parametrize(
    ("model", "ok", "last"),
    [
        ("tiny", True, "model 'tiny' is installed"),
        ("tiny:latest", True, "model 'tiny:latest' is installed"),
        ("qwen3", False, "ollama pull qwen3"),
        (None, True, "installed: tiny:latest, qwen3:8b"),
    ],
)
def test_checking_ollama(model: str | None, ok: bool, last: str) -> None:
    """`:latest` is implied; a missing model is told with the command that gets it."""
    found = check(TAGS, make=ollama_spec, model=model)
    assert found.ok is ok
    assert last in found.lines[-1]


def test_an_ollama_without_models() -> None:
    """A server with nothing installed is of no use yet."""
    found = check(reply(200, {"models": []}), make=ollama_spec, model=None)
    assert (found.ok, found.lines[-1]) == (False, "no model is installed")


def test_checking_the_mock() -> None:
    """The mock is always there."""
    assert asyncio.run(Registry({}).check(MockSpec(name="p"), None)).ok


def test_limits_are_told() -> None:
    """What is configured and what the server says is left stand in the check; else that they will be found."""
    left = {
        "x_ratelimit_limit_requests": "60",
        "x_ratelimit_remaining_requests": "59",
        "x_ratelimit_reset_requests": "1s",
    }
    found = check(
        reply(200, {"data": [{"id": "served"}]}, **left),
        make=lambda url: openai_spec(url, rpm=60.0, tpm=1_000.0),
        model="served",
    )
    assert found.lines[-2:] == (
        "configured limits: 60 requests/min, 1000 tokens/min",
        "the server says: 59 requests left for 1 s of 60",
    )
    unknown = check(reply(200, {"data": [{"id": "served"}]}), make=openai_spec, model="served")
    assert unknown.lines[-1] == "limits: none told, so they are found while a job runs"
