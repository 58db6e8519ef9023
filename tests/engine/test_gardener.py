"""Topics are divided while samples are asked for: the domain first, each large topic once it brought something."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from destilation.config import Override, load
from destilation.core.topics import outline
from destilation.launch.run import Report, run
from destilation.launch.verify import verify
from tests.e2e.command import lines
from tests.providers.scripted import ScriptedServer, chat, reply


def made(folder: Path, target: int, most: int | None = None, **job: Any) -> Report:
    """A job on the mock, continued to its target or by so many samples."""
    values = {"target": target, "out": str(folder), "name": "job", "domain": "optics", "concurrency": 8, **job}
    overrides = [Override(key if "." in key else f"job.{key}", value, key) for key, value in values.items()]
    return asyncio.run(run(load(None, overrides=overrides, env={}), env={}, most=most))


def test_the_domain_is_divided_before_the_first_sample(tmp_path: Path) -> None:
    """Every sample is about a topic, none about the domain as a whole, and all topics are in topics.txt."""
    report = made(tmp_path, 100)
    tree = outline.parse((report.folder / "topics.txt").read_text())
    paths = {tuple(line["topic"]) for line in lines(report.folder / "provenance.jsonl")}
    assert () not in paths
    assert paths <= {leaf.path for leaf in tree.leaves}
    answers = lines(report.folder / "completions.jsonl")
    assert answers[0]["stage"] == "topics"
    assert [answer.get("stage") for answer in answers].count("topics") == 1


def test_large_topics_are_divided_later(tmp_path: Path) -> None:
    """A target of 2,000 grows a second level, not before its topics brought samples; no combination comes twice."""
    report = made(tmp_path, 2_000)
    assert report.exit_code == 0
    origins = lines(report.folder / "provenance.jsonl")
    assert max(len(line["topic"]) for line in origins) >= 2
    drawn = [(tuple(line["topic"]), tuple(line["axes"].items())) for line in origins]
    assert len(set(drawn)) == len(drawn)
    assert verify(report.folder).faults == ()


def test_a_job_in_parts_asks_what_the_whole_would(tmp_path: Path) -> None:
    """Stopped and continued three times, it has the same topics and draws as in one go, and divides nothing twice."""
    whole = made(tmp_path / "whole", 300, concurrency=1)
    for most in (50, 120, None):
        parts = made(tmp_path / "parts", 300, most, concurrency=1)
    picks = [
        [(line["topic"], line.get("draw", 0)) for line in lines(report.folder / "provenance.jsonl")]
        for report in (whole, parts)
    ]
    assert picks[0] == picks[1]
    trees = [(report.folder / "topics.txt").read_text() for report in (whole, parts)]
    assert trees[0] == trees[1]


def test_a_tree_of_ones_own_is_kept_to(tmp_path: Path) -> None:
    """Nothing is asked for topics; each gets its share by weight."""
    (tmp_path / "mine.txt").write_text("Lenses * 3\nMirrors\n")
    report = made(tmp_path, 80, topics=str(tmp_path / "mine.txt"))
    origins = lines(report.folder / "provenance.jsonl")
    counts = {name: sum(line["topic"] == [name] for line in origins) for name in ("Lenses", "Mirrors")}
    assert counts["Lenses"] + counts["Mirrors"] == 80
    assert counts["Lenses"] == pytest.approx(60, abs=4)
    assert all(answer.get("stage", "") == "" for answer in lines(report.folder / "completions.jsonl"))


def test_edits_by_hand_are_kept(tmp_path: Path) -> None:
    """A topic closed or added in topics.txt between two runs is asked no more, or is asked from now on."""
    first = made(tmp_path, 100, 30)
    path = first.folder / "topics.txt"
    names = path.read_text().split("\n")
    path.write_text("\n".join([f"{names[0]} [closed: by hand]", *names[1:], "Rainbows"]))
    second = made(tmp_path, 100)
    later = [tuple(line["topic"]) for line in lines(second.folder / "provenance.jsonl")[30:]]
    assert (names[0],) not in later
    assert ("Rainbows",) in later


def test_no_topics(tmp_path: Path) -> None:
    """With topics = "none" samples are about the domain, and still differ along the axes."""
    report = made(tmp_path, 40, topics="none")
    origins = lines(report.folder / "provenance.jsonl")
    assert all(line.get("topic", []) == [] and line["axes"]["difficulty"] for line in origins)
    assert not (report.folder / "topics.txt").exists()


def test_a_domain_that_nobody_divides(tmp_path: Path) -> None:
    """Where no answer names topics, the samples are about the domain as a whole, and the same command goes on later."""
    words = [f"{a}{b}" for a in "bdfgklmnpr" for b in ("ala", "elo", "ino", "oru", "uma")]

    async def main(server: ScriptedServer, target: int) -> Report:
        values = {"domain": "d", "target": target, "out": str(tmp_path), "name": "job", "max_attempts": 2}
        overrides = [Override(f"job.{key}", value, key) for key, value in {**values, "concurrency": 1}.items()]
        told = {"kind": "openai", "model": "m", "base_url": f"{server.url}/v1"}
        overrides += [Override(f"providers.far.{key}", value, key) for key, value in told.items()]
        return await run(load(None, overrides=overrides, env={}), env={})

    def answer(number: int) -> dict[str, str]:
        shift = number * 7 % len(words)
        some = (words[shift:] + words[:shift])[:: 1 + number % 3][:12]
        return {"question": f"{' '.join(some)} {number}?", "answer": f"Because of {some[0]}, {number}."}

    async def both() -> list[Report]:
        nothing = [reply(200, chat('{"topics": []}'))] * 2
        async with ScriptedServer(*nothing, *(reply(200, chat(json.dumps(answer(n)))) for n in range(40))) as server:
            first = await main(server, 30)
            assert not (first.folder / "topics.txt").exists()
            return [first, await main(server, 32)]

    first, second = asyncio.run(both())
    assert (first.accepted, second.accepted) == (30, 32)
    assert all("topic" not in line for line in lines(second.folder / "provenance.jsonl"))
