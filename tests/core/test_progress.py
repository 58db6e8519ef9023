"""The fold of events: counts, rates, throughput in a moving minute, and the same from a replay."""

from typing import Any

import pytest

from destilation.core import events
from destilation.core.progress import Latency, Progress, Verdicts


def received(seconds: float = 1.0, **more: Any) -> events.CompletionReceived:
    """An answer of ten tokens for a tenth of a cent."""
    return events.CompletionReceived(
        task=1, attempt=1, provider="p", model="m", seconds=seconds, finish_reason="stop",
        tokens_in=7, tokens_out=3, tokens_reasoning=1, cost_usd=0.001, **more,
    )  # fmt: skip


STORY: list[events.Event] = [
    events.RunStarted(
        version="0", job="j", template="t", target=5, accepted=0, providers=("p", "idle"), config_digest="d"
    ),
    events.AttemptStarted(task=1, attempt=1, provider="p"),
    received(),
    events.Rejected(task=1, attempt=1, provider="p", layer="structural", codes=("not_json", "x"), reasons=("a", "b")),
    events.AttemptStarted(task=1, attempt=2, provider="p"),
    received(3.0),
    events.Accepted(sample=1, task=1, attempt=2, provider="p"),
    events.AttemptStarted(task=2, attempt=1, provider="p"),
    received(),
    events.Accepted(sample=2, task=2, attempt=1, provider="p"),
    events.Abandoned(task=3, attempts=3, reason="attempts used up"),
]


def folded(story: list[events.Event], now: float | None = 100.0) -> Progress:
    """The progress after a story."""
    progress = Progress()
    for event in story:
        progress.see(event, now)
    return progress


def test_counts() -> None:
    """Every count of the summary is what the events say."""
    summary: Any = folded(STORY).summary(100.0)
    assert (summary["target"], summary["accepted"], summary["attempts"], summary["abandoned"]) == (5, 2, 3, 1)
    assert summary["accepted_first_try"] == 1
    assert summary["rejected"] == {"structural": {"not_json": 1}}
    assert summary["tokens"] == {"in": 21, "out": 9, "reasoning": 3}
    assert summary["cost_usd"] == pytest.approx(0.003)
    assert summary["state"] == "running"
    provider = summary["providers"]["p"]
    assert (provider["requests"], provider["accepted"], provider["rejected"]) == (3, 2, 1)
    assert summary["providers"]["idle"]["requests"] == 0


def test_a_replay_counts_the_same() -> None:
    """Facts of an earlier run, which knew no attempts that began, count like live ones but not for the throughput."""
    replayed = [event for event in STORY if not isinstance(event, events.AttemptStarted | events.RunStarted)]
    progress = folded(replayed, None)
    live = folded(STORY)
    assert (progress.accepted, progress.attempts, progress.rejections) == (
        live.accepted,
        live.attempts,
        live.rejections,
    )
    assert progress.providers["p"].requests == live.providers["p"].requests
    assert progress.providers["p"].in_flight == live.providers["p"].in_flight == 0
    assert progress.throughput(100.0) == 0


def test_failures_are_no_answers() -> None:
    """Refusals for load and faults end what was in flight, and count apart."""
    begun: list[events.Event] = [events.AttemptStarted(task=n, attempt=1, provider="p") for n in range(3)]
    progress = folded([
        *begun,
        events.ProviderThrottled(provider="p", status=429, seconds=1.0, error="e"),
        events.ProviderFailed(provider="p", status=None, error="e"),
    ])  # fmt: skip
    assert progress.in_flight == 1
    assert (progress.providers["p"].throttled, progress.providers["p"].errors) == (1, 1)
    progress.see(events.ProviderRetired(provider="p", error="dead"))
    assert progress.providers["p"].retired == "dead"
    progress.see(events.ProviderRestored(provider="p"))
    assert progress.providers["p"].retired is None
    progress.see(events.Paused(reason="user"))
    progress.see(events.RunEnded(state="met", exit_code=0, accepted=0, target=0, reasons={}))
    assert progress.state == "met"


def test_throughput_is_that_of_the_last_minute() -> None:
    """Ten a second for two minutes are 600 a minute; a minute of silence later they are none."""
    progress = folded(STORY[:1], 0.0)
    for tick in range(1200):
        progress.see(events.Accepted(sample=1, task=1, attempt=1, provider="p"), tick / 10)
    assert progress.throughput(120.0) == pytest.approx(600, rel=0.02)
    assert progress.throughput(181.0) == 0
    young = folded(STORY[:1], 0.0)
    for _ in range(20):
        young.see(events.Accepted(sample=1, task=1, attempt=1, provider="p"), 2.0)
    assert young.throughput(4.0) == pytest.approx(300)


def test_memory_does_not_grow_with_the_run() -> None:
    """A hundred thousand events in a thousand hours leave no more than a minute's buckets."""
    progress = folded(STORY[:1], 0.0)
    for tick in range(100_000):
        progress.see(received(tick % 50 + 0.01), tick * 36.0)
        progress.see(events.Accepted(sample=1, task=1, attempt=1, provider="p"), tick * 36.0)
        progress.throughput(tick * 36.0)
    assert len(progress._recent) < 70
    assert len(progress.providers["p"].latency._counts) < 200


