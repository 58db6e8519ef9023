"""What the user asked for: a Job, its Mix of Shares, and the providers it may ask. Knows no file format."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Durability = Literal["group", "each", "none"]
Think = bool | Literal["low", "medium", "high", "max"]
Reasoning = Literal["auto", "native", "json"]
SeedMode = Literal["answer", "variations", "evolve", "ground"]


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
    """A local Ollama. `num_ctx` is the context in tokens, the same in every request of a run.

    `think` is whether a model thinks before it answers, and how much; None: where the job wants its reasoning.
    """

    base_url: str = "http://127.0.0.1:11434"
    timeout_s: float = 900.0
    read_timeout_s: float = 600.0
    num_ctx: int = 8192
    keep_alive: str = "10m"
    think: Think | None = None


class MockSpec(ProviderSpec, frozen=True, kw_only=True, tag="mock"):
    """The built-in double: offline, deterministic by seed, as bad as it is told to be.

    The shares (0 to 1) say how many replies are invalid, repeat an earlier answer, repeat it with small
    changes, fail, or are refused for rate. `answers` bounds how many different things it can say; 0: no end.
    With `reasoning` it shows a trace of its own.
    """

    latency_s: float = 0.0
    invalid: float = 0.0
    duplicate: float = 0.0
    near_duplicate: float = 0.0
    failing: float = 0.0
    rate_limited: float = 0.0
    answers: int = 0
    reasoning: bool = False


AnyProviderSpec = OpenAISpec | OpenRouterSpec | OllamaSpec | MockSpec


Attempts = Literal["first", "retry"]


class Share(Struct, frozen=True, kw_only=True):
    """One entry of the mix: a provider, one of its models, its weight, and how to ask it.

    `share` is a weight relative to the others, counted in accepted samples; `max_tokens` bounds one answer.
    `attempts` keeps it to first attempts or to retries (None: both), `templates` to jobs of those templates
    (empty: all); `price` is the model's, where the provider's is another.
    """

    provider: str
    model: str
    share: float = 1.0
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 4096
    extra: Mapping[str, object] = {}
    attempts: Attempts | None = None
    templates: tuple[str, ...] = ()
    price: Price | None = None

    @property
    def label(self) -> str:
        """How events and tables name this entry: `provider/model`."""
        return f"{self.provider}/{self.model}"


class EmbeddingShare(Share, frozen=True, kw_only=True):
    """A model that makes vectors of texts: it is asked for nothing else."""


class Embeddings(Struct, frozen=True, kw_only=True):
    """Whose vectors tell samples that mean the same: from a cosine of `threshold` (0.5 to 1), and what they cost."""

    provider: str
    model: str
    threshold: float = 0.95
    price: Price | None = None

    @property
    def share(self) -> EmbeddingShare:
        """Whom to ask: nothing comes back but the vector."""
        return EmbeddingShare(provider=self.provider, model=self.model, max_tokens=1, price=self.price)


class Dedup(Struct, frozen=True, kw_only=True):
    """Duplicates: exact always; near from `threshold` (Jaccard, 0.5 to 1) on `fields` (None: the template's).

    With `embeddings` samples that mean the same in other words are told too.
    """

    fields: tuple[str, ...] | None = None
    threshold: float = 0.85
    embeddings: Embeddings | None = None


class Exclude(Struct, frozen=True, kw_only=True):
    """What must not be produced again: `files` (absolute paths of files, or of dataset folders) and which columns.

    `fields` are the columns to read (empty: those by which duplicates are told, where they are there, else all);
    `ngram` is how many words in a row of one of them contaminate a sample.
    """

    files: tuple[str, ...]
    fields: tuple[str, ...] = ()
    ngram: int = 13


class PlugIn(Struct, frozen=True):
    """A check of the user's own: `module:function` or the name of an entry point, and the keyword arguments it gets."""

    use: str
    options: Mapping[str, object] = {}


class Checks(Struct, frozen=True, kw_only=True):
    """Checks beside the template's own.

    Lengths in characters by field; whether refusals are refused, code and other notations parsed, code run in a
    sandbox, calculations done again; `grounding` names the seed that what is said must be found in; `plugins` are
    the user's own.
    """

    min_chars: Mapping[str, int] = {}
    max_chars: Mapping[str, int] = {}
    refusals: bool = True
    syntax: bool = True
    execution: Literal["off", "sandbox"] = "off"
    arithmetic: bool = False
    grounding: str | None = None
    plugins: tuple[PlugIn, ...] = ()


StageKind = Literal["make", "judge", "consistency", "tests", "embeddings"]


class StageSpec(Struct, frozen=True, kw_only=True):
    """One stage of a job, as configured: what it makes or reviews, and who is asked.

    A stage of kind `make` makes `fields` of the job's template, or what a `template` of its own has; the last one
    makes the rest (neither is given). A `judge` scores the sample from 0 to 10 by a `rubric` (None: the built-in one)
    and refuses what is below the `threshold`. `consistency` asks the question `samples` more times and refuses a
    sample with whose answer fewer than the share `threshold` of the answers agree. `tests` has tests written for the
    code, which are run in the sandbox. `on_fail` flags instead. `embeddings` is of no table of its own: it has vectors
    made of samples, for `Dedup.embeddings`.
    """

    name: str
    kind: StageKind = "make"
    template: str | None = None
    fields: tuple[str, ...] = ()
    mix: tuple[Share, ...] = ()
    max_attempts: int | None = None
    threshold: float | None = None
    rubric: str | None = None
    samples: int = 2
    on_fail: Literal["reject", "flag"] = "reject"


class Seeds(Struct, frozen=True, kw_only=True):
    """The user's own questions, texts or documents, and what is done with them.

    `file` is JSONL, CSV, TSV, TXT or Parquet, or a folder of documents; `columns` says which of its columns stands for
    which name (empty: as they are called). `rounds` is how many tasks in all may be begun for one sample. Of each seed
    `per_seed` samples are made, by `ways` where it is evolved (empty: all there are), in the order of the file or
    `shuffle`d. `on_bad` is what becomes of rows that cannot be used; `passage_chars` is how long passages of documents
    are, in characters.
    """

    file: str
    columns: Mapping[str, str] = {}
    rounds: int = 2
    mode: SeedMode = "answer"
    per_seed: int = 1
    ways: tuple[str, ...] = ()
    shuffle: bool = False
    on_bad: Literal["error", "skip"] = "error"
    passage_chars: int = 2_000


class Topics(Struct, frozen=True, kw_only=True):
    """How the domain is divided into topics: from a `file` of the user's, and whether more are asked for (`grow`)."""

    file: str | None = None
    grow: bool = True


class AxisSpec(Struct, frozen=True):
    """An axis along which samples differ, as configured: without values it is switched off."""

    values: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()


class Job(Struct, frozen=True, kw_only=True):
    """One campaign: `target` samples of `template` about `domain`, asked of `mix`, from `seeds` where there are some.

    `topics` is how the domain is divided, `axes` what else samples differ by, beside what is built in, and
    `neighbours` how many of the last samples of its topic a prompt shows. Nothing of what
    `exclude` names is produced again.
    Without `stages` it has one, which makes the whole sample.
    `reasoning` is whether the models' own is kept: where they show some, else written in the answer (`auto`), always
    (`native`: a model that shows none is not asked), or never (`json`).
    `per_request` is how many samples the first stage is asked for at once. `concurrency` is the number of requests in
    flight, None for the default; `patience` is the number of
    tasks in a row that may bring almost nothing before the job stops short, None for the default. The caps
    (US dollars, tokens, requests, each of all runs; seconds of one run) stop it early; None: no cap. Its user is asked
    before a run that will likely cost more than `confirm_above_usd`.
    `on_terminal_close` is what becomes of a run whose dashboard goes away without having let it go.
    """

    name: str
    domain: str
    target: int
    template: str
    mix: tuple[Share, ...]
    out: str = "./datasets"
    seed: int = 1
    max_attempts: int = 3
    reasoning: Reasoning = "auto"
    seeds: Seeds | None = None
    stages: tuple[StageSpec, ...] = ()
    topics: Topics = Topics()
    axes: Mapping[str, AxisSpec] = {}
    neighbours: int = 0
    concurrency: int | None = None
    per_request: int = 1
    patience: int | None = None
    budget_usd: float | None = None
    max_tokens: int | None = None
    max_requests: int | None = None
    max_time: float | None = None
    durability: Durability = "group"
    shutdown_grace_s: float = 30.0
    confirm_above_usd: float = 1.0
    on_terminal_close: Literal["drain", "continue"] = "drain"
    dedup: Dedup = Dedup()
    exclude: Exclude | None = None
    checks: Checks = Checks()
