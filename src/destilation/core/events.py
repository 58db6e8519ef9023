"""The facts of a run, in the past tense. Knows nothing of when (the writer adds `t`) or where they go.

`provider` is always the label `provider/model` of the mix entry that was asked.
"""

from collections.abc import Mapping

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One fact; the tag `kind` names it in files."""


class RunStarted(Event, frozen=True, tag="run_started"):
    """A run began, with `accepted` samples in the folder already, and what it may cost (None: no cap)."""

    version: str
    job: str
    template: str
    target: int
    accepted: int
    providers: tuple[str, ...]
    config_digest: str
    budget_usd: float | None = None


class SeedsRead(Event, frozen=True, tag="seeds_read"):
    """The user's seeds were read: how many there are, how many samples they can give, and what was left out.

    `repeated` are there twice; of the `skipped`, which cannot be used, the first are told in `faults`.
    """

    seeds: int
    samples: int
    repeated: int
    skipped: int
    faults: tuple[str, ...] = ()


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
    """An answer came after `seconds` and is in the ledger. `stage` is empty where a job has but one.

    `bundle` is the first task of those that were answered by the same reply, 0 where it was alone.
    """

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
    stage: str = ""
    bundle: int = 0

    @property
    def follows(self) -> bool:
        """Whether its reply is that of another task's answer, which counts as the request."""
        return self.bundle not in (0, self.task)


class Accepted(Event, frozen=True, tag="accepted"):
    """An answer became line `sample` of the dataset; `first` where no stage had to ask twice for it.

    `topic` is what it is about, from the top down.
    """

    sample: int
    task: int
    attempt: int
    provider: str
    first: bool = False
    topic: tuple[str, ...] = ()


class Rejected(Event, frozen=True, tag="rejected"):
    """An answer was refused; `codes` are counted (`check:code` for a check), `reasons` were told to the model.

    `twin` is the sample that it repeats; 0: none.
    """

    task: int
    attempt: int
    provider: str
    layer: str
    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    stage: str = ""
    topic: tuple[str, ...] = ()
    twin: int = 0


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
    stage: str = ""


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


class WayFound(Event, frozen=True, tag="way_found"):
    """How a provider is asked: the rung of the ladder, whose reasoning is kept, and why not a better way."""

    provider: str
    rung: str
    reasoning: str | None
    why: tuple[str, ...]


class TopicDivided(Event, frozen=True, tag="topic_divided"):
    """A topic (empty: the domain as a whole) was divided into `added` more."""

    topic: tuple[str, ...]
    added: int


class ConcurrencyChanged(Event, frozen=True, tag="concurrency_changed"):
    """The number of requests that may be in flight changed: to a provider, or (its name empty) in all.

    `asked` is what the user asked for, where that was the reason.
    """

    provider: str
    limit: int
    reason: str
    asked: int | None = None


class ShareChanged(Event, frozen=True, tag="share_changed"):
    """The user changed the weight of a provider in the mix."""

    provider: str
    share: float


class TargetChanged(Event, frozen=True, tag="target_changed"):
    """The user changed the target; it never falls below what is accepted or under way, so `asked` can be less."""

    target: int
    asked: int


class BudgetChanged(Event, frozen=True, tag="budget_changed"):
    """The user changed the most that the job may cost over all its runs."""

    usd: float
    spent_usd: float


class CommandRefused(Event, frozen=True, tag="command_refused"):
    """A line of `.control.jsonl` was not obeyed: what it said, and why not."""

    command: str
    why: str


class Paused(Event, frozen=True, tag="paused"):
    """No new tasks until resumed."""

    reason: str


class Resumed(Event, frozen=True, tag="resumed"):
    """Tasks are handed out again."""

    reason: str


class Stopping(Event, frozen=True, tag="stopping"):
    """Nothing new is begun: answers in flight are waited for, or (`now`) given up."""

    reason: str
    now: bool


class RunEnded(Event, frozen=True, tag="run_ended"):
    """The run is over: in which state, with which exit code, and why."""

    state: str
    exit_code: int
    accepted: int
    target: int
    reasons: Mapping[str, int]


AnyEvent = (
    RunStarted | Healed | AttemptStarted | CompletionReceived | Accepted | Rejected | Abandoned | ProviderThrottled
    | ProviderFailed | ProviderSuspended | Charged | BudgetWarning | ProviderRetired | ProviderRestored | WayFound
    | ConcurrencyChanged | ShareChanged | TargetChanged | BudgetChanged | CommandRefused | Paused | Resumed | Stopping
    | RunEnded
)  # fmt: skip
"""Every kind of fact that is folded."""
