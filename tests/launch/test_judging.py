"""Judging again keeps what reviews decided, what is known of a sample, and one sample a task."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import destilation
from destilation.config import Config, Override, load
from destilation.launch.before import Places
from destilation.launch.reparse import reparse
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from tests.e2e.command import lines
from tests.mockserver.running import job, scenario, table

JUDGE = {"name": "judge", "kind": "judge"}
STAGES = [{"name": "question", "fields": ["question"]}, {"name": "answer"}, JUDGE]


def judged(folder: Path, **more: Any) -> Report:
    """A dataset of which a judge refused some answers, one task at a time."""

    async def main() -> Report:
        async with MockServer(scenario(invalid=0.2)) as server:
            return await job(folder, {"far": table(server)}, target=30, concurrency=1, **more)

    return asyncio.run(main())


def configured(folder: Path, **job_keys: Any) -> Config:
    """The folder's configuration with some keys of `[job]` changed."""
    return load(folder / "job.toml", overrides=[Override(f"job.{key}", each, key) for key, each in job_keys.items()])


def by_answer(folder: Path, name: str = "provenance.jsonl") -> dict[tuple[int, int], dict[str, Any]]:
    """The lines of a file by task and attempt."""
    return {(each["task"], each["attempt"]): each for each in lines(folder / name)}


def refused_for(folder: Path, code: str) -> dict[tuple[int, int], dict[str, Any]]:
    """The refusals with that code."""
    return {key: each for key, each in by_answer(folder, "rejections.jsonl").items() if code in each["codes"]}


def told(folder: Path) -> dict[tuple[int, int], dict[str, Any]]:
    """All that provenance says but for the place of the sample."""
    return {key: {**each, "sample": 0} for key, each in by_answer(folder).items()}


@pytest.mark.parametrize("stages", [[JUDGE], STAGES])
def test_what_a_judge_refused_stays_refused(tmp_path: Path, stages: list[dict[str, Any]]) -> None:
    """By the same rules the samples are the same, and all that is known of them; also where a question was at fault."""
    report = judged(tmp_path, template="reasoning", stages=stages)
    before = refused_for(report.folder, "judge:low_score")
    assert {each.get("stage", "") for each in before.values()} == ({""} if len(stages) == 1 else {"question", "answer"})
    found = reparse(report.folder, configured(report.folder), tmp_path / "again")
    assert (found.accepted, found.gained, found.lost) == (30, 0, 0)
    assert refused_for(found.folder, "judge:low_score") == before
    assert found.reasons["judge:low_score"] == len(before)
    assert told(found.folder) == told(report.folder)
    some = next(iter(told(found.folder).values()))
    assert some["axes"] and some["stages"] and some["notes"]["judge"]["score"] >= 6 and some["checks"][-1] == "judge"
    assert verify(found.folder).faults == ()


def test_a_judge_that_is_gone_refuses_nothing(tmp_path: Path) -> None:
    """What it refused, or came to no verdict on, goes by the rest then; while it is there, it is no sample."""
    report = judged(tmp_path, stages=[JUDGE], max_attempts=1)
    refused = refused_for(report.folder, "judge:low_score").keys()
    named = by_answer(report.folder).keys() | by_answer(report.folder, "rejections.jsonl").keys()
    answers = by_answer(report.folder, "completions.jsonl").items()
    undecided = {key for key, each in answers if "stage" not in each} - named
    assert refused and undecided
    same = reparse(report.folder, configured(report.folder), tmp_path / "same")
    assert (same.accepted, same.gained, same.lost) == (30, 0, 0)
    found = reparse(report.folder, configured(report.folder, stages=[]), tmp_path / "again")
    assert (found.lost, found.gained, found.accepted) == (0, len(refused | undecided), 30 + len(refused | undecided))
    assert refused_for(found.folder, "judge:low_score") == {}
    assert by_answer(found.folder).keys() == by_answer(report.folder).keys() | refused | undecided
    assert verify(found.folder).faults == ()


