"""Jobs of several stages, each with providers of its own, over real HTTP."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from destilation.launch.cost import cost
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from tests.mockserver.running import job, scenario, table
from tests.mockserver.test_voices import lines

PRICE = {"input_per_mtok": 1.0, "output_per_mtok": 4.0}


def three(target: int = 40, **judge: Any) -> dict[str, Any]:
    """A question by the cheap one, the answer by the expert, a verdict by a third."""
    entry = {"kind": "judge", "mix": [{"provider": "third"}], **judge}
    return {
        "template": "reasoning",
        "target": target,
        "stages": [
            {"name": "question", "fields": ["question"], "mix": [{"provider": "cheap"}]},
            {"name": "answer", "mix": [{"provider": "expert"}]},
            {"name": "judge", **entry},
        ],
    }


def run(folder: Path, values: dict[str, Any], **more: Any) -> tuple[Report, dict[str, int]]:
    """The job against three servers, and how many requests each of them got."""

    async def main() -> tuple[Report, dict[str, int]]:
        async with (
            MockServer(scenario(price=PRICE, invalid=0.1, seed=1)) as cheap,
            MockServer(scenario(price=PRICE, reasoning=True, invalid=0.1, seed=2)) as expert,
            MockServer(scenario(price=PRICE, invalid=0.1, seed=3)) as third,
        ):
            servers = {"cheap": cheap, "expert": expert, "third": third}
            tables = {name: table(server, "openrouter") for name, server in servers.items()}
            report = await job(folder, tables, concurrency=8, **{**values, **more})
            return report, {name: server.ledger.requests for name, server in servers.items()}

    return asyncio.run(main())


def test_three_stages_end_with_exactly_the_target(tmp_path: Path) -> None:
    """Each sample has its question from one, its answer from another, and a verdict from a third; the cost is split."""
    report, requests = run(tmp_path, three())
    assert (report.exit_code, report.accepted) == (0, 40)
    assert verify(report.folder).faults == ()
    answers = {(each["task"], each["attempt"]): each for each in lines(report.folder / "completions.jsonl")}
    assert Counter(each["provider"] for each in answers.values()) == requests
    for sample, origin in zip(
        lines(report.folder / "samples.jsonl"), lines(report.folder / "provenance.jsonl"), strict=True
    ):
        assert [each["stage"] for each in origin["stages"]] == ["question", "judge"]
        assert [each["provider"] for each in origin["stages"]] == ["cheap", "third"]
        assert (origin["stage"], origin["provider"]) == ("answer", "expert")
        assert origin["notes"]["judge"]["score"] >= 6 and origin["checks"][-1] == "judge"
        asked = answers[origin["task"], origin["stages"][0]["attempt"]]
        assert sample["question"] in asked["body"]["choices"][0]["message"]["content"]
        assert answers[origin["task"], origin["attempt"]]["given"] == {"question": sample["question"]}
        assert sample["reasoning"] == origin["reasoning"]
    rows = cost(report.folder)
    by_stage = Counter[str]()
    for row in rows:
        by_stage[row.stage] += row.answers
    topics = by_stage.pop("topics")  # asked of whoever asks the questions
    assert topics >= 1
    assert by_stage == {
        "question": requests["cheap"] - topics,
        "answer": requests["expert"],
        "judge": requests["third"],
    }
    assert sum(row.usd for row in rows) == pytest.approx(report.metadata["cost_usd"])


def test_what_the_judge_criticises_goes_to_the_stage_at_fault(tmp_path: Path) -> None:
    """A low score refuses the answer of the stage that the judge names, with the critique as the reason."""
    report, _ = run(tmp_path, three())
    refused = [each for each in lines(report.folder / "rejections.jsonl") if "judge:low_score" in each["codes"]]
    assert {each["stage"] for each in refused} == {"question", "answer"}
    assert all("an examiner gave it 3 of 10 points" in each["reasons"][0] for each in refused)
    acceptance = report.metadata["acceptance"]
    assert isinstance(acceptance, list)
    assert [row["stage"] for row in acceptance] == ["answer", "judge", "question", "topics"]


def test_a_judge_that_flags(tmp_path: Path) -> None:
    """Samples with a low score are kept, and marked."""
    report, _ = run(tmp_path, three(on_fail="flag"))
    assert report.exit_code == 0
    origins = lines(report.folder / "provenance.jsonl")
    flagged = [origin for origin in origins if "flags" in origin["notes"]]
    assert flagged and all(origin["notes"]["judge"]["score"] == 3 for origin in flagged)
    assert flagged[0]["notes"]["flags"] == ["judge: scored 3 of 10"]


def test_a_stage_that_cannot_be_asked_ends_the_run(tmp_path: Path) -> None:
    """Exit 5 that names the stage; the questions that were paid for are used by the next run."""
    values = three(target=5)
    values["stages"][1]["mix"] = [{"provider": "expert", "model": "unknown-model"}]
    report, requests = run(tmp_path, values)
    assert report.exit_code == 5 and "unknown-model" in report.retired["expert"]
    paid = requests["cheap"]
    assert paid > 0
    report, requests = run(tmp_path, three(target=5))
    assert (report.exit_code, report.accepted) == (0, 5)
    questions = [each for each in lines(report.folder / "completions.jsonl") if each["stage"] == "question"]
    assert len({(each["task"], each["attempt"]) for each in questions}) == len(questions) == paid + requests["cheap"]


@pytest.mark.parametrize("template", ["simple_qa", "reasoning"])
def test_consistency(tmp_path: Path, template: str) -> None:
    """The question is asked again; a sample whose answer the others contradict is refused, with one of them quoted."""
    stages = [{"name": "again", "kind": "consistency", "samples": 3, "mix": [{"provider": "third"}]}]
    values = {"template": template, "target": 20, "stages": stages, "mix": [{"provider": "expert"}]}
    report, requests = run(tmp_path, values)
    assert (report.exit_code, report.accepted) == (0, 20)
    notes = [origin["notes"]["again"] for origin in lines(report.folder / "provenance.jsonl")]
    assert all(each["agreement"] >= 0.5 and 1 <= each["asked"] <= 3 for each in notes)
    assert requests["third"] >= 40


def test_local_checks(tmp_path: Path) -> None:
    """Calculations are done again, and what is said is held against the passage that it is about."""
    passages = [f"The dam at Corrie Glen holds {number * 1_001} litres of water." for number in range(1, 9)]
    file = tmp_path / "passages.jsonl"
    rows = [{"question": f"How much does dam {n} hold?", "passage": each} for n, each in enumerate(passages)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    seeds = {"file": str(file), "columns": {"question": "question", "passage": "passage"}}
    values = {
        "template": "simple_qa", "seeds": seeds, "mix": [{"provider": "cheap"}], "max_attempts": 1,
        "checks": {"arithmetic": True, "grounding": "passage"},
    }  # fmt: skip
    report, _ = run(tmp_path, values, target=8)
    assert report.exit_code == 3
    codes = Counter(each["codes"][0] for each in lines(report.folder / "rejections.jsonl"))
    assert codes["grounding:unsupported"] >= 10
    prompts = lines(report.folder / "completions.jsonl")[0]["given"]
    assert set(prompts) == {"question", "passage"}
