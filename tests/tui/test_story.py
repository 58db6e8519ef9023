"""A task told in full: its prompt as it was sent, what came in one reply with it, and what it was too much like."""

import json
from pathlib import Path

import pytest
from textual.content import Content

from destilation.tui.coloured import coloured, prose, record_of
from destilation.tui.model.entry import told
from destilation.tui.story import Attempt, story_of
from destilation.tui.twin import SAME, Twin, marked, twin_of
from tests.e2e.command import destilation, lines
from tests.tui.job import HOSTILE


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a real run on the mock, with topics, axes, refusals and near duplicates."""
    place = tmp_path_factory.mktemp("story")
    faults = ("near_duplicate=0.2", "invalid=0.2")
    more = [word for fault in faults for word in ("--set", f"providers.mock.{fault}")]
    done = destilation("run", "-p", "mock", "-t", "reasoning", "--name", "job", "-n", "120", *more, cwd=place)
    assert done.returncode == 0, done.stderr
    return place / "datasets" / "job"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose tasks were asked for four at a time."""
    place = tmp_path_factory.mktemp("bundles")
    words = ("run", "-p", "mock", "-t", "simple_qa", "--name", "job", "-n", "24", "--per-request", "4")
    done = destilation(*words, cwd=place)
    assert done.returncode == 0, done.stderr
    return place / "datasets" / "job"


def test_the_prompt_is_what_was_sent(run: Path) -> None:
    """It names the topic and each axis of the sample's provenance."""
    origins = [each for each in lines(run / "provenance.jsonl") if each.get("axes")]
    assert len(origins) > 50
    for origin in origins[::20]:
        story = story_of(run, origin["task"])
        assert origin["topic"][-1] in story.prompt
        assert all(value in story.prompt for value in origin["axes"].values())
        assert story.attempts[-1].verdict == "✓ accepted"


def test_the_prompt_of_a_refused_task_too(run: Path) -> None:
    """Where there is no provenance of an answer, its line in the ledger and the configuration tell the same."""
    refused = next(each for each in lines(run / "rejections.jsonl") if each.get("topic"))
    origin = next(each for each in lines(run / "provenance.jsonl") if each["task"] == refused["task"])
    with_it = story_of(run, refused["task"]).prompt
    lone = run.parent / "lone"
    lone.mkdir()
    for name in ("job.toml", "completions.jsonl", "rejections.jsonl"):
        (lone / name).write_bytes((run / name).read_bytes())
    assert origin["axes"]
    assert story_of(lone, refused["task"]).prompt == with_it


def test_what_came_in_a_bundle(bundles: Path) -> None:
    """The tasks of one request are named, and the prompt is the one for all of them."""
    answers = [each for each in lines(bundles / "completions.jsonl") if each.get("bundle")]
    first = answers[0]["bundle"]
    members = [each["task"] for each in answers if each["bundle"] == first]
    assert len(members) > 1
    stories = [story_of(bundles, task) for task in members]
    for task, story in zip(members, stories, strict=True):
        attempt = story.attempts[0]
        assert attempt.beside == tuple(each for each in members if each != task)
        assert f"one reply for {len(members)} tasks" in attempt.title
        assert f"Write {len(members)} records at once" in attempt.prompt
    assert len({story.prompt for story in stories}) == 1


def test_twins(run: Path) -> None:
    """Of a near duplicate both texts are there, and most of each is marked."""
    refused = next(each for each in lines(run / "rejections.jsonl") if "near_duplicate" in each["codes"])
    attempt = next(each for each in story_of(run, refused["task"]).attempts if each.number == refused["attempt"])
    twin = twin_of(run, attempt)
    assert twin is not None
    samples = lines(run / "samples.jsonl")
    (name, mine, theirs), *_ = twin.texts
    assert samples[twin.number - 1][name] == theirs
    assert json.loads(attempt.reply)[name] == mine
    for side in marked(twin):
        share = sum(span.end - span.start for span in side.spans if span.style == SAME) / len(side.plain)
        assert share > 0.5


def test_no_twin() -> None:
    """Of other refusals, of samples that are gone and of answers that are no record there is none."""
    near = (("near_duplicate", "near-duplicate: question are too close to sample 3 (similarity 0.97)"),)
    for reply, reasons in (('{"question": "q"}', near), ("no record", near), ('{"question": "q"}', ())):
        assert twin_of(Path("/nowhere"), Attempt(1, "", reply, "", reasons=reasons)) is None


def test_what_is_the_same_is_marked() -> None:
    """Words that both have, and no others; hostile text is shown as signs."""
    left, right = marked(Twin(1, (("q", "one two three", "one 2 three"),)))
    assert [left.plain[span.start : span.end] for span in left.spans if span.style == SAME] == ["one ", " three"]
    assert [right.plain[span.start : span.end] for span in right.spans if span.style == SAME] == ["one ", " three"]
    assert "\x1b" not in marked(Twin(1, (("q", HOSTILE, HOSTILE),)))[0].plain


def styles(text: Content) -> set[str]:
    """All styles of a text."""
    return {str(span.style) for span in text.spans}


def test_colours() -> None:
    """Fields have names, code and JSON have colours, and nothing of the text is lost."""
    reply = json.dumps({"question": "Why?", "code": "def f(x):\n    return x + 1", "n": {"a": [1, True]}})
    told = coloured(reply, {"code": "python"})
    assert (
        told.plain == 'question\nWhy?\n\ncode\ndef f(x):\n    return x + 1\n\nn\n{\n  "a": [\n    1,\n    true\n  ]\n}'
    )
    assert len(styles(told)) > 4
    fenced = "Look:\n```rust\nfn main() {}\n```\nand on"
    assert prose(fenced).plain == fenced
    assert len(styles(prose(fenced))) > 1
    assert styles(prose("no code")) == set()


@pytest.mark.parametrize("text", ["{", "[1]", "", '"x"', "[" * 100_000, '{"a": 1} and more', "{}"])
def test_what_is_no_record_is_text(text: str) -> None:
    """However broken it is."""
    assert record_of(text) is None
    assert coloured(text, {}).plain == text[:20_000] or len(text) > 1_000


def test_names_that_come_twice_are_shown_twice() -> None:
    """That is what such an answer is refused for."""
    assert coloured('{"a": "1", "a": "2"}', {}).plain == "a\n1\n\na\n2"


def test_hostile_text_in_colours() -> None:
    """Names, texts and code are safe to show."""
    reply = json.dumps({HOSTILE: HOSTILE, "code": f"x = 1\n{HOSTILE}", "more": f"```{'py'}\n{HOSTILE}\n```"})
    plain = coloured(reply, {"code": "python"}).plain
    assert not {"\x1b", "\u202e", "\x00", "\x07"} & set(plain)
    assert "[bold red]x[/bold red]" in plain


def test_reasons_are_told_once() -> None:
    """A code that a reason begins with is not put before it again."""
    assert told("near_duplicate", "near-duplicate: q is") == "near-duplicate: q is"
    assert told("duplicate", "duplicate: q") == "duplicate: q"
    assert told("cut_off", "the answer was cut off") == "cut_off: the answer was cut off"
