"""The one list of providers: how each kind is opened, checked and read. Knows no dialect itself.

A new provider is one file and one line here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace

from destilation.core import bundle
from destilation.core.concessions import Concessions
from destilation.core.job import AnyProviderSpec, EmbeddingShare, MockSpec, OllamaSpec, Price, RemoteSpec, Share
from destilation.core.ladder import Ladder
from destilation.core.provider import Completion, Provider
from destilation.errors import ConfigError
from destilation.providers import embedding, mock, ollama, ollama_reply, openai, openai_reply, openrouter
from destilation.providers.check import Check, fetch, listed_price
from destilation.providers.remote import Dialect, Memory, RemoteProvider
from destilation.providers.secret import secret_from
from destilation.providers.transport import Peer, Transport

MOST_CHECK_S = 15.0


class _Kind(Struct, frozen=True):
    """A kind of remote provider: its dialect for an entry of the mix, and its check."""

    dialect: Callable[[Any, Share], Dialect]
    embedding: Callable[[Any, Share], Dialect]
    check: Callable[[Transport, Peer, str | None], Awaitable[Check]]


_KINDS: Mapping[str, _Kind] = {
    "openai": _Kind(openai.OpenAI, embedding.OpenAIEmbedding, openai.check),
    "openrouter": _Kind(openrouter.OpenRouter, embedding.OpenRouterEmbedding, openrouter.check),
    "ollama": _Kind(ollama.Ollama, embedding.OllamaEmbedding, ollama.check),
}
_READERS: Mapping[str, Callable[[bytes], Completion]] = {
    "openai": openai_reply.read,
    "openrouter": lambda body: openai_reply.read(body, "openrouter"),
    "ollama": ollama_reply.read,
    "mock": mock.read,
    "embedding": embedding.read,
    bundle.DIALECT: bundle.read,
    "sample": lambda body: Completion(text=body.decode(), dialect="sample", body=body, model="unknown"),
}


def read(dialect: str, body: bytes) -> Completion:
    """The completion in a reply's body, as it was when the reply came; mode and estimates are not in it.

    Raises TransientProviderError where the body holds no completion, ValueError for an unknown dialect.
    """
    if dialect not in _READERS:
        raise ValueError(f"unknown dialect '{dialect}'; known: {', '.join(_READERS)}")
    return _READERS[dialect](body)


class Registry:
    """Opens providers over one pool of connections, which ends with the `async with` block.

    `env` is where keys are looked up, `resend` is as in Http. Entries of a mix that ask the same model of the
    same server share what is learnt about it.
    """

    def __init__(self, env: Mapping[str, str], *, resend: bool = True) -> None:
        self._env = env
        self._resend = resend
        self._http: Transport | None = None
        self._close: Callable[[], Awaitable[None]] | None = None
        self._memories: dict[tuple[str, str], Memory] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._close is not None:
            await self._close()

    def open(self, spec: AnyProviderSpec, share: Share, label: str) -> Provider:
        """A provider for one entry of the mix. Raises ConfigError when its key is missing; sends nothing."""
        embeds = isinstance(share, EmbeddingShare)
        if isinstance(spec, MockSpec):
            if embeds:
                return mock.MockEmbedder(spec, label, share.model, sleep=asyncio.sleep)
            return mock.MockProvider(spec, label, sleep=asyncio.sleep)
        memory = self._memories.setdefault((spec.base_url, share.model), _fresh_memory())
        kind = _kind(spec)
        dialect = (kind.embedding if embeds else kind.dialect)(spec, share)
        return RemoteProvider(self._transport(), self._peer(spec), share, label, dialect, memory)

    async def check(self, spec: AnyProviderSpec, model: str | None) -> Check:
        """Whether the provider can be used, told in lines within 15 s; what is wrong with it is no exception."""
        if isinstance(spec, MockSpec):
            return Check(ok=True, lines=("built in: answers offline, nothing to reach",), latency_s=0.0)
        try:
            peer = self._peer(replace(spec, timeout_s=min(spec.timeout_s, MOST_CHECK_S)))
        except ConfigError as error:
            return Check(ok=False, lines=(str(error),))
        return await _kind(spec).check(self._transport(), peer, model)

    async def price(self, spec: AnyProviderSpec, model: str) -> Price | None:
        """What the server lists as the model's price; None where it lists none. Raises ProviderError."""
        if isinstance(spec, MockSpec | OllamaSpec):
            return None
        page = await fetch(self._transport(), self._peer(spec), "/models", model)
        return listed_price(page.document, model)

    def _peer(self, spec: RemoteSpec) -> Peer:
        variable = spec.api_key_env
        return Peer(spec=spec, key=None if variable is None else secret_from(self._env, variable, spec.name))

    def _transport(self) -> Transport:
        if self._http is None:
            # aiohttp takes a seventh of a second to import, which runs on the mock need not pay.
            from destilation.providers.http import Http

            http = Http(resend=self._resend)
            self._http, self._close = http, http.close
        return self._http


def _fresh_memory() -> Memory:
    return Memory(Ladder(), Ladder(wants_reasoning=True), Concessions())


def _kind(spec: RemoteSpec) -> _Kind:
    return _KINDS[str(spec.__struct_config__.tag)]
