"""`metadata.json` back into a Progress, so that a watcher reads a snapshot and the facts since, not all of them.

Latencies are not in it, for what is kept of them is two numbers. Knows no file.
"""

import math
from collections import Counter
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from destilation.core.progress import Progress, ProviderProgress, Tokens, Verdicts


class _Tokens(Struct, frozen=True):
    into: int = msgspec.field(default=0, name="in")
    out: int = 0
    reasoning: int = 0


class _Provider(Struct):
    requests: int = 0
    accepted: int = 0
    rejected: int = 0
    errors: int = 0
    throttled: int = 0
    in_flight: int = 0
    limit: int | None = None
    share: float | None = None
    retired: str | None = None
    suspended: str | None = None
    cost_usd: float = 0.0
    way: str | None = None
    tokens: _Tokens = _Tokens()


class _Row(Struct):
    provider: str
    stage: str = ""
    model: str = ""
    answers: int = 0
    rejected: int = 0


class _Snapshot(Struct):
    target: int = 0
    accepted: int = 0
    attempts: int = 0
    accepted_first_try: int = 0
    abandoned: int = 0
    cost_usd: float = 0.0
    unanswered_usd: float = 0.0
    budget_usd: float | None = None
    concurrency: int | None = None
    paused: bool = False
    state: str = "running"
    tokens: _Tokens = _Tokens()
    rejected: dict[str, dict[str, int]] = {}
    providers: dict[str, _Provider] = {}
    acceptance: list[_Row] = []


_PLAIN = ("target", "accepted", "attempts", "accepted_first_try", "abandoned", "cost_usd", "unanswered_usd")
_STATE = ("budget_usd", "concurrency", "paused", "state")
_OF_PROVIDER = (
    "requests", "accepted", "rejected", "errors", "throttled", "in_flight", "limit", "share", "retired", "suspended",
    "cost_usd", "way",
)  # fmt: skip


def restored(document: Mapping[str, object]) -> Progress | None:
    """The fold that the document was made of; None where it is not such a document."""
    try:
        snapshot = msgspec.convert(document, _Snapshot)
    except (msgspec.ValidationError, RecursionError):
        return None
    progress = Progress()
    progress.began = -math.inf
    for name in (*_PLAIN, *_STATE):
        setattr(progress, name, getattr(snapshot, name))
    _fill(progress.tokens, snapshot.tokens)
    progress.rejected = {layer: Counter(codes) for layer, codes in snapshot.rejected.items()}
    for label, kept in snapshot.providers.items():
        provider = progress.providers[label] = ProviderProgress()
        for name in _OF_PROVIDER:
            setattr(provider, name, getattr(kept, name))
        _fill(provider.tokens, kept.tokens)
    for row in snapshot.acceptance:
        verdicts = progress.verdicts[row.stage, row.provider] = Verdicts()
        verdicts.model, verdicts.answers, verdicts.rejected = row.model, row.answers, row.rejected
    return progress


def _fill(tokens: Tokens, kept: _Tokens) -> None:
    tokens.into, tokens.out, tokens.reasoning = kept.into, kept.out, kept.reasoning