def test_quantiles_within_ten_per_cent() -> None:
    """The median and the 95th percentile of 1..1000 ms are right within a bucket; of nothing they are 0."""
    latency = Latency()
    assert latency.quantile(0.5) == 0
    for millisecond in range(1, 1001):
        latency.add(millisecond / 1000)
    assert latency.quantile(0.5) == pytest.approx(0.5, rel=0.1)
    assert latency.quantile(0.95) == pytest.approx(0.95, rel=0.1)
    assert latency.quantile(1.1) == 0


def test_reasons_over_all_layers() -> None:
    """Reasons are added up whatever the layer."""
    progress = folded(STORY)
    progress.see(
        events.Rejected(task=1, attempt=1, provider="p", layer="semantic", codes=("not_json",), reasons=("r",))
    )
    assert progress.reasons() == {"not_json": 2}


def test_what_may_have_been_charged_counts() -> None:
    """A charge without an answer is part of the cost and of what counts against the caps."""
    charged = events.Charged(task=4, attempt=1, provider="p", usd=0.5, tokens=40, reason="lost")
    progress = folded([*STORY, charged], None)
    summary: Any = progress.summary(100.0)
    assert (summary["cost_usd"], summary["unanswered_usd"]) == (0.503, 0.5)
    assert summary["providers"]["p"]["cost_usd"] == 0.503
    assert (progress.spent().usd, progress.spent().tokens, progress.spent().requests) == (0.503, 70, 3)


def test_how_a_provider_is_asked() -> None:
    """The way that was found is told in words, with the reason."""
    progress = Progress()
    for reasoning, told in ((None, "prompt"), ("native", "prompt, its own reasoning (because)"),
                            ("in the answer", "prompt, reasoning in the answer")):  # fmt: skip
        why = ("because",) if reasoning == "native" else ()
        progress.see(events.WayFound(provider="p", rung="prompt", reasoning=reasoning, why=why))
        assert progress.providers["p"].way == told


def test_acceptance_by_stage_and_model() -> None:
    """Answers and refusals are counted by stage, provider and model."""
    progress = Progress()
    for stage, refused in (("", 0), ("answer", 1)):
        for task in (1, 2):
            progress.see(
                events.CompletionReceived(
                    task=task, attempt=1, provider="p", model="m", seconds=1.0, finish_reason="stop", tokens_in=1,
                    tokens_out=1, tokens_reasoning=0, cost_usd=0.0, stage=stage,
                )
            )  # fmt: skip
        for _ in range(refused):
            progress.see(
                events.Rejected(
                    task=1, attempt=1, provider="p", layer="semantic", codes=("judge:low",), reasons=("x",), stage=stage
                )
            )
    assert progress.summary(0.0)["acceptance"] == [
        {"stage": "", "provider": "p", "model": "m", "answers": 2, "rejected": 0, "rate": 1.0},
        {"stage": "answer", "provider": "p", "model": "m", "answers": 2, "rejected": 1, "rate": 0.5},
    ]
    assert Verdicts().summary("", "p")["rate"] == 0.0


def test_trouble_and_its_end() -> None:
    """A provider that is suspended or retired is told with the reason, until it answers again; so is a cap that is near."""
    story: list[events.Event] = [
        events.ProviderSuspended(provider="p", error="silent"),
        events.ProviderRetired(provider="p", error="gone"),
        events.BudgetWarning(used=0.81, cost_usd=0.1),
    ]
    progress = folded(story)
    assert (progress.providers["p"].suspended, progress.providers["p"].retired) == ("silent", "gone")
    assert progress.budget_used == 0.81
    progress.see(events.ProviderRestored(provider="p"), 101.0)
    assert (progress.providers["p"].suspended, progress.providers["p"].retired) == (None, None)


def test_steering_is_folded() -> None:
    """What the user changed stands in the counts as it is now, and a new run begins without a pause."""
    progress = Progress()
    for fact in (
        events.Paused(reason="u"),
        events.TargetChanged(target=70, asked=60),
        events.BudgetChanged(usd=4.0, spent_usd=1.0),
        events.ShareChanged(provider="far", share=0.5),
        events.ConcurrencyChanged(provider="far", limit=8, reason="u"),
        events.ConcurrencyChanged(provider="", limit=16, reason="u", asked=20),
    ):
        progress.see(fact, 1.0)
    told = progress.summary(2.0)
    assert {key: told[key] for key in ("paused", "target", "budget_usd", "concurrency")} == {
        "paused": True,
        "target": 70,
        "budget_usd": 4.0,
        "concurrency": 16,
    }
    far = progress.providers["far"].summary()
    assert (far["limit"], far["share"], far["in_flight"]) == (8, 0.5, 0)
    progress.see(events.Resumed(reason="u"), 3.0)
    assert not progress.paused


@pytest.mark.parametrize("now", [None, 100.0])
def test_records_of_one_reply(now: float | None) -> None:
    """Each is an answer with its tokens and its cost; the request, its time and its place in flight count once."""
    story: list[events.Event] = [
        events.AttemptStarted(task=1, attempt=1, provider="p"),
        received(2.0, bundle=1),
        *(received(2.0, bundle=9) for _ in range(2)),
    ]
    progress = folded(story[now is None :], now)
    provider = progress.providers["p"]
    assert (progress.attempts, provider.answers, progress.verdicts["", "p"].answers) == (3, 3, 3)
    assert (provider.requests, provider.in_flight, progress.spent().requests) == (1, 0, 1)
    assert (provider.tokens.into, progress.spent().tokens) == (21, 30)
    assert sum(provider.latency.counts().values()) == 1
