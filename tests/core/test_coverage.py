"""Every topic gets its share, whatever the teacher does, and a run that was cut goes on as if it had not been."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.axes import BUILTIN
from destilation.core.coverage import EARLY, REASON, Coverage, Standing
from destilation.core.draws import Draws
from destilation.core.task import Pick
from destilation.core.topics.shape import SPLIT, Place, Shape
from destilation.core.topics.tree import Path, Topic, Tree

DRAWS = Draws([BUILTIN["difficulty"], BUILTIN["style"]], 1)
TREE = Tree((Topic("a", 2.0, (Topic("a1"), Topic("a2"))), Topic("b"), Topic("c", closed="not wanted")))
OUTCOMES = st.lists(st.sampled_from(["accept", "abandon", "duplicate", "near_duplicate", "too_short"]), max_size=120)
Event = tuple[str, Path, object]


class Run:
    """A coverage whose every event is recorded."""

    def __init__(self, tree: Tree = TREE, target: int = 100, record: list[Event] | None = None) -> None:
        self.coverage = Coverage(tree, DRAWS, target, seed=3, deepest=2)
        self.record: list[Event] = []
        for kind, path, detail in record or []:
            self.tell(kind, path, detail)

    def tell(self, kind: str, path: Path, detail: object = None) -> None:
        """Tell it of an event."""
        tell: Callable[..., None] = getattr(self.coverage, kind)
        tell(path, *([] if detail is None else [detail]))
        self.record.append((kind, path, detail))

    def next(self) -> Pick | None:
        """The next task, recorded."""
        if pick := self.coverage.next():
            self.record.append(("used", pick.path, pick.index))
        return pick

    def end(self, pick: Pick, outcome: str) -> None:
        """What becomes of a task; a refusal ends it too."""
        if outcome == "accept":
            self.tell("accepted", pick.path)
            return
        if outcome != "abandon":
            self.tell("refused", pick.path, outcome)
        self.tell("abandoned", pick.path)

    def play(self, outcomes: list[str]) -> list[Pick]:
        """Tasks one after another with these outcomes."""
        picks = []
        for outcome in outcomes:
            if (pick := self.next()) is None:
                break
            picks.append(pick)
            self.end(pick, outcome)
        return picks


@given(OUTCOMES, st.integers(0, 120))
@settings(deadline=None)
def test_a_cut_run_goes_on(outcomes: list[str], cut: int) -> None:
    """Cut after any task and built again from the record, the same tasks follow as without the cut."""
    whole = Run().play(outcomes)
    first = Run()
    picks = first.play(outcomes[:cut])
    second = Run(record=first.record)
    assert picks + second.play(outcomes[cut:]) == whole


def play_many(run: Run, under_way: list[Pick], outcomes: list[str], most: int, ended: int = 0) -> list[Pick]:
    """Tasks of which so many are under way at a time, ended out of order; those that were begun."""
    picks = []
    for number, outcome in enumerate(outcomes, ended):
        while len(under_way) < most and (pick := run.next()):
            under_way.append(pick)
            picks.append(pick)
        if under_way:
            run.end(under_way.pop(number % len(under_way)), outcome)
    return picks


@given(OUTCOMES, st.integers(1, 9), st.integers(0, 120))
@settings(deadline=None)
def test_tasks_under_way_go_on(outcomes: list[str], most: int, cut: int) -> None:
    """With some under way at the cut, whose beginnings are recorded, the very same tasks are handed out."""
    whole = play_many(Run(), [], outcomes, most)
    first, under_way = Run(), list[Pick]()
    begun = play_many(first, under_way, outcomes[:cut], most)
    second = Run(record=first.record)
    assert begun + play_many(second, under_way, outcomes[cut:], most, min(cut, len(outcomes))) == whole


STEPS = st.lists(st.sampled_from(["begin", "give back", "accept", "abandon", "too_short"]), max_size=80)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_topics_that_fall_back_are_asked_next(steps: list[str]) -> None:
    """Whatever is given back or ends at last after a long wait, the next task is the one of a coverage made anew."""
    run, under_way = Run(), list[Pick]()
    for number, step in enumerate(steps):
        if step == "begin" or not under_way:
            expected, pick = Run(record=run.record).next(), run.next()
            assert pick is not None
            assert pick == expected
            under_way.append(pick)
            continue
        pick = under_way.pop(number % len(under_way))
        if step == "give back":
            run.tell("give_back", pick.path, pick.index)
        else:
            run.end(pick, step)


@given(st.integers(0, 60), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_tasks_that_were_lost_come_again(done: int, k: int) -> None:
    """With k under way at the cut and no trace of them, the same (leaf, index) are handed out in all, each once."""
    whole = Counter((pick.path, pick.index) for pick in Run().play(["accept"] * 80))
    first = Run()
    picks = first.play(["accept"] * done)
    recorded = list(first.record)
    for _ in range(k):
        first.next()
    again = Run(record=recorded).play(["accept"] * (80 - done))
    assert Counter((pick.path, pick.index) for pick in picks + again) == whole


def chance(*key: object) -> float:
    """A number from 0 to 1 for a key."""
    return int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=6).digest(), "big") / 2**48


@pytest.mark.parametrize("seed", range(3))
def test_each_topic_gets_its_share_of_an_uneven_teacher(seed: int) -> None:
    """After 2,000 samples every leaf is within 20 % (or one sample) of its plan.

    The teacher refuses nothing of some topics and nine tenths of others, repeats itself the sooner the less a topic
    holds, and has nothing at all to say of a few.
    """
    topics = [
        Topic(f"t{top}", 1.0 + top % 3, tuple(Topic(f"t{top}.{leaf}", 1.0 + leaf % 2) for leaf in range(12)))
        for top in range(10)
    ]

    def small(path: Path) -> bool:
        return chance(seed, path, "small") < 0.1

    def mute(path: Path) -> bool:
        return chance(seed, path, "mute") < 0.05

    run = Run(Tree(tuple(topics)), target=2_000)
    samples: Counter[Path] = Counter()
    tasks = 0
    while sum(samples.values()) < 2_000:
        pick = run.next()
        assert pick is not None
        tasks += 1
        capacity = 4 if small(pick.path) else 200
        for attempt in range(3):
            luck = chance(seed, pick.path, pick.index, attempt)
            if mute(pick.path) or luck < 0.9 * chance(seed, pick.path):
                run.tell("refused", pick.path, "wrong_answer")
            elif chance(seed, pick.path, pick.index, attempt, "again") < samples[pick.path] / capacity:
                run.tell("refused", pick.path, "duplicate")
            else:
                run.tell("accepted", pick.path)
                samples[pick.path] += 1
                break
        else:
            run.tell("abandoned", pick.path)
    standings = list(run.coverage.standings())
    out = {each.path for each in standings if each.closed or each.waits}
    assert any(each.closed for each in standings)
    assert sum(each.planned for each in standings) == pytest.approx(2_000)
    for each in standings:
        assert each.accepted == samples[each.path]
        if each.path not in out:
            assert abs(each.accepted - each.planned) <= max(1.0, 0.2 * each.planned), each
    assert sum(not (small(path) or mute(path)) for path in out) <= 4
    assert tasks < 3_500


def test_shares() -> None:
    """Planned is a leaf's part of the target, what is closed gives its part to the others."""
    coverage = Coverage(TREE, DRAWS, 90)
    assert [(each.path, each.planned) for each in coverage.standings()] == [
        (("a", "a1"), pytest.approx(30)),
        (("a", "a2"), pytest.approx(30)),
        (("b",), pytest.approx(30)),
        (("c",), 0),
    ]
    coverage.accepted(("b",))
    coverage.close(("b",), "enough")
    coverage.accepted(("b",))
    assert [coverage.planned(leaf.path) for leaf in TREE.leaves] == pytest.approx([44, 44, 2, 0])
    coverage.close(("b",), "really")
    assert coverage.tree.leaves[2].closed == "really"
    coverage.close(("a", "a1"), "enough")
    assert not coverage.exhausted
    coverage.replant(TREE)
    assert [each.closed for each in coverage.standings()] == ["enough", "", "really", "not wanted"]
    assert not coverage.exhausted


