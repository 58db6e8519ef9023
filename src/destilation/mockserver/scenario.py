"""How the mock server behaves: its limits, its latency, its faults, its prices. Knows no HTTP."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from destilation.core.job import Price
from destilation.errors import ConfigError

Voice = Literal[
    "plain",
    "rejects_schema",
    "ignores_schema",
    "schema_kills_reasoning",
    "json_in_reasoning",
    "tool_call_only",
    "prose",
    "encrypted",
]
Portion = Annotated[float, Meta(ge=0, le=1)]
Amount = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]


class Outage(Struct, frozen=True, forbid_unknown_fields=True):
    """From `at` on, for so many seconds, the server is dead: resets, answers 503, or says nothing."""

    at: Amount
    seconds: Amount
    kind: Literal["reset", "503", "hang"] = "reset"


class Phase(Struct, frozen=True, forbid_unknown_fields=True):
    """From `at` seconds on the limit is another."""

    at: Amount
    rpm: Amount


class Collapse(Struct, frozen=True, forbid_unknown_fields=True):
    """Few `answers` to each prompt, preferred by a Zipf law of that `exponent`, each time worded a little differently.

    `heeds` is how often it avoids an answer that the prompt quotes.
    """

    answers: Annotated[int, Meta(ge=1, le=100_000)] = 30
    exponent: Amount = 1.1
    heeds: Portion = 0.5


class Bias(Struct, frozen=True, forbid_unknown_fields=True):
    """Topics that a teacher prefers, and others that it does not like.

    The share `strays` of its answers is about one of a few `favourites`, of which it has so many `answers` in all.
    Of the topics the share `unliked` is declined as often as `declines` says. Asked about no topic, it chooses by a
    Zipf law of that `exponent`.
    """

    favourites: Annotated[int, Meta(ge=1, le=300)] = 3
    strays: Portion = 0.4
    answers: Annotated[int, Meta(ge=1, le=100_000)] = 30
    unliked: Portion = 0.3
    declines: Portion = 0.5
    exponent: Amount = 1.1


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be said about a server. Seconds, and limits per minute; 0: no limit.

    `window` is how requests a minute are counted: a bucket that saves up `burst_s` seconds' worth, any 60
    seconds, or minutes of the clock. `concurrency` is the most at a time before 429. Beyond `cliff` in flight
    the latency grows with the power `cliff_power` of the excess. `faults` are shares (0 to 1) by name.
    `reasoning` is whether answers come with a trace, `voice` how a wish for structure is treated.
    `collapse` and `bias` are habits of the teacher (None: it has neither).
    `charge_lost` says whether a reply that breaks off is charged for all the same. `key` is what clients must
    send; `report_cost` whether replies name their cost; `credit_usd` what may be spent before 402.
    """

    seed: int = 1
    models: tuple[str, ...] = ("mock-small", "mock-large")
    key: str | None = None
    latency_s: Amount = 0.0
    latency_spread: Portion = 0.2
    cliff: Count = 0
    cliff_power: Amount = 1.0
    rpm: Amount = 0.0
    tpm: Amount = 0.0
    window: Literal["bucket", "sliding", "fixed"] = "bucket"
    burst_s: Amount = 1.0
    concurrency: Count = 0
    phases: tuple[Phase, ...] = ()
    retry_after: Literal["seconds", "float", "date", "ms", "none"] = "float"
    limit_headers: bool = False
    outages: tuple[Outage, ...] = ()
    faults: Mapping[str, Portion] = {}
    invalid: Portion = 0.0
    duplicate: Portion = 0.0
    near_duplicate: Portion = 0.0
    answers: Count = 0
    reasoning: bool = False
    voice: Voice = "plain"
    collapse: Collapse | None = None
    bias: Bias | None = None
    price: Price | None = None
    report_cost: bool = True
    charge_lost: bool = True
    credit_usd: Amount | None = None

    def rpm_at(self, elapsed: float) -> float:
        """The limit of requests a minute so many seconds after the start."""
        now = [phase.rpm for phase in self.phases if phase.at <= elapsed]
        return now[-1] if now else self.rpm

    def outage_at(self, elapsed: float) -> Outage | None:
        """The outage that lasts so many seconds after the start."""
        return next((each for each in self.outages if each.at <= elapsed < each.at + each.seconds), None)


def load_scenario(path: Path | None, settings: Mapping[str, Any], known_faults: tuple[str, ...]) -> Scenario:
    """The scenario of a TOML file (None: none), with single keys set over it. Raises ConfigError."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8")) if path is not None else {}
        scenario = msgspec.convert({**document, **settings}, Scenario)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path or 'the settings'}: {error}.  help: docs/mock-server.md lists the keys") from None
    unknown = [name for name in scenario.faults if name not in known_faults]
    if unknown:
        raise ConfigError(f'there is no fault "{unknown[0]}".  help: destilation mock faults')
    return scenario
