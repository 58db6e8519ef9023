"""The shape of config.toml but for providers: which keys there are, of which type, within which bounds. Knows no file.

What is checked here is each value by itself; what needs several of them together is in `build.py`.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from destilation.core.job import SeedMode
from destilation.core.neighbours import MOST_NEIGHBOURS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MOST_DOMAIN = 2_000
MOST_TOOLS = 128
MOST_VALUES = 1_000
MOST_PER_REQUEST = 50
OURS = ("model", "messages", "stream", "response_format", "format", "options", "max_tokens", "seed", "n")


def wrong(text: str) -> PydanticCustomError:
    """What is wrong with a value, for a validator to raise."""
    return PydanticCustomError("wrong", "{text}", {"text": text})


def _job_name(name: str) -> str:
    if not NAME.fullmatch(name) or ".." in name or name.endswith(".") or DEVICES.fullmatch(name):
        raise wrong("must be 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit, and no reserved name")
    return name


def _domain(text: str) -> str:
    if not text.strip():
        raise wrong("must not be empty")
    if len(text) > MOST_DOMAIN:
        raise wrong(f"has {len(text):,} characters, at most {MOST_DOMAIN:,} are allowed")
    if CONTROL.search(text):
        raise wrong("must be one line without control characters")
    return text


def _axis_name(name: str) -> str:
    if not FIELD_NAME.fullmatch(name):
        raise wrong("must be 1 to 64 of A-Z a-z 0-9 _ and not begin with a digit")
    return name


def _axis_value(text: str) -> str:
    if CONTROL.search(text):
        raise wrong("must be one line without control characters")
    return text


def _concurrency(value: Any) -> int | None:
    if value == "auto":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000:
        raise wrong('must be "auto" or an integer from 1 to 10,000')
    return value


def _seeds(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


def _extra(table: dict[str, Any]) -> dict[str, Any]:
    for key in table:
        if key in OURS:
            raise wrong(f"must not set {key}: Destilation sets it itself")
    return table


_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}


def _span(value: Any) -> float:
    """Seconds: a number, or text such as "90s", "30m", "6h", "1h30m"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and re.fullmatch(r"(?:\d+(?:\.\d+)?[dhms])+", value):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([dhms])", value))
    else:
        raise wrong('must be seconds, or a time such as "90s", "30m", "6h", "1h30m"')
    if not 1 <= seconds <= 366 * 86_400:
        raise wrong("must be from one second to a year")
    return seconds


Number = Annotated[float, Field(allow_inf_nan=False)]
AxisValue = Annotated[str, Field(min_length=1, max_length=MOST_DOMAIN), AfterValidator(_axis_value)]


class Table(BaseModel):
    """A table of the file: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False, defer_build=True)


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
    attempts: Literal["first", "retry"] | None = None
    templates: list[str] = []
    price: PriceTable | None = None


class EmbeddingsTable(Table):
    """`job.dedup.embeddings`."""

    provider: str
    model: str | None = None
    threshold: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.95
    price: PriceTable | None = None


class DedupTable(Table):
    """`[job.dedup]`."""

    fields: list[str] | None = None
    threshold: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.85
    embeddings: EmbeddingsTable | None = None


class ExcludeTable(Table):
    """`[job.exclude]`."""

    files: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    fields_: Annotated[list[str], Field(alias="fields")] = []
    ngram: Annotated[int, Field(ge=5, le=50)] = 13


class PlugInTable(Table):
    """A check of the user's own, with options."""

    use: str
    options: dict[str, Any] = {}


class ChecksTable(Table):
    """`[job.checks]`."""

    min_chars: dict[str, Annotated[int, Field(ge=0)]] = {}
    max_chars: dict[str, Annotated[int, Field(ge=1)]] = {}
    refusals: bool = True
    syntax: bool = True
    execution: Literal["off", "sandbox"] = "off"
    arithmetic: bool = False
    grounding: str | None = None
    plugins: list[str | PlugInTable] = []