def test_the_heaviest_is_first() -> None:
    """Of leaves without a sample the one that is to have most comes first, whatever the seed."""
    tree = Tree((Topic("a"), Topic("b", 1.5), Topic("c")))
    firsts = [Coverage(tree, DRAWS, 90, seed=seed).next() for seed in range(9)]
    assert {first.path for first in firsts if first} == {("b",)}


def saturate(coverage: Coverage, path: Path, samples: int, duplicates: int = 8) -> None:
    """So many samples of a leaf, then so many duplicates."""
    for _ in range(samples):
        coverage.accepted(path)
    for _ in range(duplicates):
        coverage.refused(path, "duplicate")


def test_a_leaf_that_repeats_itself() -> None:
    """It is not asked any more: it is to be split where it was fruitful and is not too deep, else it is closed."""
    coverage = Coverage(TREE, DRAWS, 100, deepest=2)
    saturate(coverage, ("a", "a1"), 9)  # too deep
    saturate(coverage, ("b",), 4)
    assert coverage.to_divide() == [Place(("b",), SPLIT)]
    picks = [coverage.next() for _ in range(20)]
    assert {pick.path for pick in picks if pick} == {("a", "a2")}
    assert [each.closed for each in coverage.standings()] == [REASON, "", REASON, "not wanted"]
    assert [leaf.closed for leaf in coverage.tree.leaves] == [REASON, "", "", "not wanted"]
    saturate(coverage, ("a", "a2"), 3)
    assert coverage.next() is None
    assert not coverage.exhausted  # one is still to be split
    coverage.close(("b",), "no model could split it")
    assert coverage.exhausted
    assert coverage.to_divide() == []
    assert coverage.tree.leaves[2].closed == "no model could split it"


