"""The shape of `[providers]`: which keys each kind has, of which type, within which bounds. Knows no file."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from destilation.config.model import CONTROL, PriceTable, Table, wrong

ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def _env_name(name: str) -> str:
    if not ENV_NAME.fullmatch(name):
        raise wrong("must be the name of an environment variable, not a key")
    return name


def _think(value: Any) -> Any:
    if value not in (None, True, False, "low", "medium", "high", "max"):
        raise wrong('must be true, false, "low", "medium", "high" or "max"')
    return value


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong("is not a URL with a valid port") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise wrong("must begin with https:// (or http:// for this machine) and name a host")
    if not url.isascii() or CONTROL.search(url) or " " in url or port == 0:
        raise wrong("must be plain ASCII without spaces")
    if parts.username or parts.password:
        raise wrong("must hold no user or password; keys come from the variable named by api_key_env")
    if parts.query or parts.fragment:
        raise wrong("must end before any ? or #; keys come from the variable named by api_key_env")
    return url.rstrip("/")


Portion = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
EnvName = Annotated[str, AfterValidator(_env_name)]


class ProviderTable(Table):
    """What every kind of provider knows."""

    kind: str | None = None
    model: str | None = None
    api_key_env: EnvName | None = None
    max_concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    rpm: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)] | None = None
    tpm: Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)] | None = None
    price: PriceTable | None = None


class RemoteTable(ProviderTable):
    """What every provider behind HTTP knows."""

    base_url: Annotated[str, AfterValidator(_url)] | None = None
    timeout_s: Seconds | None = None
    connect_timeout_s: Seconds | None = None
    read_timeout_s: Seconds | None = None
    allow_http: bool = False
    ca_file: str | None = None
    proxy: Annotated[str, AfterValidator(_url)] | None = None


class OpenAITable(RemoteTable):
    """kind = "openai"."""


class OpenRouterTable(RemoteTable):
    """kind = "openrouter"."""

    enforce_distillable_text: bool = True


class OllamaTable(RemoteTable):
    """kind = "ollama"."""

    num_ctx: Annotated[int, Field(ge=128, le=10_000_000)] = 8192
    keep_alive: str = "10m"
    think: Annotated[Any, BeforeValidator(_think)] = None


class MockTable(ProviderTable):
    """kind = "mock"."""

    latency_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 0.0
    invalid: Portion = 0.0
    duplicate: Portion = 0.0
    near_duplicate: Portion = 0.0
    failing: Portion = 0.0
    rate_limited: Portion = 0.0
    answers: Annotated[int, Field(ge=0)] = 0
    reasoning: bool = False


KINDS: dict[str, type[ProviderTable]] = {
    "openai": OpenAITable,
    "openrouter": OpenRouterTable,
    "ollama": OllamaTable,
    "mock": MockTable,
}
