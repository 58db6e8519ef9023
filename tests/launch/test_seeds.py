"""Seeds from the file to the provenance: every format in every mode, what is bad, what goes on, what is used up."""

import asyncio
import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from destilation.config import Config, Override, load
from destilation.core.catalogue import BUILTIN
from destilation.core.evolve import MOVES
from destilation.errors import ConfigError
from destilation.launch.run import Report, run
from destilation.launch.seeded import seeds_of
from tests.e2e.command import destilation, lines
from tests.providers.scripted import ScriptedServer, chat, reply

SUBJECTS = ("lenses", "tides", "engines", "sails", "bells", "clocks")
QUESTIONS = [f"How do {subject} work, and what limits them in practice?" for subject in SUBJECTS]
PASSAGES = [
    f"Of {subject} there are {number + 2} kinds. They were first made long ago."
    for number, subject in enumerate(SUBJECTS)
]
Row = dict[str, Any]
ROWS: list[Row] = [{"question": one, "passage": other} for one, other in zip(QUESTIONS, PASSAGES, strict=True)]
FORMATS = ("a.jsonl", "a.csv", "a.parquet", "a.txt", "docs")
MODES = ("answer", "variations", "evolve", "ground")


def put(folder: Path, name: str, rows: list[Row] = ROWS) -> Path:
    """The rows in a file of that name; of plain text and documents the passages alone."""
    path = folder / name
    if name == "docs":
        path.mkdir()
        for number, row in enumerate(rows):
            (path / f"{number}.md").write_text(f"# {number}\n\n{row['passage']}\n")
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".txt":
        path.write_text("".join(f"{row['passage']}\n" for row in rows))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def config_of(folder: Path, seeds: Path, **more: Any) -> Config:
    """A job of these seeds, one task at a time; `more` are keys of job.seeds, or whole ones."""
    values = {"job.seeds.file": str(seeds), "job.out": str(folder), "job.name": "job", "job.concurrency": 1,
              "job.durability": "none", "providers.mock.kind": "mock"}  # fmt: skip
    values |= {key if "." in key else f"job.seeds.{key}": value for key, value in more.items()}
    return load(None, overrides=[Override(key, value, key) for key, value in values.items()], env={})


def made(folder: Path, seeds: Path, **more: Any) -> Report:
    """A run of such a job, for `most` samples at most where that is given."""
    most = more.pop("most", None)
    return asyncio.run(run(config_of(folder, seeds, **more), env={}, most=most))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("mode", MODES)
def test_every_format_in_every_mode(tmp_path: Path, name: str, mode: str) -> None:
    """Without a template of one's own: each seed gives its samples, and provenance says of which, how, and from what."""
    report = made(tmp_path, put(tmp_path, name), mode=mode)
    each = 4 if mode == "variations" else 1
    seeds = 1 if (name, mode) == ("a.txt", "ground") else len(ROWS)  # there it is one document
    assert (report.state, report.accepted) == ("met", seeds * each)
    samples, origins = lines(report.folder / "samples.jsonl"), lines(report.folder / "provenance.jsonl")
    assert all(list(sample) == ["question", "answer"] for sample in samples)
    assert set(Counter(origin["seed"] for origin in origins).values()) == {each}
    texts = QUESTIONS if name not in ("a.txt", "docs") and mode != "ground" else PASSAGES
    headed = [f"# {number}\n\n{text}" for number, text in enumerate(PASSAGES)]
    texts = headed if name == "docs" else texts
    ways = {origin.get("way", "") for origin in origins}
    if mode == "answer":
        assert [sample["question"] for sample in samples] == texts
        assert ways == {""}
        return
    extras = [origin["extras"] for origin in origins]
    subject = "passage" if mode == "ground" else "seed_text"
    if (name, mode) == ("a.txt", "ground"):
        assert extras == [{"passage": "\n".join(PASSAGES), "source": "a.txt"}]
        return
    assert [extra[subject] for extra in extras] == texts * each
    if mode == "ground":
        sources = (
            [f"{number}.md" for number in range(6)]
            if name == "docs"
            else [f"{name}:{number}" for number in range(1, 7)]
        )
        assert [extra["source"] for extra in extras] == (
            [f"a.csv:{n}" for n in range(2, 8)] if name == "a.csv" else sources
        )
        assert ways == {"ground_1"}
    else:
        known = [way.id for way in MOVES] if mode == "evolve" else [f"variation_{number}" for number in range(1, 5)]
        assert ways <= set(known) and len(ways) > 1
        assert len({(origin["seed"], origin["way"]) for origin in origins}) == len(origins)