class TopicsTable(Table):
    """`[job.topics]`."""

    file: Annotated[str, Field(min_length=1)] | None = None
    grow: bool = True


class AxisTable(Table):
    """An axis with weights, in `[job.axes]`."""

    values_: Annotated[list[AxisValue], Field(alias="values", max_length=MOST_VALUES)]
    weights: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]] = []


class SeedsTable(Table):
    """`[job.seeds]`."""

    file: Annotated[str, Field(min_length=1)]
    columns: dict[str, Annotated[str, Field(min_length=1)]] = {}
    rounds: Annotated[int, Field(ge=1, le=1_000)] = 2
    mode: SeedMode = "answer"
    per_seed: Annotated[int, Field(ge=1)] | None = None
    ways: list[str] = []
    shuffle: bool = False
    on_bad: Literal["error", "skip"] = "error"
    passage_chars: Annotated[int, Field(ge=100, le=100_000)] = 2_000


class StageTable(Table):
    """An entry of `[[job.stages]]`."""

    name: Annotated[str, AfterValidator(_job_name)]
    kind: Literal["make", "judge", "consistency", "tests"] = "make"
    template: str | None = None
    fields_: Annotated[list[str], Field(alias="fields")] = []
    mix: Annotated[list[ShareTable], Field(min_length=1)] | None = None
    max_attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    threshold: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] | None = None
    rubric: Annotated[str, Field(min_length=1)] | None = None
    samples: Annotated[int, Field(ge=1, le=20)] = 2
    on_fail: Literal["reject", "flag"] = "reject"


class JobTable(Table):
    """`[job]`."""

    name: Annotated[str, AfterValidator(_job_name)] | None = None
    domain: Annotated[str, AfterValidator(_domain)] | None = None
    target: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    template: str | None = None
    out: Annotated[str, Field(min_length=1)] = "./datasets"
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    neighbours: Annotated[int, Field(ge=0, le=MOST_NEIGHBOURS)] = 0
    concurrency: Annotated[
        int | None, BeforeValidator(_concurrency, json_schema_input_type=int | Literal["auto"] | None)
    ] = None
    per_request: Annotated[int, Field(ge=1, le=MOST_PER_REQUEST)] = 1
    reasoning: Literal["auto", "native", "json"] = "auto"
    seeds: Annotated[SeedsTable | None, BeforeValidator(_seeds, json_schema_input_type=SeedsTable | str | None)] = None
    stages: list[StageTable] = []
    topics: TopicsTable | Annotated[str, Field(min_length=1)] = "auto"
    axes: dict[
        Annotated[str, AfterValidator(_axis_name)],
        Annotated[list[AxisValue], Field(max_length=MOST_VALUES)] | AxisTable,
    ] = {}
    patience: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    budget_usd: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] | None = None
    confirm_above_usd: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 1.0
    max_tokens: Annotated[int, Field(ge=1, le=10**15)] | None = None
    max_requests: Annotated[int, Field(ge=1, le=10**12)] | None = None
    max_time: Annotated[float | None, BeforeValidator(_span, json_schema_input_type=float | str | None)] = None
    durability: Literal["group", "each", "none"] = "group"
    shutdown_grace_s: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 30.0
    on_terminal_close: Literal["drain", "continue"] = "drain"
    mix: Annotated[list[ShareTable], Field(min_length=1)] | None = None
    dedup: DedupTable = DedupTable.model_construct()  # not checked: that would make its validators now
    exclude: ExcludeTable | None = None
    checks: ChecksTable = ChecksTable.model_construct()


class File(Table):
    """The whole file; the tables below are checked one by one."""

    version: Literal[1] = 1
    job: dict[str, Any] = {}
    providers: dict[str, dict[str, Any]] = {}
    templates: Annotated[list[dict[str, Any]], Field(max_length=1_000)] = []
    tools: Annotated[list[dict[str, Any]], Field(max_length=MOST_TOOLS)] = []
    ui: dict[str, Any] = {}
    hooks: dict[str, Any] = {}