def test_a_leaf_with_too_little_is_closed() -> None:
    """Three samples do not make it worth splitting."""
    coverage = Coverage(TREE, DRAWS, 100)
    saturate(coverage, ("b",), 3)
    assert coverage.to_divide() == []
    assert coverage.tree.leaves[2].closed == REASON


def test_the_domain_as_a_whole() -> None:
    """Without topics there is one leaf, which is asked on even where it repeats itself: there is nothing beside it."""
    coverage = Coverage(Tree(), DRAWS, 100)
    assert [pick.index for _ in range(3) if (pick := coverage.next()) and pick.path == ()] == [0, 1, 2]
    saturate(coverage, (), 2)
    assert not coverage.exhausted
    assert coverage.next() is not None
    assert coverage.tree == Tree()


def test_a_split_leaf_passes_on_what_it_has() -> None:
    """Its samples count for those that it is split into, so that other topics keep their shares."""
    coverage = Coverage(TREE, DRAWS, 90)
    saturate(coverage, ("b",), 20)
    coverage.replant(TREE.extend(("b",), ["b1", "b2"]))
    assert coverage.to_divide() == []
    assert [coverage.planned(path) for path in (("a", "a1"), ("b", "b1"))] == pytest.approx([30, 5])
    first = [pick.path[0] for _ in range(20) if (pick := coverage.next())]
    assert set(first) == {"a"}
    coverage.accepted(("b",))  # a task of the topic from before it was split
    assert coverage.planned(("b", "b1")) == pytest.approx(4.5)
    with pytest.raises(KeyError):
        coverage.planned(("b",))


def test_a_split_is_built_again() -> None:
    """Told the record with the new tree from the start, it goes on the same; so it does where topics were taken away."""
    run = Run(target=300)
    for kind, path in [("used", ("b",))] * 9 + [("accepted", ("b",))] * 9 + [("refused", ("b",))] * 9:
        run.tell(kind, path, {"used": 0, "accepted": None, "refused": "duplicate"}[kind])
    grown = TREE.extend(("b",), ["b1", "b2"])
    run.coverage.replant(grown)
    run.play(["accept"] * 40)
    again = Run(grown, 300, run.record)
    assert again.play(["accept"] * 40) == run.play(["accept"] * 40)
    less = Run(Tree((Topic("b"), Topic("d"))), 300, run.record)
    assert sum(each.planned for each in less.coverage.standings()) == pytest.approx(300 - 80)  # of leaves that are gone
    assert {pick.path for pick in less.play(["accept"] * 5)} == {("d",)}


