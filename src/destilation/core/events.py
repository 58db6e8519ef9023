"""The facts of a run, in the past tense. Knows nothing of when (the writer adds `t`) or where they go.

`provider` is always the label `provider/model` of the mix entry that was asked.
"""

from collections.abc import Mapping

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One fact; the tag `kind` names it in files."""


class RunStarted(Event, frozen=True, tag="run_started"):
    """A run began, with `accepted` samples in the folder already."""

    version: str
    job: str
    template: str
    target: int
    accepted: int
    providers: tuple[str, ...]
    config_digest: str


class Healed(Event, frozen=True, tag="healed"):
    """Something was repaired at the start: which file, and what was done."""

    file: str
    what: str


class AttemptStarted(Event, frozen=True, tag="attempt_started"):
    """A request was sent."""

    task: int
    attempt: int
    provider: str


class CompletionReceived(Event, frozen=True, tag="completion_received"):
    """An answer came after `seconds` and is in the ledger."""

    task: int
    attempt: int
    provider: str
    model: str
    seconds: float
    finish_reason: str
    tokens_in: int
    tokens_out: int
    tokens_reasoning: int
    cost_usd: float


class Accepted(Event, frozen=True, tag="accepted"):
    """An answer became line `sample` of the dataset."""

    sample: int
    task: int
    attempt: int
    provider: str


class Rejected(Event, frozen=True, tag="rejected"):
    """An answer was refused; `codes` are counted, `reasons` were told to the model."""

    task: int
    attempt: int
    provider: str
    layer: str
    codes: tuple[str, ...]
    reasons: tuple[str, ...]


class Abandoned(Event, frozen=True, tag="abandoned"):
    """A task was given up after that many answers."""

    task: int
    attempts: int
    reason: str


class ProviderThrottled(Event, frozen=True, tag="provider_throttled"):
    """A provider refused for rate or load and is left alone for `seconds`."""

    provider: str
    status: int | None
    seconds: float
    error: str


class ProviderFailed(Event, frozen=True, tag="provider_failed"):
    """A provider gave no usable answer."""

    provider: str
    status: int | None
    error: str


class ProviderSuspended(Event, frozen=True, tag="provider_suspended"):
    """A provider fails or is silent; until it answers again it is only probed."""

    provider: str
    error: str


class Charged(Event, frozen=True, tag="charged"):
    """A request brought no answer but may have been charged for: it counts with the most it could cost."""

    task: int
    attempt: int
    provider: str
    usd: float
    tokens: int
    reason: str


class BudgetWarning(Event, frozen=True, tag="budget_warning"):
    """Four fifths of a cap are used: the share that is used of the tightest one, and the cost so far."""

    used: float
    cost_usd: float


class ProviderRetired(Event, frozen=True, tag="provider_retired"):
    """A provider will not be asked again."""

    provider: str
    error: str


class ProviderRestored(Event, frozen=True, tag="provider_restored"):
    """A provider answers again."""

    provider: str


class ConcurrencyChanged(Event, frozen=True, tag="concurrency_changed"):
    """The number of requests that may be in flight changed."""

    provider: str
    limit: int
    reason: str


class Paused(Event, frozen=True, tag="paused"):
    """No new tasks until resumed."""

    reason: str


class Resumed(Event, frozen=True, tag="resumed"):
    """Tasks are handed out again."""

    reason: str


class RunEnded(Event, frozen=True, tag="run_ended"):
    """The run is over: in which state, with which exit code, and why."""

    state: str
    exit_code: int
    accepted: int
    target: int
    reasons: Mapping[str, int]
