"""`[job.exclude]`: what leaks from a benchmark is refused, named by its line, and not in the samples."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from destilation.config import Override, load
from destilation.errors import ConfigError
from destilation.launch.excluded import exclusions_of
from destilation.launch.reparse import reparse
from destilation.launch.run import Report, run
from tests.providers.scripted import ScriptedServer, chat, reply

WORDS = [
    f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe", "ri", "so", "tu") for b in ("ban", "dor", "fel", "gim", "hax")
]
CHANGES = (
    str,
    str.upper,
    lambda text: f"Consider this. {text}",
    lambda text: text.replace(" ", "  ").replace("?", "!"),
    lambda text: f"{text} Explain each step.",
)


def benchmark(chance: random.Random, count: int = 100) -> list[str]:
    """Questions, every third of them short."""
    sizes = [chance.randint(4, 9) if number % 3 == 0 else chance.randint(14, 40) for number in range(count)]
    return [f"{' '.join(chance.choices(WORDS, k=size)).capitalize()}?" for size in sizes]


def job(folder: Path, **more: Any) -> Any:
    """The configuration of a job that asks a server in this process."""
    values = {"job.domain": "d", "job.target": 40, "job.out": str(folder), "job.name": "job", "job.concurrency": 1, "job.topics": "none",
              "providers.far.kind": "openai", "providers.far.model": "m", "providers.far.base_url": "http://127.0.0.1:1",
              **more}  # fmt: skip
    return load(None, overrides=[Override(key, each, key) for key, each in values.items()], env={})


def leaky(folder: Path, answers: list[dict[str, str]], **more: Any) -> tuple[Report, list[Any]]:
    """A run of a model that says these things in their order, and what it was told."""

    async def main() -> tuple[Report, list[Any]]:
        scripts = [reply(200, chat(json.dumps(each))) for each in answers]
        async with ScriptedServer(*scripts) as server:
            report = await run(job(folder, **{"providers.far.base_url": f"{server.url}/v1", **more}), env={})
            return report, server.bodies

    return asyncio.run(main())


def lines(path: Path) -> list[Any]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_model_that_leaks_a_benchmark(tmp_path: Path) -> None:
    """Of 100 questions ten leak, changed a little, in either field: all ten are named, none is kept, none is quoted."""
    chance = random.Random(5)
    questions = benchmark(chance)
    (tmp_path / "bench.csv").write_text("id,question\n" + "".join(f"{n},{each}\n" for n, each in enumerate(questions)))
    answers = [
        {"question": " ".join(chance.choices(WORDS, k=30)), "answer": " ".join(chance.choices(WORDS, k=30))}
        for _ in range(50)
    ]
    leaks = {5 * number: chance.randrange(100) // 10 * 10 + number for number in range(10)}
    for place, (at, which) in enumerate(leaks.items()):
        answers[at]["question" if place % 2 else "answer"] = CHANGES[place % 5](questions[which])
    exclude = {"job.exclude.files": [str(tmp_path / "bench.csv")]}
    report, bodies = leaky(tmp_path, answers, **exclude)
    assert (report.state, report.accepted) == ("met", 40)
    refused = lines(report.folder / "rejections.jsonl")
    told = " ".join(each["reasons"][0] for each in refused)
    assert {each["codes"][0] for each in refused} <= {"excluded", "contaminated"}
    assert len(refused) == 10
    assert all(f"bench.csv:{which + 2}," in told for which in leaks.values())
    kept = (report.folder / "samples.jsonl").read_text().lower()
    assert not any(questions[which][:-1].lower() in kept for which in leaks.values())
    feedback = [body["messages"][-1]["content"] for body in bodies if len(body["messages"]) > 2]
    assert len(feedback) == 10
    assert all("clearly different subject" in each and "line" not in each.split("bench.csv")[0] for each in feedback)
    assert not any(questions[which][:-1].lower() in each.lower() for which in leaks.values() for each in feedback)
    document = json.loads((report.folder / "metadata.json").read_text())
    assert sum(document["rejected"]["semantic"].values()) == 10


def test_an_earlier_dataset(tmp_path: Path) -> None:
    """What another job made is not made again; what was let in before it was excluded goes by `reparse`."""
    chance = random.Random(6)
    old = [{"question": " ".join(chance.choices(WORDS, k=30)), "answer": "An answer."} for _ in range(40)]
    first, _ = leaky(tmp_path / "old", old)
    new = [{"question": " ".join(chance.choices(WORDS, k=30)), "answer": f"Answer {n}."} for n in range(40)]
    changed = {**old[7], "question": f"{old[7]['question']} today"}
    exclude = {"job.exclude.files": [str(first.folder)]}
    second, _ = leaky(tmp_path / "new", [changed, *new], **exclude)
    (refused,) = lines(second.folder / "rejections.jsonl")
    assert "job/samples.jsonl:8" in refused["reasons"][0]
    assert second.accepted == 40
    third, _ = leaky(tmp_path / "again", [changed, *new])
    assert third.reasons == {}
    again = reparse(third.folder, job(tmp_path / "again", **exclude), tmp_path / "judged")
    assert (again.accepted, again.lost) == (39, 1)


def read(tmp_path: Path, name: str, text: str, **more: Any) -> Any:
    """What is excluded by a file of this text."""
    (tmp_path / name).write_text(text)
    return exclusions_of(job(tmp_path, **{"job.exclude.files": [str(tmp_path / name)], **more}))


@pytest.mark.parametrize(
    ("name", "text", "more", "wanted"),
    [
        ("b.txt", "\n \n", {}, r"job\.exclude: .*b\.txt: holds no text"),
        ("b.jsonl", '{"n": 1}\n{"question": ""}\n', {}, "holds no text"),
        ("b.docx", "x", {}, r"unknown kind of file '\.docx'; known: \.jsonl"),
        ("b.jsonl", '{"q": "a"}\nx\n', {}, r"b\.jsonl:2: is no JSON"),
        ("b.csv", "prompt\nWhy?\n", {"job.exclude.fields": ["promt"]}, r"b\.csv:2: has no column promt; there are: prompt"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(name: str, text: str, more: dict[str, Any], wanted: str, tmp_path: Path) -> None:
    """File, line and what is wrong; nothing is asked or written."""
    with pytest.raises(ConfigError, match=wanted):
        read(tmp_path, name, text, **more)
    with pytest.raises(ConfigError, match=wanted):
        leaky(tmp_path / "out", [{}], **{"job.exclude.files": [str(tmp_path / name)], **more})
    assert not (tmp_path / "out").exists()


def test_what_is_not_there(tmp_path: Path) -> None:
    """A missing file, an empty list, a key that is mistyped or out of range."""
    with pytest.raises(ConfigError, match=r"job\.exclude: .*none\.csv: there is no such file"):
        exclusions_of(job(tmp_path, **{"job.exclude.files": ["none.csv"]}))
    with pytest.raises(ConfigError, match=r"samples\.jsonl: there is no such file"):
        exclusions_of(job(tmp_path, **{"job.exclude.files": [str(tmp_path)]}))
    for more, wanted in (
        ({"job.exclude.files": []}, r"job\.exclude\.files: must not be empty"),
        ({"job.exclude.files": [""]}, "must not be empty"),
        ({"job.exclude.fields": ["a"]}, r"job\.exclude\.files: missing"),
        ({"job.exclude.files": ["a"], "job.exclude.ngram": 3}, "must be at least 5"),
        ({"job.exclude.file": "a"}, "did you mean `files`"),
    ):
        with pytest.raises(ConfigError, match=wanted):
            job(tmp_path, **more)
    assert exclusions_of(job(tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "text", "more", "repeats", "others"),
    [
        ("a.csv", "question,choice\nWho wrote the Iliad then?,None of the above\n", {}, "who wrote the Iliad then", "none of the above"),
        ("a.csv", "q,choice\nWho wrote the Iliad then?,None of the above\n", {}, "none of the above", "none of these"),
        ("a.csv", "q,choice\nWho wrote the Iliad then?,None of the above\n", {"job.exclude.fields": ["q"]}, "who wrote the Iliad then", "none of the above"),
        ("a.txt", "Who wrote the Iliad then?\n", {}, "who wrote the Iliad then", "who wrote the Odyssey then"),
        ("a.jsonl", '{"question": ["Who wrote the Iliad then?", 7]}\n', {}, "who wrote the iliad then 7", "who wrote the Iliad then"),
    ],
)  # fmt: skip
def test_which_columns_are_read(
    name: str, text: str, more: dict[str, Any], repeats: str, others: str, tmp_path: Path
) -> None:
    """Those that are named, else those that tell duplicates, else all text."""
    found = read(tmp_path, name, text, **more)
    assert found.repeated({"x": f"so {repeats} it was"}).code == "contaminated"
    assert found.repeated({"x": f"so {others} it was"}) is None


def test_it_is_resolved_and_written_down(tmp_path: Path) -> None:
    """A relative path is one beside the configuration, and job.toml reads back to the same."""
    (tmp_path / "bench.txt").write_text("Who wrote the Iliad?\n")
    path = tmp_path / "config.toml"
    path.write_text(
        '[job]\ntarget = 3\nmix = [{ provider = "mock" }]\n[job.exclude]\nfiles = ["bench.txt"]\nngram = 8\n'
    )
    config = load(path, env={})
    assert config.job.exclude is not None
    assert config.job.exclude.files == (str(tmp_path / "bench.txt"),)
    report = asyncio.run(run(load(path, overrides=[Override("job.out", str(tmp_path), "out")], env={}), env={}))
    again = load(report.folder / "job.toml", env={})
    assert again.job.exclude == config.job.exclude
