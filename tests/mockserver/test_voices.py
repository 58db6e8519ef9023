"""Servers that treat a wish for structure each in their own way: all give samples with reasoning, at little cost."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from destilation.launch.run import Report
from destilation.mockserver.server import MockServer
from tests.mockserver.running import job, scenario, table

MOST_PROBES = 4
# The voice of the server, the rung that is found, whose reasoning is kept, and a word of the reason.
FOUND = [
    ("plain", "json_schema", "native", ""),
    ("rejects_schema", "prompt", "native", "json_schema is refused"),
    ("ignores_schema", "tool_call", "native", "json_schema is ignored"),
    ("schema_kills_reasoning", "prompt", "native", "silences its reasoning"),
    ("json_in_reasoning", "json_schema", "native", ""),
    ("tool_call_only", "tool_call", "native", "json_schema is refused"),
    ("prose", "json_schema", "native", ""),
    ("encrypted", "json_schema", "answer", "encrypts what it thinks"),
]


def made(folder: Path, **more: Any) -> tuple[Report, MockServer]:
    """A job of 100 samples with reasoning against a server like that."""

    async def main() -> tuple[Report, MockServer]:
        async with MockServer(scenario(reasoning=True, **more)) as server:
            report = await job(folder, {"far": table(server)}, target=100, template="reasoning", concurrency=8)
            return report, server

    return asyncio.run(main())


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize(("voice", "rung", "source", "why"), FOUND)
def test_every_voice_gives_samples_with_reasoning(tmp_path: Path, voice: str, rung: str, source: str, why: str) -> None:
    """100 valid samples, none without reasoning, within 1.15 requests a sample after the way was found."""
    report, server = made(tmp_path, voice=voice)
    assert report.exit_code == 0
    samples, origins = lines(report.folder / "samples.jsonl"), lines(report.folder / "provenance.jsonl")
    assert len(samples) == 100
    assert all(sample["reasoning"].strip() for sample in samples)
    assert {origin["sources"]["reasoning"] for origin in origins} == {source}
    assert server.ledger.requests - MOST_PROBES <= 115
    providers = report.metadata["providers"]
    assert isinstance(providers, dict)
    way = providers["far"]["way"]
    assert way.startswith(rung) and why in way


def test_native_reasoning_is_kept_word_by_word(tmp_path: Path) -> None:
    """The field is what the server sent beside the answer, and the record was not asked for it."""
    report, _ = made(tmp_path)
    for sample, origin in zip(
        lines(report.folder / "samples.jsonl"), lines(report.folder / "provenance.jsonl"), strict=True
    ):
        assert sample["reasoning"] == origin["reasoning"]
    answer = lines(report.folder / "completions.jsonl")[0]["body"]["choices"][0]["message"]
    assert "reasoning" not in json.loads(answer["content"])


def test_one_at_a_time_until_the_way_is_found(tmp_path: Path) -> None:
    """A server that silences its models costs one request too many, not one for each worker."""
    report, _ = made(tmp_path, voice="schema_kills_reasoning", latency_s=0.05)
    assert report.metadata["rejected"] == {"structural": {"missing_field": 1}}


def test_native_reasoning_only(tmp_path: Path) -> None:
    """Where the model's own reasoning is a must, a model that shows none is given up and told by its name."""

    async def main() -> Report:
        async with MockServer(scenario(reasoning=True, voice="encrypted")) as server:
            return await job(tmp_path, {"far": table(server)}, template="reasoning", reasoning="native")

    report = asyncio.run(main())
    assert report.exit_code == 5
    assert "encrypts what it thinks" in report.retired["far"]


def test_reasoning_in_the_answer_only(tmp_path: Path) -> None:
    """Where it is not wanted, the model's own reasoning is left aside and the record has its own."""

    async def main() -> Report:
        async with MockServer(scenario(reasoning=True)) as server:
            return await job(tmp_path, {"far": table(server)}, template="reasoning", reasoning="json")

    report = asyncio.run(main())
    assert report.exit_code == 0
    origins = lines(report.folder / "provenance.jsonl")
    assert {origin["sources"]["reasoning"] for origin in origins} == {"answer"}
    assert all(
        sample["reasoning"] != origin["reasoning"]
        for sample, origin in zip(lines(report.folder / "samples.jsonl"), origins, strict=True)
    )


@pytest.mark.parametrize("kind", ["openai", "openrouter", "ollama"])
def test_given_questions_are_answered_in_plain_text(tmp_path: Path, kind: str) -> None:
    """Each question as it was given, the answer and the reasoning as the server sent them, in every dialect."""
    questions = [f"What is the {name}\u2028of  number {number}?" for number, name in enumerate("abcdefghij")]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps({"q": question}) + "\n" for question in questions), encoding="utf-8")

    async def main() -> Report:
        async with MockServer(scenario(reasoning=True)) as server:
            seeds = {"file": str(file), "columns": {"question": "q"}}
            return await job(tmp_path, {"far": table(server, kind)}, template="reasoning", seeds=seeds)

    report = asyncio.run(main())
    assert report.exit_code == 0
    samples = lines(report.folder / "samples.jsonl")
    assert sorted(sample["question"] for sample in samples) == sorted(questions)
    answers = {(each["task"], each["attempt"]): each for each in lines(report.folder / "completions.jsonl")}
    for sample, origin in zip(samples, lines(report.folder / "provenance.jsonl"), strict=True):
        body = answers[origin["task"], origin["attempt"]]["body"]
        message = body["message"] if kind == "ollama" else body["choices"][0]["message"]
        assert sample["answer"] == message["content"]
        assert sample["reasoning"] == message.get("reasoning", message.get("thinking"))
        assert origin["mode"] == "text"
