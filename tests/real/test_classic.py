"""The classic distillation against the real llama.cpp server: given questions, plain answers, the model's own thought."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from destilation.launch.verify import verify
from tests.e2e.command import destilation
from tests.real.servers import tiny

pytest.importorskip("xllamacpp")
pytest.importorskip("pyarrow")
QUESTIONS = [
    f"Wie weit fällt ein Stein in {number} s,\u2028und wie schnell ist er dann?"
    if number % 2
    else f'Why does lifetime rule number {number} reject "this" code, and   what would an expert write?'
    for number in range(200)
]


def written(folder: Path, ending: str, questions: list[str]) -> Path:
    """A file of these questions."""
    path = folder / f"questions{ending}"
    match ending:
        case ".jsonl":
            path.write_text("".join(json.dumps({"id": n, "question": q}) + "\n" for n, q in enumerate(questions)))
        case ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([["id", "question"], *([n, q] for n, q in enumerate(questions))])
        case ".txt":
            path.write_text("\n".join(questions), encoding="utf-8")
        case ".parquet":
            import pyarrow
            from pyarrow import parquet

            parquet.write_table(pyarrow.table({"question": questions}), path)
    return path


def asked(folder: Path, address: str, *more: str) -> None:
    """A run of the command to its end; a random model is refused often, so it may be asked often."""
    local = [f"providers.local.{each}" for each in ("kind=openai", f"base_url={address}/v1", "max_concurrency=4")]
    settings = [part for each in local for part in ("--set", each)]
    done = destilation(
        *("run", "-t", "reasoning", "-p", "local", "-m", "tiny", "--name", "job", "--max-attempts", "60"),
        *settings,
        *more,
        cwd=folder,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The objects of a file of the dataset."""
    text = (folder / "datasets" / "job" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.mark.parametrize(("ending", "count"), [(".jsonl", 200), (".csv", 20), (".txt", 20), (".parquet", 20)])
def test_given_questions_are_answered_word_by_word(tmp_path: Path, ending: str, count: int) -> None:
    """Each question as given, answer and reasoning exactly as the server sent them, native in every sample."""
    questions = QUESTIONS[:count]
    with tiny(tmp_path, "think") as address:
        asked(tmp_path, address, "--seeds", str(written(tmp_path, ending, questions)))
    samples, origins = lines(tmp_path, "samples.jsonl"), lines(tmp_path, "provenance.jsonl")
    assert sorted(sample["question"] for sample in samples) == sorted(questions)
    answers = {(each["task"], each["attempt"]): each for each in lines(tmp_path, "completions.jsonl")}
    for sample, origin in zip(samples, origins, strict=True):
        message = answers[origin["task"], origin["attempt"]]["body"]["choices"][0]["message"]
        assert (sample["answer"], sample["reasoning"]) == (message["content"], message["reasoning_content"])
        assert (origin["sources"], origin["mode"]) == ({"reasoning": "native"}, "text")
    assert verify(tmp_path / "datasets" / "job").faults == ()


@pytest.mark.parametrize(("profile", "source"), [("think", "native"), ("tools", "answer")])
def test_two_hundred_samples_with_reasoning(tmp_path: Path, profile: str, source: str) -> None:
    """A model that thinks has its own reasoning in every sample; one that shows none is asked for it."""
    with tiny(tmp_path, profile) as address:
        asked(tmp_path, address, "-n", "200", "--domain", "Rust")
    samples, origins = lines(tmp_path, "samples.jsonl"), lines(tmp_path, "provenance.jsonl")
    assert len(samples) == 200
    assert all(sample["reasoning"].strip() for sample in samples)
    assert {origin["sources"]["reasoning"] for origin in origins} == {source}
    if source == "native":
        assert all(sample["reasoning"] == origin["reasoning"] for sample, origin in zip(samples, origins, strict=True))
