"""Jobs that ask for several samples in one request, over real HTTP."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from destilation.launch.cost import cost
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from tests.mockserver.running import job, scenario, table
from tests.mockserver.test_stages import run as run_stages
from tests.mockserver.test_stages import three
from tests.mockserver.test_voices import lines

PRICE = {"input_per_mtok": 1.0, "output_per_mtok": 4.0}


def run(folder: Path, *, target: int = 60, kind: str = "openrouter", **more: Any) -> tuple[Report, dict[str, int]]:
    """A job against one server, and what the server counted."""

    async def main() -> tuple[Report, dict[str, int]]:
        settings = scenario(price=PRICE, seed=4, **more.pop("scenario", {}))
        async with MockServer(settings) as server:
            report = await job(folder, {"far": table(server, kind)}, target=target, concurrency=4, **more)
            ledger = server.ledger
            return report, {"requests": ledger.requests, "in": ledger.tokens_in, "out": ledger.tokens_out}

    return asyncio.run(main())


def test_fewer_requests_and_fewer_tokens(tmp_path: Path) -> None:
    """Five at a time take about a fifth of the requests and fewer tokens, and every sample tells where it is from."""
    one, counted_one = run(tmp_path / "one")
    five, counted = run(tmp_path / "five", per_request=5)
    assert (one.accepted, five.accepted) == (60, 60)
    assert counted["requests"] <= 0.3 * counted_one["requests"]
    assert counted["in"] < 0.7 * counted_one["in"]
    assert verify(five.folder).faults == ()
    answers = {(each["task"], each["attempt"]): each for each in lines(five.folder / "completions.jsonl")}
    for origin in lines(five.folder / "provenance.jsonl"):
        answer = answers[origin["task"], origin["attempt"]]
        assert origin["topic"] == answer.get("topic", origin["topic"])
    bundles = Counter(each["bundle"] for each in answers.values() if each.get("bundle"))
    assert set(bundles.values()) == {5}
    assert sum(each["tokens"]["out"] for each in answers.values()) == counted["out"]
    assert sum(row.usd for row in cost(five.folder)) == pytest.approx(five.metadata["cost_usd"])
    providers: Any = five.metadata["providers"]
    assert providers["far"]["requests"] == counted["requests"]
    assert providers["far"]["in_flight"] == 0


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_bad_records_are_asked_for_alone(tmp_path: Path, kind: str) -> None:
    """With three of ten records spoilt and repeats among them, it is exactly the target, and nothing good is lost."""
    told = {"invalid": 0.3, "duplicate": 0.1, "near_duplicate": 0.1}
    report, _ = run(tmp_path, kind=kind, per_request=4, scenario=told, topics="none")
    assert (report.exit_code, report.accepted) == (0, 60)
    assert verify(report.folder).faults == ()
    answers = list(lines(report.folder / "completions.jsonl"))
    assert len(answers) == 60 + len(lines(report.folder / "rejections.jsonl"))
    assert {each["bundle"] > 0 for each in answers if each["attempt"] == 1 and "bundle" in each} == {True}
    assert not any("bundle" in each for each in answers if each["attempt"] > 1)


def test_the_first_of_several_stages(tmp_path: Path) -> None:
    """Questions come several at a time from the cheap model, and each goes its own way to the expert."""
    report, requests = run_stages(tmp_path, three(), per_request=4)
    assert (report.exit_code, report.accepted) == (0, 40)
    assert verify(report.folder).faults == ()
    assert requests["cheap"] < requests["expert"]


def test_a_cap_on_requests_counts_requests(tmp_path: Path) -> None:
    """The cap is on what is sent, not on the records that come back; the same command goes on where it stopped."""
    report, counted = run(tmp_path, per_request=5, max_requests=6, topics="none")
    assert report.exit_code == 4
    assert counted["requests"] == 6
    assert report.accepted == 30
    report, counted = run(tmp_path, per_request=5, topics="none")
    assert (report.exit_code, report.accepted, counted["requests"]) == (0, 60, 6)
    assert verify(report.folder).faults == ()


def test_answers_heard_again_are_told_of_as_before(tmp_path: Path) -> None:
    """Where all verdicts are lost, the answers of the ledger bring the same samples with the same origins, unasked."""
    told = {"invalid": 0.3, "near_duplicate": 0.1}
    report, counted = run(tmp_path, per_request=4, scenario=told, topics="none")
    names = ("samples.jsonl", "provenance.jsonl", "rejections.jsonl")
    before = {name: lines(report.folder / name) for name in names}
    for name in (*names, ".index.bin"):
        (report.folder / name).unlink()
    again, counted = run(tmp_path, per_request=4, scenario=told, topics="none")
    assert (again.accepted, counted["requests"]) == (60, 0)
    same = ("task", "attempt", "provider", "model", "tokens", "cost_usd", "parameters", "hash", "codes")
    for name in names[1:]:
        kept = [{key: each.get(key) for key in same} for each in lines(again.folder / name)]
        was = [{key: each.get(key) for key in same} for each in before[name]]
        assert sorted(kept, key=str) == sorted(was, key=str)
