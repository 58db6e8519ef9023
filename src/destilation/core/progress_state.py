"""The part of a Progress that the files of a folder tell, as a value that can be kept. Knows no file.

What a run knows besides (who is retired, what is in flight, how fast it is) is not in it.
"""

from collections import Counter

from msgspec import Struct

from destilation.core.progress import Progress, ProviderProgress, Tokens, Verdicts

TokenCounts = tuple[int, int, int]


class ProviderState(Struct, frozen=True):
    """One entry of the mix. `tokens` are in, out, and of out the reasoning; `latency` counts by bucket."""

    requests: int
    answers: int
    accepted: int
    rejected: int
    cost_usd: float
    unanswered_usd: float
    tokens: TokenCounts
    latency: dict[int, int]


class VerdictState(Struct, frozen=True):
    """What became of the answers of one model at one stage."""

    stage: str
    provider: str
    model: str
    answers: int
    rejected: int


class ProgressState(Struct, frozen=True):
    """All counts."""

    accepted: int
    attempts: int
    replies: int
    accepted_first_try: int
    abandoned: int
    cost_usd: float
    unanswered_usd: float
    unanswered_tokens: int
    tokens: TokenCounts
    rejected: dict[str, dict[str, int]]
    providers: dict[str, ProviderState]
    verdicts: tuple[VerdictState, ...]


def state_of(progress: Progress) -> ProgressState:
    """What to keep of a Progress that was told of facts from files."""
    return ProgressState(
        accepted=progress.accepted,
        attempts=progress.attempts,
        replies=progress.replies,
        accepted_first_try=progress.accepted_first_try,
        abandoned=progress.abandoned,
        cost_usd=progress.cost_usd,
        unanswered_usd=progress.unanswered_usd,
        unanswered_tokens=progress.unanswered_tokens,
        tokens=_counts(progress.tokens),
        rejected={layer: dict(codes) for layer, codes in progress.rejected.items()},
        providers={label: _provider_state(each) for label, each in progress.providers.items()},
        verdicts=tuple(
            VerdictState(stage, label, each.model, each.answers, each.rejected)
            for (stage, label), each in sorted(progress.verdicts.items(), key=lambda item: item[0])
        ),
    )


def progress_of(state: ProgressState) -> Progress:
    """The Progress of which that was kept."""
    progress = Progress()
    progress.accepted = state.accepted
    progress.attempts, progress.replies = state.attempts, state.replies
    progress.accepted_first_try = state.accepted_first_try
    progress.abandoned = state.abandoned
    progress.cost_usd = state.cost_usd
    progress.unanswered_usd = state.unanswered_usd
    progress.unanswered_tokens = state.unanswered_tokens
    progress.tokens = _tokens(state.tokens)
    progress.rejected = {layer: Counter(codes) for layer, codes in state.rejected.items()}
    progress.providers.update({label: _provider(each) for label, each in state.providers.items()})
    for each in state.verdicts:
        verdicts = progress.verdicts[each.stage, each.provider] = Verdicts()
        verdicts.model, verdicts.answers, verdicts.rejected = each.model, each.answers, each.rejected
    return progress


def _provider_state(each: ProviderProgress) -> ProviderState:
    return ProviderState(
        requests=each.requests,
        answers=each.answers,
        accepted=each.accepted,
        rejected=each.rejected,
        cost_usd=each.cost_usd,
        unanswered_usd=each.unanswered_usd,
        tokens=_counts(each.tokens),
        latency=each.latency.counts(),
    )


def _provider(state: ProviderState) -> ProviderProgress:
    made = ProviderProgress()
    made.requests, made.answers = state.requests, state.answers
    made.accepted, made.rejected = state.accepted, state.rejected
    made.cost_usd, made.unanswered_usd = state.cost_usd, state.unanswered_usd
    made.tokens = _tokens(state.tokens)
    made.latency.take(state.latency)
    return made


def _counts(tokens: Tokens) -> TokenCounts:
    return tokens.into, tokens.out, tokens.reasoning


def _tokens(counts: TokenCounts) -> Tokens:
    made = Tokens()
    made.into, made.out, made.reasoning = counts
    return made