@pytest.mark.parametrize("template", [each.id for each in BUILTIN])
@pytest.mark.parametrize("mode", MODES[1:])
def test_every_template_in_every_mode(tmp_path: Path, template: str, mode: str) -> None:
    """The built-in templates need nothing said about them; what is made has the fields that it has without seeds."""
    columns = "passage" if mode == "ground" else "question"
    subject = "passage" if mode == "ground" else "seed_text"
    report = made(tmp_path, put(tmp_path, "a.jsonl", ROWS[:3]), mode=mode, per_seed=1,
                  **{"job.template": template, f"job.seeds.columns.{subject}": columns})  # fmt: skip
    assert (report.state, report.accepted) == ("met", 3)


def test_a_template_of_the_users_own(tmp_path: Path) -> None:
    """Its prompts name any column and the way, and are left as they are."""
    put(tmp_path, "a.jsonl")
    (tmp_path / "config.toml").write_text("""
[job]
template = "mine"
seeds = { file = "a.jsonl", mode = "evolve", columns = { seed_text = "question" } }
mix = [{ provider = "mock" }]
[[templates]]
id = "mine"
schema = [{ name = "task" }]
system_prompt = "About {{seed.passage}}"
user_prompt_pattern = "Change {{seed.question}}: {{seed.way}}"
""")
    done = destilation("run", "--dry-run", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    system, user = json.loads(done.stdout)["messages"]
    assert system["content"] == f"About {PASSAGES[0]}"
    assert user["content"].startswith(f"Change {QUESTIONS[0]}: ")
    assert any(f": {way.text}\n" in user["content"] for way in MOVES)


def told(folder: Path) -> list[tuple[int, str, str]]:
    """Task, seed and way of every sample and of every task that was given up, in the order of the tasks."""
    ended = [
        *lines(folder / "provenance.jsonl"),
        *(each for each in lines(folder / "rejections.jsonl") if each["final"]),
    ]
    return sorted((each["task"], each["seed"], each.get("way", "")) for each in ended)


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_goes_on_has_the_same_tasks(tmp_path: Path, mode: str) -> None:
    """In parts or at once, with tasks that fail: the same seeds and ways under the same numbers, and the same samples."""
    keys = {"mode": mode, "shuffle": True, "rounds": 3, "job.seed": 5, "job.max_attempts": 1, "job.patience": 1000,
            "providers.mock.invalid": 0.4, "job.target": 20 if mode == "variations" else 6}  # fmt: skip
    seeds = put(tmp_path, "a.jsonl")
    whole = made(tmp_path / "whole", seeds, **keys)
    for _ in range(3):
        made(tmp_path / "parts", seeds, **keys, most=2)
    parts = made(tmp_path / "parts", seeds, **keys)
    assert told(parts.folder) == told(whole.folder)
    assert len({number for number, _, _ in told(whole.folder)}) > whole.accepted
    assert (parts.folder / "samples.jsonl").read_bytes() == (whole.folder / "samples.jsonl").read_bytes()


def test_seeds_that_are_used_up(tmp_path: Path) -> None:
    """The target is more than they can give: that is said before a request is sent, and the run ends with 3."""
    put(tmp_path, "a.txt")
    command = [
        "run",
        "--seeds",
        "a.txt",
        "--seed-mode",
        "variations",
        "--per-seed",
        "2",
        "-n",
        "20",
        "-o",
        ".",
        "--name",
        "job",
    ]
    planned = destilation(*command, "--dry-run", cwd=tmp_path)
    assert planned.returncode == 0
    assert "6 seeds in a.txt (mode variations, 2 samples each): 12 samples at most, 20 wanted." in planned.stdout
    short = "the seeds can give 12 more samples, and 0 are there, for a target of 20: the run will end short of it (3)"
    assert short in planned.stdout and "12 requests if every answer is accepted" in planned.stdout
    assert not (tmp_path / "job").exists()
    done = destilation(*command, cwd=tmp_path)
    assert done.returncode == 3
    assert short in done.stdout + done.stderr
    assert "the seeds are used up; with more of them the same command goes on" in done.stdout + done.stderr
    assert "; the seeds are used up; see" in done.stdout + done.stderr
    assert len(lines(tmp_path / "job/samples.jsonl")) == 12
    more = destilation(*command, "--per-seed", "4", cwd=tmp_path)
    assert more.returncode == 0, more.stderr
    assert Counter(each["way"] for each in lines(tmp_path / "job/provenance.jsonl"))["variation_1"] == 6


BAD: dict[str, Callable[[Path], Path]] = {
    "a broken line": lambda folder: put_bytes(folder, "a.jsonl", b'{"question": "One?"}\n' * 16 + b'{"question\n'),
    "a column that is not there": lambda folder: put_bytes(folder, "a.jsonl", b'{"question": "One?"}\n' * 16 + b'{"q": "Two?"}\n'),
    "latin-1": lambda folder: put_bytes(folder, "a.csv", b"question,x\n" + b"One?,1\n" * 15 + b"n\xe9,1\n"),
    "a ragged row": lambda folder: put_bytes(folder, "a.csv", b"question,x\n" + b"One?,1\n" * 15 + b"a,b,c\n"),
    "a short row": lambda folder: put_bytes(folder, "a.csv", b"x,question\n" + b"1,One?\n" * 15 + b"1\n"),
    "a NUL": lambda folder: put_bytes(folder, "a.txt", b"One?\n" * 16 + b"a\0b\n"),
    "an endless line": lambda folder: put_bytes(folder, "a.txt", b"One?\n" * 16 + b"x" * (33 << 20)),
    "nothing in a nested column": lambda folder: put(
        folder, "a.parquet", [{"question": "One?", "turns": [{"text": "One?"}]}] * 16 + [{"question": None, "turns": []}]
    ),
}  # fmt: skip


def put_bytes(folder: Path, name: str, content: bytes) -> Path:
    """A file with that content."""
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_an_error_or_are_left_out(tmp_path: Path, name: str) -> None:
    """One line with file and line; or counted, and told on the console, in an event and in the metadata."""
    path = BAD[name](tmp_path)
    columns = {"job.seeds.columns.question": "turns.0.text"} if path.suffix == ".parquet" else {}
    with pytest.raises(ConfigError) as caught:
        made(tmp_path, path, **columns)
    assert str(caught.value).startswith(f"{path}:17: ") and "\n" not in str(caught.value)
    assert not (tmp_path / "job").exists()
    report = made(tmp_path, path, on_bad="skip", **columns)
    fault = str(caught.value)
    assert report.accepted == 1
    assert report.notices == [
        f"seeds that cannot be used and were left out: 1; the first: {fault}",
        "seeds that are there twice, or too much alike, and are used once: "
        + ("14" if path.suffix == ".csv" else "15"),
    ]
    read = next(each for each in lines(report.folder / ".events.jsonl") if each["kind"] == "seeds_read")
    assert (read["seeds"], read["samples"], read["skipped"], read["faults"]) == (1, 1, 1, [fault])
    metadata = json.loads((report.folder / "metadata.json").read_text())
    assert metadata["seeds"] == {key: read[key] for key in ("seeds", "samples", "repeated", "skipped", "faults")}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "a.jsonl: holds nothing"),
        ("a.csv", b"question\n", "a.csv: holds nothing"),
        ("a.txt", "One?\n".encode("utf-16"), "a.txt: is UTF-16, not UTF-8; convert it first"),
        (
            "a.csv",
            b'question\n"One?\nTwo?\n',
            "a.csv:2: unexpected end of data.  help: quotes stand around all of a value",
        ),
        ("a.jsonl", b"{}\n" * 3, "a.jsonl: holds no seed that can be used; 3 were left out, the first: "),
        ("docs", None, "docs: holds no passage of a document"),
        ("gone.csv", None, "gone.csv: there is no such file"),
    ],
)
def test_files_without_a_seed(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """A file that as a whole cannot be used is an error, whatever is done with bad rows."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    elif name == "docs":
        path.mkdir()
    with pytest.raises(ConfigError) as caught:
        made(tmp_path, path, on_bad="skip")
    assert str(caught.value).replace(f"{tmp_path}/", "").startswith(message)


def test_documents_that_cannot_be_read(tmp_path: Path) -> None:
    """One of a folder is an error or is left out as any row."""
    folder = put(tmp_path, "docs")
    (folder / "6.txt").write_bytes(b"n\xe9")
    with pytest.raises(ConfigError, match=r"6\.txt: is binary or not UTF-8"):
        made(tmp_path, folder, mode="ground")
    report = made(tmp_path, folder, mode="ground", on_bad="skip")
    assert (report.accepted, len(report.notices)) == (6, 1)


def test_a_text_that_is_only_said_again(tmp_path: Path) -> None:
    """An answer that is the given text is refused, and told why; the next one is taken."""
    seeds = put(tmp_path, "a.jsonl", ROWS[:1])
    answers = [QUESTIONS[0], f"{QUESTIONS[0].upper()} ", "Why does a ground lens bend blue light more than red?"]

    async def main() -> tuple[Report, list[Any]]:
        scripts = [reply(200, chat(json.dumps({"question": each, "answer": "It does."}))) for each in answers]
        async with ScriptedServer(*scripts) as server:
            far = {"job.mix": [{"provider": "far", "model": "m"}], "providers.far.kind": "openai",
                   "providers.far.base_url": f"{server.url}/v1", "job.domain": "optics"}  # fmt: skip
            report = await run(config_of(tmp_path, seeds, mode="evolve", **far), env={})
            return report, [request.body.decode() for request in server.requests]

    report, asked = asyncio.run(main())
    refused = lines(report.folder / "rejections.jsonl")
    assert [each["codes"] for each in refused] == [["copied"], ["copied"]]
    assert all(each["seed"] and each["way"] for each in refused)
    assert "field 'question' is the given text again; make another one from it" in json.dumps(asked[-1])
    assert lines(report.folder / "samples.jsonl")[0]["question"] == answers[-1]


def test_answers_are_held_against_the_passage(tmp_path: Path) -> None:
    """The grounding check knows the passage that a sample rests on."""
    seeds = put(tmp_path, "docs", ROWS[:1])
    answers = ["There are 45 kinds of lenses.", "There are two kinds of lenses."]

    async def main() -> Report:
        scripts = [
            reply(200, chat(json.dumps({"question": "How many kinds are there?", "answer": each}))) for each in answers
        ]
        async with ScriptedServer(*scripts) as server:
            far = {"job.mix": [{"provider": "far", "model": "m"}], "providers.far.kind": "openai",
                   "providers.far.base_url": f"{server.url}/v1", "job.domain": "optics",
                   "job.checks.grounding": "passage"}  # fmt: skip
            return await run(config_of(tmp_path, seeds, mode="ground", **far), env={})

    report = asyncio.run(main())
    (refused,) = lines(report.folder / "rejections.jsonl")
    assert "the number 45 is not in the source" in refused["reasons"][0]
    assert lines(report.folder / "samples.jsonl")[0]["answer"] == answers[-1]


def test_many_seeds_take_little_memory(tmp_path: Path) -> None:
    """What is beyond a few megabytes of text lies on the disk; a seed takes some bytes."""
    import tracemalloc

    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        for number in range(5_000):
            file.write(json.dumps({"question": f"{number} " + "words " * 3_000}) + "\n")
    assert path.stat().st_size > 85_000_000
    config = config_of(tmp_path, path, mode="evolve", shuffle=True)
    tracemalloc.start()
    try:
        seeded = seeds_of(config)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seeded is not None and len(seeded.supply) == 5_000
    assert peak < 75 << 20
    assert all(seeded.supply[place].values["seed_text"].endswith("words ") for place in range(0, 5_000, 500))
