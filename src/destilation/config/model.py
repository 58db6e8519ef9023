"""The shape of config.toml: which keys there are, of which type, within which bounds. Knows no file.

What is checked here is each value by itself; what needs several of them together is in `build.py`.
"""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MOST_DOMAIN = 2_000
OURS = ("model", "messages", "stream", "response_format", "format", "options", "max_tokens", "seed", "n")


def _wrong(text: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{text}", {"text": text})


def _job_name(name: str) -> str:
    if not NAME.fullmatch(name) or ".." in name or name.endswith(".") or DEVICES.fullmatch(name):
        raise _wrong("must be 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit, and no reserved name")
    return name


def _domain(text: str) -> str:
    if not text.strip():
        raise _wrong("must not be empty")
    if len(text) > MOST_DOMAIN:
        raise _wrong(f"has {len(text):,} characters, at most {MOST_DOMAIN:,} are allowed")
    if _CONTROL.search(text):
        raise _wrong("must be one line without control characters")
    return text


def _concurrency(value: Any) -> int | None:
    if value == "auto":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000:
        raise _wrong('must be "auto" or an integer from 1 to 10,000')
    return value


def _env_name(name: str) -> str:
    if not ENV_NAME.fullmatch(name):
        raise _wrong("must be the name of an environment variable, not a key")
    return name


def _think(value: Any) -> Any:
    if value not in (True, False, "low", "medium", "high", "max"):
        raise _wrong('must be true, false, "low", "medium", "high" or "max"')
    return value


def _extra(table: dict[str, Any]) -> dict[str, Any]:
    for key in table:
        if key in OURS:
            raise _wrong(f"must not set {key}: Destilation sets it itself")
    return table


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("is not a URL with a valid port") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong("must begin with https:// (or http:// for this machine) and name a host")
    if not url.isascii() or _CONTROL.search(url) or " " in url or port == 0:
        raise _wrong("must be plain ASCII without spaces")
    if parts.username or parts.password:
        raise _wrong("must hold no user or password; keys come from the variable named by api_key_env")
    if parts.query or parts.fragment:
        raise _wrong("must end before any ? or #; keys come from the variable named by api_key_env")
    return url.rstrip("/")


_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}


def _span(value: Any) -> float:
    """Seconds: a number, or text such as "90s", "30m", "6h", "1h30m"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and re.fullmatch(r"(?:\d+(?:\.\d+)?[dhms])+", value):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([dhms])", value))
    else:
        raise _wrong('must be seconds, or a time such as "90s", "30m", "6h", "1h30m"')
    if not 1 <= seconds <= 366 * 86_400:
        raise _wrong("must be from one second to a year")
    return seconds


Number = Annotated[float, Field(allow_inf_nan=False)]
Portion = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
EnvName = Annotated[str, AfterValidator(_env_name)]


class Table(BaseModel):
    """A table of the file: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)


class PriceTable(Table):
    """US dollars per million tokens."""

    input_per_mtok: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    output_per_mtok: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class ShareTable(Table):
    """An entry of `job.mix`."""

    provider: str
    model: str | None = None
    share: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    temperature: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000)] = 4096
    extra: Annotated[dict[str, Any], AfterValidator(_extra)] = {}
    stage: Literal["first", "retry"] | None = None
    templates: list[str] = []
    price: PriceTable | None = None


class DedupTable(Table):
    """`[job.dedup]`."""

    fields: list[str] | None = None
    threshold: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.85


class ChecksTable(Table):
    """`[job.checks]`."""

    min_chars: dict[str, Annotated[int, Field(ge=0)]] = {}
    max_chars: dict[str, Annotated[int, Field(ge=1)]] = {}
    refusals: bool = True


class JobTable(Table):
    """`[job]`."""

    name: Annotated[str, AfterValidator(_job_name)] | None = None
    domain: Annotated[str, AfterValidator(_domain)] | None = None
    target: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    template: str | None = None
    out: Annotated[str, Field(min_length=1)] = "./datasets"
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    concurrency: Annotated[int | None, BeforeValidator(_concurrency)] = None
    patience: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    budget_usd: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10**15)] | None = None
    max_requests: Annotated[int, Field(ge=1, le=10**12)] | None = None
    max_time: Annotated[float | None, BeforeValidator(_span)] = None
    durability: Literal["group", "each", "none"] = "group"
    shutdown_grace_s: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 30.0
    mix: Annotated[list[ShareTable], Field(min_length=1)] | None = None
    dedup: DedupTable = DedupTable()
    checks: ChecksTable = ChecksTable()


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
    think: Annotated[Any, BeforeValidator(_think)] = False


class MockTable(ProviderTable):
    """kind = "mock"."""

    latency_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 0.0
    invalid: Portion = 0.0
    duplicate: Portion = 0.0
    near_duplicate: Portion = 0.0
    failing: Portion = 0.0
    rate_limited: Portion = 0.0
    answers: Annotated[int, Field(ge=0)] = 0


KINDS: dict[str, type[ProviderTable]] = {
    "openai": OpenAITable,
    "openrouter": OpenRouterTable,
    "ollama": OllamaTable,
    "mock": MockTable,
}


class FieldTable(Table):
    """An entry of a template's `schema`."""

    name: str
    type: str = "string"
    description: str = ""
    required: bool = True
    enum: list[str | int | float] | None = None
    items: str | dict[str, Any] | None = None
    fields: list[dict[str, Any]] | None = None
    min: Number | None = None
    max: Number | None = None
    format: Literal["text", "code", "reasoning", "tool_call"] = "text"


class TemplateTable(Table):
    """An entry of `[[templates]]`."""

    id: str
    description: str = ""
    fields_: Annotated[list[dict[str, Any]], Field(alias="schema")]
    system_prompt: str = ""
    user_prompt_pattern: str
    dedup_fields: list[str] = []


class File(Table):
    """The whole file; the tables below are checked one by one."""

    version: Literal[1] = 1
    job: dict[str, Any] = {}
    providers: dict[str, dict[str, Any]] = {}
    templates: Annotated[list[dict[str, Any]], Field(max_length=1_000)] = []
