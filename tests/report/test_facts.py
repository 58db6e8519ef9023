"""What the report is made of: each figure counted right, within memory that does not grow."""

import json
import tracemalloc
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from destilation.report.dialogue import dialogues
from destilation.report.draw import Draw, lines_at, place_of
from destilation.report.facts import gather
from destilation.report.lengths import MOST_BINS, MOST_FIELDS, Lengths
from destilation.report.pairs import closest
from destilation.report.survey import MOST_TOPICS, survey
from destilation.report.timeline import MOST_SPANS, Timeline, timeline_of
from destilation.storage.lines import read_lines
from tests.report.folders import answer, lines, metadata, origin


@given(st.lists(st.floats(0, 1e7), max_size=60))
def test_no_count_is_lost_when_spans_are_joined(seconds: list[float]) -> None:
    """However long the work lasted, the spans are few and hold every count."""
    timeline = Timeline("x", spans=[])
    for second in seconds:
        timeline.at(second).accepted += 1
    assert timeline.accepted == len(seconds)
    assert len(timeline.spans) <= MOST_SPANS
    assert all(second < timeline.width_s * len(timeline.spans) for second in seconds)


def test_the_facts_are_read_oldest_first_and_idle_time_is_left_out(tmp_path: Path) -> None:
    """Ten seconds of work before the night and ten after it are twenty; a clock set back adds nothing."""

    def fact(t: str, kind: str, **more: object) -> dict[str, object]:
        return {"t": f"2026-11-20T{t}Z", "kind": kind, **more}

    lines(tmp_path / ".events.2.jsonl", [fact("12:00:00", "run_started"), fact("12:00:04", "accepted")])
    lines(
        tmp_path / ".events.1.jsonl",
        [
            fact("12:00:10", "completion_received", cost_usd=0.5),
            fact("12:00:05", "rejected"),
            fact("12:00:05", "paused"),
        ],
    )
    with (tmp_path / ".events.jsonl").open("w") as file:
        file.write('{"torn\n')
        for each in (
            fact("23:00:00", "run_started"),
            fact("23:00:10", "charged", usd=0.25),
            fact("23:00:10", "accepted"),
        ):
            file.write(json.dumps(each) + "\n")
    found = timeline_of(tmp_path)
    assert (found.accepted, found.told_by) == (2, ".events.jsonl")
    assert sum(span.usd for span in found.spans) == 0.75
    assert sum(span.refused for span in found.spans) == 1
    assert 20 <= len(found.spans) * found.width_s < 21


