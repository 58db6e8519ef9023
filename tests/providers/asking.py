"""One call through the registry to a scripted server, and what became of it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from destilation.core.catalogue import BUILTIN
from destilation.core.job import AnyProviderSpec, OllamaSpec, OpenAISpec, OpenRouterSpec, Share
from destilation.core.provider import Completion, Prompt
from destilation.core.task import Task
from destilation.errors import ProviderError
from destilation.providers.registry import Registry
from tests.providers.scripted import Script, ScriptedServer

KEY = "sk-canary-0123456789abcdef"
ENV = {"A_KEY": KEY}
PROMPT: Prompt = BUILTIN[0].prompt(Task(1, "physics"), seed=7)
assert PROMPT.shape is not None
SCHEMA = PROMPT.shape.schema
QUICK: Mapping[str, Any] = {"timeout_s": 2.0, "connect_timeout_s": 1.0, "read_timeout_s": 1.0}

E = TypeVar("E", bound=ProviderError)
MakeSpec = Callable[[str], AnyProviderSpec]


def openai_spec(url: str, **more: Any) -> OpenAISpec:
    """A server of OpenAI's dialect at the address, with a key."""
    return OpenAISpec(**{"name": "far", "base_url": f"{url}/v1", "api_key_env": "A_KEY", **QUICK, **more})


def openrouter_spec(url: str, **more: Any) -> OpenRouterSpec:
    """OpenRouter at the address."""
    return OpenRouterSpec(**{"name": "router", "base_url": f"{url}/api/v1", "api_key_env": "A_KEY", **QUICK, **more})


def ollama_spec(url: str, **more: Any) -> OllamaSpec:
    """Ollama at the address."""
    return OllamaSpec(**{"name": "local", "base_url": url, **QUICK, **more})


def ask(*scripts: Script | bytes, make: MakeSpec = openai_spec, times: int = 1, **share: Any) -> "Outcome":
    """Ask a server with these scripts, `times` in a row over one pool; what came of each."""
    return asyncio.run(_ask(scripts, make, times, share))


async def _ask(scripts: tuple[Script | bytes, ...], make: MakeSpec, times: int, more: dict[str, Any]) -> "Outcome":
    async with ScriptedServer(*scripts) as server, Registry(ENV) as registry:
        spec = make(server.url)
        share = Share(**({"provider": spec.name, "model": "asked-model"} | more))
        provider = registry.open(spec, share, share.label)
        results: list[Completion | ProviderError] = []
        for _ in range(times):
            try:
                results.append(await provider.complete(PROMPT))
            except ProviderError as error:
                results.append(error)
        return Outcome(results, server)


class Outcome:
    """The results in order, and the server that was asked."""

    def __init__(self, results: list[Completion | ProviderError], server: ScriptedServer) -> None:
        self.results = results
        self.server = server

    @property
    def completion(self) -> Completion:
        """The last result, which must be a completion."""
        last = self.results[-1]
        assert isinstance(last, Completion), last
        return last

    def error(self, kind: type[E]) -> E:
        """The last result, which must be an error of exactly that kind."""
        last = self.results[-1]
        assert type(last) is kind, repr(last)
        assert KEY not in str(last)
        assert "\n" not in str(last)
        return last
