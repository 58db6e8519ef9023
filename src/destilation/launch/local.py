"""Which models there are on this machine already: what a local Ollama tells. Asks nobody else."""

from collections.abc import Mapping

from msgspec import Struct

from destilation.core.job import OllamaSpec
from destilation.launch.limits import is_loopback
from destilation.providers.registry import Registry

MOST_S = 1.0


class LocalModels(Struct, frozen=True):
    """The address of an Ollama that answered, and its models that can write, in its order."""

    base_url: str
    models: tuple[str, ...]


async def local_models(env: Mapping[str, str]) -> LocalModels | None:
    """What is at Ollama's address, or at that of OLLAMA_HOST on this machine; None for nothing within a second."""
    spec = OllamaSpec(
        name="ollama", base_url=_address(env), timeout_s=MOST_S, connect_timeout_s=MOST_S, read_timeout_s=MOST_S
    )
    async with Registry(env) as registry:
        found = await registry.check(spec, None)
    models = tuple(name for name in found.models if "embed" not in name)
    return LocalModels(spec.base_url, models) if models else None


def _address(env: Mapping[str, str]) -> str:
    host = env.get("OLLAMA_HOST", "").strip().rstrip("/")
    url = host if "://" in host else f"http://{host}"
    return url if host and is_loopback(url) else OllamaSpec(name="ollama").base_url
