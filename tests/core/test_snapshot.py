"""A Progress from what was written of it: a watcher that reads the snapshot and the rest knows what the engine knows."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core import events
from destilation.core.progress import Progress
from destilation.core.snapshot import restored

NAMES = st.sampled_from(["far", "near/m"])
FACTS: st.SearchStrategy[events.Event] = st.one_of(
    st.builds(events.AttemptStarted, task=st.just(1), attempt=st.just(1), provider=NAMES),
    st.builds(
        events.CompletionReceived,
        task=st.just(1),
        attempt=st.just(1),
        provider=NAMES,
        model=st.just("m"),
        seconds=st.just(1.5),
        finish_reason=st.just("stop"),
        tokens_in=st.integers(0, 99),
        tokens_out=st.integers(0, 99),
        tokens_reasoning=st.just(3),
        cost_usd=st.just(0.25),
    ),
    st.builds(events.Accepted, sample=st.just(1), task=st.just(1), attempt=st.integers(1, 3), provider=NAMES),
    st.builds(
        events.Rejected,
        task=st.just(1),
        attempt=st.just(1),
        provider=NAMES,
        layer=st.sampled_from(["structural", "semantic"]),
        codes=st.just(("refusal",)),
        reasons=st.just(("no",)),
    ),
    st.builds(events.Abandoned, task=st.just(1), attempts=st.just(3), reason=st.just("r")),
    st.builds(events.ProviderRetired, provider=NAMES, error=st.just("gone")),
    st.builds(events.ProviderFailed, provider=NAMES, status=st.none(), error=st.just("gone")),
    st.builds(events.ConcurrencyChanged, provider=st.sampled_from(["", "far"]), limit=st.just(8), reason=st.just("r")),
    st.builds(events.BudgetChanged, usd=st.just(3.0), spent_usd=st.just(1.0)),
    st.just(events.Paused(reason="r")),
    st.just(events.TargetChanged(target=50, asked=50)),
)


@given(st.lists(FACTS, max_size=30), st.lists(FACTS, max_size=30))
def test_snapshot_and_rest_are_the_whole(before: list[events.Event], after: list[events.Event]) -> None:
    """Folding all facts gives the same as restoring after some of them and folding the others."""
    whole, first = Progress(), Progress()
    for fact in before:
        whole.see(fact, 1.0)
        first.see(fact, 1.0)
    then = restored(msgspec.json.decode(msgspec.json.encode(first.summary(1.0))))
    assert then is not None
    for fact in after:
        whole.see(fact, 2.0)
        then.see(fact, 2.0)
    assert told(then) == told(whole)


def told(progress: Progress) -> dict[str, object]:
    """The summary but for what a snapshot does not hold."""
    summary = progress.summary(3.0)
    summary.pop("throughput_per_minute")
    summary["providers"] = {
        label: {key: value for key, value in each.summary().items() if key != "latency_s"}
        for label, each in progress.providers.items()
    }
    return summary


@pytest.mark.parametrize("document", [{"accepted": "many"}, {"providers": []}, {"rejected": {"a": {"b": "c"}}}])
def test_what_is_no_snapshot(document: dict[str, object]) -> None:
    """A document of another shape is nothing, and no error."""
    assert restored(document) is None


def test_an_old_snapshot() -> None:
    """What an older version did not write is as at the beginning."""
    progress = restored({"accepted": 5, "rejected": {"semantic": {"refusal": 2}}})
    assert progress is not None
    assert (progress.accepted, progress.rejections, progress.budget_usd) == (5, 2, None)
