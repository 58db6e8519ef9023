"""What the user asked for: a Job, its Mix of Shares, and the providers it may ask. Knows no file format."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Durability = Literal["group", "each", "none"]
Think = bool | Literal["low", "medium", "high", "max"]


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens, for providers that do not report what a reply cost."""

    input_per_mtok: float = 0.0
    output_per_mtok: float = 0.0

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for that many tokens."""
        return (tokens_in * self.input_per_mtok + tokens_out * self.output_per_mtok) / 1_000_000


class ProviderSpec(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A model backend as configured; one subclass a kind. Times in seconds, rates per minute.

    `api_key_env` names an environment variable: the key itself is never part of a specification.
    """

    name: str
    api_key_env: str | None = None
    max_concurrency: int | None = None
    rpm: float | None = None
    tpm: float | None = None
    price: Price | None = None


class RemoteSpec(ProviderSpec, frozen=True, kw_only=True):
    """What all providers behind HTTP have in common."""

    base_url: str
    timeout_s: float = 300.0
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 120.0
    allow_http: bool = False
    ca_file: str | None = None
    proxy: str | None = None


class OpenAISpec(RemoteSpec, frozen=True, kw_only=True, tag="openai"):
    """Any server that speaks OpenAI's chat completions; `base_url` ends before `/chat/completions`."""


class OpenRouterSpec(RemoteSpec, frozen=True, kw_only=True, tag="openrouter"):
    """OpenRouter. `enforce_distillable_text` keeps to models whose authors permit distillation."""

    base_url: str = "https://openrouter.ai/api/v1"
    api_key_env: str | None = "OPENROUTER_API_KEY"
    enforce_distillable_text: bool = True


class OllamaSpec(RemoteSpec, frozen=True, kw_only=True, tag="ollama"):
    """A local Ollama. `num_ctx` is the context in tokens, the same in every request of a run."""

    base_url: str = "http://127.0.0.1:11434"
    timeout_s: float = 900.0
    read_timeout_s: float = 600.0
    num_ctx: int = 8192
    keep_alive: str = "10m"
    think: Think = False


class MockSpec(ProviderSpec, frozen=True, kw_only=True, tag="mock"):
    """The built-in double: offline, deterministic by seed, as bad as it is told to be.

    The shares (0 to 1) say how many replies are invalid, repeat an earlier answer, repeat it with small
    changes, fail, or are refused for rate. `answers` bounds how many different things it can say; 0: no end.
    """

    latency_s: float = 0.0
    invalid: float = 0.0
    duplicate: float = 0.0
    near_duplicate: float = 0.0
    failing: float = 0.0
    rate_limited: float = 0.0
    answers: int = 0


AnyProviderSpec = OpenAISpec | OpenRouterSpec | OllamaSpec | MockSpec


Stage = Literal["first", "retry"]


class Share(Struct, frozen=True, kw_only=True):
    """One entry of the mix: a provider, one of its models, its weight, and how to ask it.

    `share` is a weight relative to the others, counted in accepted samples; `max_tokens` bounds one answer.
    `stage` keeps it to first attempts or to retries (None: both), `templates` to jobs of those templates
    (empty: all); `price` is the model's, where the provider's is another.
    """

    provider: str
    model: str
    share: float = 1.0
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 4096
    extra: Mapping[str, object] = {}
    stage: Stage | None = None
    templates: tuple[str, ...] = ()
    price: Price | None = None

    @property
    def label(self) -> str:
        """How events and tables name this entry: `provider/model`."""
        return f"{self.provider}/{self.model}"


class Dedup(Struct, frozen=True, kw_only=True):
    """Duplicates: exact always; near from `threshold` (Jaccard, 0.5 to 1) on `fields` (None: the template's)."""

    fields: tuple[str, ...] | None = None
    threshold: float = 0.85


class Checks(Struct, frozen=True, kw_only=True):
    """Checks beside the template's own: lengths in characters by field, and whether refusals are refused."""

    min_chars: Mapping[str, int] = {}
    max_chars: Mapping[str, int] = {}
    refusals: bool = True


class Job(Struct, frozen=True, kw_only=True):
    """One campaign: `target` samples of `template` about `domain`, asked of `mix`.

    `concurrency` is the number of requests in flight, None for the default; `patience` is the number of
    tasks in a row that may bring almost nothing before the job stops short, None for the default. The caps
    (US dollars, tokens, requests, each of all runs; seconds of one run) stop it early; None: no cap.
    """

    name: str
    domain: str
    target: int
    template: str
    mix: tuple[Share, ...]
    out: str = "./datasets"
    seed: int = 1
    max_attempts: int = 3
    concurrency: int | None = None
    patience: int | None = None
    budget_usd: float | None = None
    max_tokens: int | None = None
    max_requests: int | None = None
    max_time: float | None = None
    durability: Durability = "group"
    shutdown_grace_s: float = 30.0
    dedup: Dedup = Dedup()
    checks: Checks = Checks()