def test_what_means_the_same_stays_refused(tmp_path: Path) -> None:
    """The vectors' refusals are kept while the job has embeddings, and judged by words where it has none."""
    report: Report = destilation.run(
        providers={"mock": {"kind": "mock"}, "vec": {"kind": "mock"}}, name="job", out=str(tmp_path), target=40,
        mix=[{"provider": "mock"}], dedup={"embeddings": {"provider": "vec", "model": "bge", "threshold": 0.75}},
        topics="none", concurrency=1, patience=2_000,
    )  # fmt: skip
    before = refused_for(report.folder, "same_meaning")
    found = reparse(report.folder, configured(report.folder), tmp_path / "again")
    assert before and (found.accepted, found.gained, found.lost) == (40, 0, 0)
    assert refused_for(found.folder, "same_meaning") == before
    assert told(found.folder) == told(report.folder)
    lengths = sorted(len(each["answer"]) for each in lines(report.folder / "samples.jsonl"))
    strict = reparse(
        report.folder, configured(report.folder, **{"checks.max_chars": {"answer": lengths[30]}}), tmp_path / "strict"
    )
    old, new = ({each["sample"]: key for key, each in by_answer(at).items()} for at in (report.folder, strict.folder))
    after = refused_for(strict.folder, "same_meaning")
    assert after.keys() == before.keys() and 0 < len(new) < len(old)
    twins = {key: (old[each["twin"]], new.get(after[key].get("twin", 0))) for key, each in before.items()}
    assert all(now == (was if was in new.values() else None) for was, now in twins.values())
    assert any(now for _, now in twins.values())
    plain = load(report.folder / "job.toml", overrides=[Override("job.dedup", {}, "dedup")])
    without = reparse(report.folder, plain, tmp_path / "plain")
    assert refused_for(without.folder, "same_meaning") == {}
    assert (without.lost, without.gained > 0) == (0, True)


@pytest.mark.parametrize("strict", [False, True])
def test_one_sample_a_task(tmp_path: Path, strict: bool) -> None:
    """Of several good answers the sample from before stays; where it no longer passes, the first that does is taken."""
    report = judged(tmp_path, **{"job.checks.min_chars": {"answer": 175}})
    before = by_answer(report.folder)
    short = refused_for(report.folder, "too_short")
    rivals = {task for task, _ in short} & {task for task, _ in before}
    assert rivals
    changed = {"checks.min_chars": {}, **({"checks.max_chars": {"answer": 174}} if strict else {})}
    found = reparse(report.folder, configured(report.folder, **changed), tmp_path / "again")
    after = by_answer(found.folder)
    assert max(Counter(task for task, _ in after).values()) == 1
    assert found.accepted == len(after) == len(lines(found.folder / "samples.jsonl"))
    assert (found.gained, found.lost) == (len(after.keys() - before.keys()), len(before.keys() - after.keys()))
    if strict:
        assert found.lost == 30 and after.keys() <= short.keys()
        assert rivals <= {task for task, _ in after}
        assert found.reasons["too_long"] == len(refused_for(found.folder, "too_long")) > 0
    else:
        assert before.keys() <= after.keys()
        assert told(found.folder).items() >= told(report.folder).items()
    assert verify(found.folder).faults == ()


def test_places() -> None:
    """Each answer is found at its offset, in whatever order they came; what is not there is not."""
    wanted = {(7, 2): 0, (3, 1): 90, (1_000_000_000, 1_000_000_000): 1 << 40, (7, 1): 30}
    places = Places((*key, offset) for key, offset in wanted.items())
    assert {key: places.at(*key) for key in wanted} == wanted
    assert (places.at(7, 3), places.at(8, 1), len(places)) == (None, None, 4)
    assert [places.first(task) for task in (1, 3, 7, 8, 1_000_000_000)] == [0, 1, 1, 0, 1_000_000_000]
    assert (len(Places([])), Places([]).at(1, 1), Places([]).first(1)) == (0, None, 0)
