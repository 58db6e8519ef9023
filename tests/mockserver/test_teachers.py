"""Teachers with habits: what they say is as collapsed or as biased as it is told to be; and what steering makes of it."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks import collapse, coverage
from destilation.core.dedup.index import SeenIndex
from destilation.core.quoting import MOST_QUOTED, marked, shortened
from destilation.core.task import Task, seed_of
from destilation.core.topics.growth import TOPICS, growth
from destilation.core.topics.shape import Place
from destilation.core.topics.tree import Tree
from destilation.launch.run import Report
from destilation.mockserver.answers import Asked, say
from destilation.mockserver.scenario import Bias, Collapse, Scenario
from destilation.mockserver.server import MockServer
from destilation.mockserver.teachers import division, reworded, subjects
from tests.mockserver.running import job, scenario, table
from tests.mockserver.test_voices import lines

QA = {"properties": {"question": {"type": "string"}, "answer": {"type": "string"}}}


def heard(teacher: Scenario, seed: int, *said: str, schema: dict[str, Any] = QA) -> str:
    """The answer to a user who says that, and, after an answer, that."""
    roles = ("user", "assistant", "user")
    messages = [{"role": role, "content": text} for role, text in zip(roles, said, strict=False)]
    return say(Asked(model="m", messages=messages, schema=schema, max_tokens=4096, seed=seed), teacher).text


def question(teacher: Scenario, seed: int, *said: str) -> str:
    """The question in that answer."""
    return str(json.loads(heard(teacher, seed, *said))["question"])


@pytest.mark.parametrize("words", [5, 20, 31, 42, 100])
def test_any_two_wordings_are_near(words: int) -> None:
    """However long a text is, each wording of it is a duplicate of any other by our own rule; mostly a near one."""
    text = " ".join(f"w{'abcdefghij'[at % 10]}{'klmnopqrst'[at // 10]}" for at in range(words))
    wordings = [str(reworded({"question": text}, Random(seed))["question"]) for seed in range(40)]
    for first in wordings[:5]:
        seen = SeenIndex(0.85)
        seen.admit(first, 1)
        assert all(seen.admit(other, 2) is not None for other in wordings)
    assert len(set(wordings)) == 1 if words == 5 else len(set(wordings)) > 3


def test_a_prompt_has_few_answers() -> None:
    """Thirty at most, the first in three of ten cases; numbers, white space, retries, quotations make no other prompt."""
    teacher, seen, found = Scenario(collapse=Collapse(heeds=0)), SeenIndex(0.85), Counter[int]()
    quoted = marked(["What is it?"])
    ways = [
        ("Piece 7 of it.",),
        ("Piece  12 of\nit.",),
        ("Piece 3 of it.", "an answer", "again"),
        (f"Piece of{quoted}it.",),
    ]
    for seed in range(900):
        twin = seen.admit(question(teacher, seed, *ways[seed % 4]), seed)
        found[seed if twin is None else twin.number] += 1
    assert 20 <= len(found) <= 30
    assert 0.22 <= found.most_common(1)[0][1] / 900 <= 0.38
    assert seen.admit(question(teacher, 0, "A part of it."), 901) is None


def test_what_is_quoted_is_avoided() -> None:
    """As far as the teacher heeds it: the answer that it likes most comes no more once a prompt quotes it."""
    teacher = Scenario(collapse=Collapse(answers=5, heeds=1))
    liked = Counter(question(teacher, seed, "Ask.").split(" ", 1)[1][:60] for seed in range(60)).most_common(1)[0][0]
    whole = next(text for seed in range(60) if liked in (text := question(teacher, seed, "Ask.")))
    told = f"Too close: {marked([whole.split(' ', 1)[1]])}"
    said = [question(teacher, seed, "Ask.", "{}", told) for seed in range(60)]
    assert sum(liked in question(teacher, seed, "Ask.") for seed in range(60)) > 15
    assert not any(liked in text for text in said)


@pytest.mark.parametrize("habit", [{"collapse": Collapse()}, {"bias": Bias()}])
def test_topics_are_divided_as_asked(habit: dict[str, Any]) -> None:
    """As many names as are wanted, none that is there, and new ones below each topic."""
    teacher, tree = Scenario(**habit), Tree()
    for path, count in (((), 9), ((), 6), (None, 5), (None, 4)):
        where = tree.leaves[0].path if path is None else path
        given = growth(tree, Place(where, count)).seed.values
        prompt = TOPICS.prompt(Task(1, "optics", seed_of(given))).messages[-1].content
        names = json.loads(heard(teacher, count, prompt, schema={"properties": {"topics": {"type": "array"}}}))[
            "topics"
        ]
        assert len(names) == count
        before, tree = tree, tree.extend(where, names)
        assert len(tree.children(where)) == len(before.children(where)) + count
    assert len(division([], Random(1))) == 12


def test_a_biased_teacher() -> None:
    """Four in ten answers are about three favourites, of which there is little to say; unliked topics are declined."""
    teacher, topics = Scenario(bias=Bias()), subjects()[40:80]
    favourites, declined, strays = subjects()[:3], Counter[str](), set[str]()
    for seed in range(1_600):
        topic = topics[seed % len(topics)]
        text = heard(teacher, seed, f"On optics.\nTopic: optics > {topic}\nStyle: any")
        if text.startswith("I'm sorry"):
            declined[topic] += 1
        elif topic not in text:
            assert any(name in text for name in favourites)
            strays.add(json.loads(text)["answer"].split(" ", 1)[1][:50])
    assert 5 <= len(declined) <= 20 and min(declined.values()) >= 4
    assert 20 <= len(strays) <= 60
    asked_nothing = Counter(
        next((name for name in subjects() if name in text), "")
        for seed in range(600)
        if not (text := heard(teacher, seed, "On optics.\nTopic: optics")).startswith("I'm sorry")
    )
    assert sum(count for _, count in asked_nothing.most_common(10)) > 0.6 * asked_nothing.total()


def test_steering_gets_the_whole_out_of_a_collapsed_teacher() -> None:
    """The benchmark in short: the target with few requests; with one prompt for all, thirty answers and no end."""
    steered, constant = asyncio.run(collapse.measure(150, "simple_qa", []))
    assert (steered.exit_code, steered.accepted) == (0, 150)
    assert steered.requests <= collapse.MOST_REQUESTS * 150
    assert constant.exit_code in (3, 4) and constant.accepted <= 30 < constant.requests


def test_each_topic_gets_its_share_from_a_biased_teacher() -> None:
    """The benchmark in short: every leaf was asked for within a fifth of its share, and none was divided for strays."""
    outcome = asyncio.run(coverage.ask(200, "auto", 1))
    assert (outcome.exit_code, outcome.accepted) == (0, 200)
    assert 10 <= len(outcome.leaves) <= 16
    assert all(abs(leaf.asked - leaf.planned) <= 0.2 * leaf.planned for leaf in outcome.leaves)


def repeating(folder: Path, **more: Any) -> Report:
    """A job that asks a collapsed teacher the same again and again."""
    axes: dict[str, list[str]] = {name: [] for name in ("difficulty", "question_type", "persona", "style")}

    async def main() -> Report:
        async with MockServer(scenario(collapse=Collapse())) as server:
            values = {"template": "simple_qa", "topics": "none", "axes": axes, "mix": [{"provider": "far"}], **more}
            return await job(folder, {"far": table(server)}, concurrency=4, **values)

    return asyncio.run(main())


def test_the_twin_is_quoted_also_after_a_restart(tmp_path: Path) -> None:
    """What is too close is refused with the words of the very sample, whichever run made that."""
    assert repeating(tmp_path, target=12).exit_code == 0
    report = repeating(tmp_path, target=18)
    assert report.exit_code == 0
    samples = [sample["question"] for sample in lines(report.folder / "samples.jsonl")]
    refused = [each for each in lines(report.folder / "rejections.jsonl") if each["codes"] == ["near_duplicate"]]
    assert any(
        each["twin"] <= 12 and each["t"] > lines(report.folder / "provenance.jsonl")[11]["t"] for each in refused
    )
    for each in refused:
        assert f"===== {shortened(samples[each['twin'] - 1], MOST_QUOTED)} =====" in each["reasons"][0]