def test_what_was_saturated_is_so_from_the_record() -> None:
    """Told of a leaf before the tree is looked at, it is closed all the same."""
    coverage = Coverage(TREE, DRAWS, 90)
    coverage.replant(TREE)
    saturate(coverage, ("b",), 1)
    assert [each.closed for each in coverage.standings()] == ["", "", REASON, "not wanted"]
    assert list(coverage.standings())[3] == Standing(("c",), 0.0, 0, 0, 0, 0, False, "not wanted")


def test_a_task_given_back_is_handed_out_again() -> None:
    """It is the same one, with the same values."""
    coverage = Coverage(TREE, DRAWS, 90)
    picks = [coverage.next() for _ in range(6)]
    assert picks[0] is not None
    coverage.give_back(picks[0].path, picks[0].index)
    assert coverage.next() == picks[0] == coverage.pick(picks[0].path, picks[0].index)
    assert dict(picks[0].values) == DRAWS.draw("\n".join(picks[0].path), 0)


def test_the_seed_decides_between_equals() -> None:
    """Another seed begins with other leaves, the same seed with the same."""
    tree = Tree().extend((), [f"topic {number}" for number in range(20)])
    first = [Coverage(tree, DRAWS, 90, seed=seed).next() for seed in (1, 1, 2, 3, 4)]
    assert first[0] == first[1]
    assert len(set(map(str, first))) > 2


def test_a_domain_of_fifty_thousand_topics() -> None:
    """A task costs little more among 50,000 leaves than among 500."""

    def seconds(leaves: int) -> float:
        tops = [
            Topic(f"t{top}", 1.0, tuple(Topic(f"{top}.{leaf}") for leaf in range(leaves // 50))) for top in range(50)
        ]
        coverage = Coverage(Tree(tuple(tops)), Draws([]), 10**6)
        coverage.next()
        began = time.process_time()
        for _ in range(1_000):
            pick = coverage.next()
            assert pick is not None
            coverage.accepted(pick.path)
        return time.process_time() - began

    assert seconds(50_000) < 12 * seconds(500)


def test_what_cannot_be_divided() -> None:
    """A leaf that is only too large stays and is not proposed again; one that repeats itself is closed for the reason."""
    coverage = Coverage(TREE, DRAWS, 1_000, shape=Shape(1_000))
    for _ in range(EARLY):
        coverage.accepted(("b",))
    assert ("b",) in [place.path for place in coverage.to_divide()]
    coverage.undivided(("b",), "nothing found")
    assert ("b",) not in [place.path for place in coverage.to_divide()]
    assert coverage.tree.leaves[2].closed == ""
    saturate(coverage, ("b",), 0)
    assert coverage.tree.leaves[2].closed == REASON
    other = Coverage(TREE, DRAWS, 1_000)
    saturate(other, ("b",), 5)
    other.undivided(("b",), "nothing found")
    assert other.tree.leaves[2].closed == "nothing found"
    other.undivided(("gone",), "nothing found")
    assert other.to_divide() == []


def test_a_closed_topic_that_is_divided_by_hand() -> None:
    """Its mark goes with it: what lies below is open."""
    coverage = Coverage(TREE, DRAWS, 100)
    coverage.close(("b",), "by hand")
    coverage.replant(TREE.extend(("b",), ["b1", "b2"]))
    assert [leaf.closed for leaf in coverage.tree.leaves if leaf.path[0] == "b"] == ["", ""]


def test_the_domain_is_divided_first() -> None:
    """Before anything is asked, the domain as a whole is to be divided where the target wants it."""
    coverage = Coverage(Tree(), DRAWS, 100, shape=Shape(100))
    (place,) = coverage.to_divide()
    assert (place.path, place.count) == ((), Shape(100).wanted(Tree().leaves[0]))
    coverage.undivided((), "the model knew nothing")
    assert coverage.to_divide() == [] and coverage.next() is not None
