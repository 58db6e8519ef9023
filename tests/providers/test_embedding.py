"""Vectors of texts over HTTP in each dialect: what is asked, what a reply becomes, and what is none."""

import asyncio
import base64
import json
import struct
from typing import Any

import pytest
from msgspec.structs import replace

from destilation.checks.embedding import ASKED
from destilation.core.job import EmbeddingShare, MockSpec
from destilation.core.provider import Completion, Usage
from destilation.core.task import Task
from destilation.errors import ProviderError, TransientProviderError
from destilation.mockserver.server import MockServer
from destilation.providers.embedding import read
from destilation.providers.mock.embedder import vector_of
from destilation.providers.registry import Registry
from destilation.providers.registry import read as read_again
from tests.mockserver.running import ENV, KEY, scenario
from tests.providers.asking import MakeSpec, ollama_spec, openai_spec, openrouter_spec

PROMPT = ASKED.prompt(Task(1, "physics").with_given({"text": "Why is the sky blue?"}), seed=7)
SHARE = EmbeddingShare(provider="far", model="mock-small", max_tokens=1)


async def asked(make: MakeSpec, **more: Any) -> tuple[Completion | ProviderError, dict[str, Any]]:
    """What the mock server's answer becomes, and its ledger."""
    async with MockServer(scenario(**more)) as server, Registry({"A_KEY": KEY, **ENV}) as registry:
        spec = make(server.address)
        if spec.api_key_env is None:
            spec = ollama_spec(server.address, api_key_env="A_KEY")
        try:
            return await registry.open(spec, SHARE, "far").complete(PROMPT), server.ledger.summary()
        except ProviderError as error:
            return error, server.ledger.summary()


@pytest.mark.parametrize("make", [openai_spec, openrouter_spec, ollama_spec])
def test_every_dialect(make: MakeSpec) -> None:
    """The same vector comes from each; its tokens and cost are counted, and the ledger's body is read to the same."""
    found, ledger = asyncio.run(asked(make, price={"input_per_mtok": 2.0, "output_per_mtok": 0.0}))
    assert isinstance(found, Completion)
    vector = json.loads(found.text)["vector"]
    assert vector == pytest.approx(vector_of("Why is the sky blue?"), abs=1e-6)
    assert (found.usage.tokens_in, found.usage.tokens_out, found.model) == (6, 0, "mock-small")
    assert ledger["usd"] == pytest.approx(12e-6)
    assert read_again(found.dialect, found.body).text == found.text


@pytest.mark.parametrize(
    ("make", "more", "wanted"),
    [
        (openai_spec, {"faults": {"503": 1.0}}, "503"),
        (openai_spec, {"models": ["other"]}, "not found"),
        (ollama_spec, {"models": ["other"]}, "ollama pull mock-small"),
        (openrouter_spec, {"key": "sk-another"}, "key"),
    ],
)
def test_refusals_are_told(make: MakeSpec, more: dict[str, Any], wanted: str) -> None:
    """As for any request: the status is understood, and the message says what to do."""
    error, _ = asyncio.run(asked(make, **more))
    assert isinstance(error, ProviderError)
    assert wanted in f"{error.status} {error}"


def test_numbers_in_either_form() -> None:
    """A list of numbers and base64 are the same vector; a reply without counts is marked as estimated."""
    packed = base64.b64encode(struct.pack("<2f", 0.5, -2.0)).decode()
    for vector in ([0.5, -2.0], packed):
        found = read(json.dumps({"data": [{"embedding": vector}]}).encode())
        assert json.loads(found.text) == {"vector": [0.5, -2.0]}
        assert found.usage == Usage(estimated=True)


@pytest.mark.parametrize(
    "document",
    [[], {}, {"data": []}, {"data": [{"embedding": "*"}]}, {"data": [{"embedding": "YQ=="}]}, {"embeddings": [["x"]]},
     {"embeddings": "no"}, {"data": [{}]}, {"error": {"message": "no"}}],
)  # fmt: skip
def test_what_is_no_vector(document: object) -> None:
    """Another shape is a fault of the server, to be asked again."""
    with pytest.raises(TransientProviderError):
        read(json.dumps(document).encode())


def test_the_mock_embeds() -> None:
    """Texts that share words are near each other; it fails as often as it is told to, and names its model."""

    async def ask(failing: float) -> list[Completion | ProviderError]:
        async with Registry({}) as registry:
            provider = registry.open(MockSpec(name="m", failing=failing), SHARE, "m")
            assert provider.sure(PROMPT)
            assert provider.way.rung == "json_schema"
            results: list[Completion | ProviderError] = []
            for seed in range(20):
                try:
                    results.append(await provider.complete(replace(PROMPT, seed=seed)))
                except ProviderError as error:
                    results.append(error)
            return results

    results = asyncio.run(ask(0.5))
    assert 0 < sum(isinstance(each, TransientProviderError) for each in results) < 20
    assert {each.model for each in results if isinstance(each, Completion)} == {"mock-small"}

    def cosine(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(vector_of(one), vector_of(other), strict=True))

    words = "light is scattered by small particles in the air above us"
    assert cosine(words, words + " today") > 0.9
    assert cosine(words, "completely unrelated question on heat pumps") < 0.5
    assert vector_of("") == vector_of("")