def test_without_facts_the_provenance_tells(tmp_path: Path) -> None:
    """The times and costs of the samples themselves; what has no readable time is passed over."""
    rows = [origin(number) for number in range(1, 31)] + [{"sample": 31}]
    lines(tmp_path / "provenance.jsonl", rows)
    (tmp_path / ".events.jsonl").mkdir()
    found = timeline_of(tmp_path)
    assert (found.accepted, found.told_by) == (30, "provenance.jsonl")
    assert round(sum(span.usd for span in found.spans), 9) == 0.3
    assert 29 <= len(found.spans) * found.width_s < 30


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=80))
def test_lengths_are_counted(sizes: list[int]) -> None:
    """Extremes are exact, quantiles within a class, and the bins hold everything and do not overlap."""
    lengths = Lengths()
    for size in sizes:
        lengths.add({"a": "x" * size, "n": 5, "flag": True})
    (found,) = lengths.found()
    assert (found.count, found.shortest, found.longest) == (len(sizes), min(sizes), max(sizes))
    assert sum(each.count for each in found.bins) == len(sizes)
    assert len(found.bins) <= MOST_BINS
    assert all(one.more == other.least for one, other in zip(found.bins, found.bins[1:], strict=False))
    exact = sorted(sizes)[(len(sizes) - 1) // 2]
    assert abs(found.median - exact) <= 1 + 0.06 * exact


def test_hostile_numbers_of_fields_and_topics_are_bounded(tmp_path: Path) -> None:
    """Thousands of names take no more room than the first few; what is beyond is counted together."""
    lengths = Lengths()
    lengths.add({f"f{number}": ["x"] for number in range(1_000)})
    assert len(lengths.found()) == MOST_FIELDS
    count = MOST_TOPICS + 5
    lines(tmp_path / "samples.jsonl", [{"a": str(number)} for number in range(count + 2)])
    told = [origin(number, extras={"topic": {"number": number}}) for number in range(count)]
    lines(tmp_path / "provenance.jsonl", [*told, origin(1, topic=["optics", "lenses"]), origin(2, topic=[])])
    found = survey(tmp_path, compared=50)
    assert (len(found.topics) - 1, found.others, found.samples) == (MOST_TOPICS, 6, count + 2)
    assert found.topics[1].path == ('{"number":0}',)
    assert found.topics[0].accepted == MOST_TOPICS + 1


def test_a_draw_is_fair_and_repeatable() -> None:
    """Each of ten things is drawn about as often as any other, and the same seed draws the same."""

    def drawn(seed: int) -> list[int]:
        draw: Draw[int] = Draw(3, Random(seed))
        for thing in range(10):
            draw.offer(thing)
        return draw.drawn()

    counts = [0] * 10
    for seed in range(2_000):
        assert len(drawn(seed)) == 3
        for thing in drawn(seed):
            counts[thing] += 1
    assert all(500 < count < 700 for count in counts)
    assert drawn(7) == drawn(7)


def test_the_closest_pairs_come_first(tmp_path: Path) -> None:
    """A pair that shares more stands before one that shares less, and unlike texts are in none."""
    words = [f"w{chr(97 + number // 8)}{chr(97 + number % 8)}" for number in range(60)]
    texts = [
        " ".join(words),
        " ".join([*words[:55], "other"]),
        " ".join([*words[:45], "new", "end"]),
        "nothing like it",
    ]
    path = tmp_path / "samples.jsonl"
    lines(path, [{"a": each, "b": "ignored"} for each in texts])
    path.write_bytes(path.read_bytes() + b"no json\n")
    found = closest(lines_at(path, [place_of(line) for line in read_lines(path)]), ("a",))
    assert found.compared == 4
    assert [(each.first, each.second) for each in found.closest] == [(1, 2), (2, 3)]
    assert found.closest[0].alike > found.closest[1].alike > 0.5
    assert found.closest[0].texts == (texts[0], texts[1])


def test_what_was_said(tmp_path: Path) -> None:
    """The answers for a task in their order, the refused one with its reasons; an unreadable reply as it is."""
    good = answer(1, 2, "good")
    strange = {**answer(2, 1, ""), "dialect": "unheard-of"}
    lines(tmp_path / "completions.jsonl", [answer(1, 1, "bad"), answer(3, 1, "other"), good, strange, {"task": 1}])
    refused = {"task": 1, "attempt": 1, "layer": "semantic", "codes": ["x"], "reasons": ["too short"]}
    lines(tmp_path / "rejections.jsonl", [refused])
    said = dialogues(tmp_path, {1, 2})
    assert [(turn.text, turn.reasons) for turn in said[1]] == [("bad", ("too short",)), ("good", None)]
    assert '"tokens_in"' in said[2][0].text
    assert set(said) == {1, 2}


def test_memory_does_not_grow_with_the_folder(tmp_path: Path) -> None:
    """Five times the samples take no more memory."""

    def peak(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        (folder / "metadata.json").write_text(json.dumps(metadata(accepted=count)))
        chance = Random(count)
        lines(folder / "samples.jsonl", [{"a": f"{chance.random()} {number}"} for number in range(count)])
        lines(folder / "provenance.jsonl", [origin(number) for number in range(1, count + 1)])
        tracemalloc.start()
        facts = gather(folder, seed=1, shown=5, compared=50)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert facts.samples == count
        return used

    assert peak(5_000) < 1.2 * peak(1_000)
