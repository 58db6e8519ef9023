"""A job of three stages that is stopped midway and goes on: nothing recorded is paid for twice, and all is counted."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from destilation.cli.status import status_lines
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from tests.mockserver.running import job, scenario, table
from tests.mockserver.test_stages import PRICE, three
from tests.mockserver.test_voices import lines

TARGET = 30
Job = Callable[..., Awaitable[Report]]
Course = Callable[[Job], Awaitable[Report]]
COUNTED = ("accepted", "attempts", "accepted_first_try", "rejected", "acceptance", "tokens", "cost_usd")


def played(folder: Path, course: Course, **settings: Any) -> tuple[Report, Counter[str]]:
    """The last report of a course of runs of one job, and how many requests each server got in all of them."""

    async def main() -> tuple[Report, Counter[str]]:
        async with (
            MockServer(scenario(price=PRICE, invalid=0.1, seed=1, **settings)) as cheap,
            MockServer(scenario(price=PRICE, reasoning=True, invalid=0.1, seed=2, **settings)) as expert,
            MockServer(scenario(price=PRICE, invalid=0.1, seed=3, **settings)) as third,
        ):
            servers = {"cheap": cheap, "expert": expert, "third": third}
            tables = {name: table(server, "openrouter", price=PRICE) for name, server in servers.items()}

            async def once(**more: Any) -> Report:
                return await job(folder, tables, concurrency=6, **three(TARGET), **more)

            report = await course(once)
            return report, Counter({name: server.ledger.requests for name, server in servers.items()})

    return asyncio.run(main())


def answers(folder: Path) -> Counter[str]:
    """How many answers of each provider are recorded."""
    return Counter(each["provider"] for each in lines(folder / "completions.jsonl"))


async def at_once(once: Job) -> Report:
    """One run to the end."""
    return await once()


async def in_parts(once: Job) -> Report:
    """Four runs, of seven samples at most but for the last."""
    for made in (7, 14, 21):
        report = await once(most=7)
        assert (report.state, report.accepted) == ("interrupted", made)
    return await once()


async def killed(once: Job) -> Report:
    """Runs that are cut off in the middle of what they do, and one that is not."""
    for seconds in (0.3, 0.4, 0.5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await once()
    return await once()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Counter[str]]:
    """The job in one run."""
    return played(tmp_path_factory.mktemp("whole"), at_once)


def _rounded(value: object) -> object:
    """Sums of money come in another order."""
    return round(value, 6) if isinstance(value, float) else value


def test_a_job_in_parts_costs_what_it_costs_at_once(tmp_path: Path, whole: tuple[Report, Counter[str]]) -> None:
    """Stopped three times, it ends with exactly N, the same samples, the same requests and the same counts."""
    report, requests = played(tmp_path, in_parts)
    at_once_report, at_once_requests = whole
    assert (report.exit_code, report.accepted) == (0, TARGET)
    assert verify(report.folder).faults == ()
    assert requests == at_once_requests == answers(report.folder)
    samples = [Counter(map(str, lines(each.folder / "samples.jsonl"))) for each in (report, at_once_report)]
    assert samples[0] == samples[1]
    for name in COUNTED:
        assert _rounded(report.metadata[name]) == _rounded(at_once_report.metadata[name]), name


def test_a_job_that_is_killed_pays_for_no_recorded_answer_twice(
    tmp_path: Path, whole: tuple[Report, Counter[str]]
) -> None:
    """Only what was in flight is asked for again; that is charged, and the answers are those of a run at once."""
    report, requests = played(tmp_path, killed, latency_s=0.1)
    at_once_report, at_once_requests = whole
    assert (report.exit_code, report.accepted) == (0, TARGET)
    assert verify(report.folder).faults == ()
    recorded = answers(report.folder)
    assert recorded == at_once_requests
    lost = Counter(each["provider"] for each in lines(report.folder / "charges.jsonl"))
    assert lost.total() > 0
    assert all(recorded[name] <= requests[name] <= recorded[name] + lost[name] for name in requests)
    samples = [Counter(map(str, lines(each.folder / "samples.jsonl"))) for each in (report, at_once_report)]
    assert samples[0] == samples[1]
    named = [(each["task"], each["attempt"]) for each in lines(report.folder / "completions.jsonl")]
    assert len(set(named)) == len(named)


def test_what_is_counted(whole: tuple[Report, Counter[str]]) -> None:
    """Metadata and status tell refusals by layer and check, and the acceptance of each model at each stage."""
    report, _ = whole
    refused = lines(report.folder / "rejections.jsonl")
    by_layer: dict[str, Counter[str]] = {}
    for each in refused:
        by_layer.setdefault(each["layer"], Counter())[each["codes"][0]] += 1
    assert report.metadata["rejected"] == by_layer
    assert by_layer["semantic"]["judge:low_score"] > 0 and by_layer["structural"]
    stages = Counter((each["stage"], each["provider"]) for each in lines(report.folder / "completions.jsonl"))
    bad = Counter((each["stage"], each["provider"]) for each in refused)
    rows = [
        {
            "stage": stage,
            "provider": provider,
            "model": "mock-small",
            "answers": stages[stage, provider],
            "rejected": bad[stage, provider],
            "rate": round(1 - bad[stage, provider] / stages[stage, provider], 4),
        }
        for stage, provider in sorted(stages)
    ]
    assert report.metadata["acceptance"] == rows
    assert [row["stage"] for row in rows] == ["answer", "judge", "question", "topics"]
    told = "\n".join(status_lines(report.metadata, running=False))
    assert "semantic: judge:low score" in told
    for row in rows:
        assert f"    {row['stage']}: {row['provider']} (mock-small) {row['rate']:.1%} of {row['answers']}" in told
    firsts = sum(each["attempts"] == 1 + len(each["stages"]) for each in lines(report.folder / "provenance.jsonl"))
    assert 0 < firsts < TARGET
    assert report.metadata["accepted_first_try"] == firsts
