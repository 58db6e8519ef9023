"""What a dataset covers: counted once, right at every level of the tree, and for folders of any kind."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import destilation
from destilation.core.axes import Axis
from destilation.core.coverage import REASON, Coverage
from destilation.core.draws import Draws
from destilation.core.recollection import Recollection
from destilation.core.topics import outline
from destilation.report.facts import gather
from destilation.report.nodes import Node, depth_for, down_to, nodes, thinnest
from destilation.report.survey import MOST_THIN, survey
from destilation.report.values import MOST_VALUES, Drawn
from destilation.storage.fold import read_metadata
from destilation.storage.recollect import recollected
from tests.report.folders import lines, origin

TREE = outline.parse("A * 3\n  one\n  two * 2\nB\n  three [closed: by hand]\n  four\nC\n")
PATHS = [("A",), ("A", "one"), ("A", "two"), ("B",), ("B", "three"), ("B", "four"), ("C",), (), ("X",), ("A", "old")]
Told = list[tuple[int, bool]]


def told_of(told: Told) -> tuple[list[Node], Recollection]:
    """The rows after samples (True) and duplicates of those topics, for a target of 100."""
    found = Recollection()
    for number, (place, good) in enumerate(told):
        if good:
            found.accepted(PATHS[place], number, f"{number:04d}", number + 1)
        else:
            found.refused(PATHS[place], "duplicate", f"{number:04d}")
    plan = Coverage(TREE, Draws(()), 100, deepest=0)
    found.tell(plan)
    return nodes(TREE, plan, found), found


@given(st.lists(st.tuples(st.integers(0, len(PATHS) - 1), st.booleans()), max_size=80))
def test_every_level_adds_up(told: Told) -> None:
    """The domain has all samples and the whole target; a topic has what its parts have, and what was its own."""
    rows, _ = told_of(told)
    by_path = {node.path: node for node in rows}
    whole = by_path[()]
    assert whole.accepted == sum(good for _, good in told)
    assert whole.refused == whole.duplicates == sum(not good for _, good in told)
    if any(node.state == "open" for node in rows):
        assert whole.planned == pytest.approx(100, abs=0.1)
    assert whole.share == pytest.approx(1)
    for above in ((), ("A",), ("B",)):
        below = [node for node in rows if node.path[:-1] == above and node.path and node.state != "gone"]
        own = sum(good for place, good in told if PATHS[place] == above)
        strays = [node for node in rows if node.state == "gone" and node.path[:-1] == above]
        assert by_path[above].accepted == own + sum(node.accepted for node in [*below, *strays])
    assert {node.path for node in rows if node.state == "gone"} <= {("X",), ("A", "old")}


def test_what_is_closed_thin_and_gone() -> None:
    """The reason of a closed leaf, what a leaf lacks of its part so far, and topics that the tree has no more."""
    told = [(1, True)] * 10 + [(2, True)] * 3 + [(6, True)] * 8 + [(5, False)] * 12 + [(9, True)] * 2 + [(8, True)] * 3
    rows, _ = told_of(told)
    by_path = {node.path: node for node in rows}
    assert by_path[("B", "three")].closed == "by hand"
    assert by_path[("B", "four")].closed == REASON
    assert by_path[("B", "four")].acceptance == 0
    assert by_path[("A", "two")].thin
    assert not by_path[("A", "one")].thin
    assert thinnest(rows, MOST_THIN)[0].path == ("A", "two")
    assert [node.path for node in rows[-2:]] == [("X",), ("A", "old")]
    assert (by_path[("X",)].state, by_path[("X",)].planned) == ("gone", None)
    assert by_path[("A",)].accepted == 15


def test_levels() -> None:
    """As many levels as fit, the first in any case; topics that are in no tree are never cut off."""
    rows, _ = told_of([(8, True)])
    assert depth_for(rows, 4) == 1
    assert depth_for(rows, 1) == 1
    assert depth_for(rows, 8) == 2
    assert [node.path for node in down_to(rows, 1)] == [(), ("A",), ("B",), ("C",), ("X",)]
    assert depth_for([Node(path=(), state="open")], 5) == 0


def test_values_beside_their_weights() -> None:
    """Configured values come first with what their weights would give; others have no due; hostile ones are bounded."""
    drawn = Drawn()
    for value, times in (("a", 9), ("b", 1), ("other", 2)):
        for _ in range(times):
            drawn.add({"level": value})
    drawn.add("no table")
    for number in range(MOST_VALUES + 5):
        drawn.add({"odd": number})
    level, odd = drawn.found([Axis("level", ("a", "b", "c"), (1, 2, 1))])
    told = [(each.value, each.samples, each.due, each.thin) for each in level.values]
    assert told == [("a", 9, 3.0, False), ("b", 1, 6.0, True), ("c", 0, 3.0, True), ("other", 2, None, False)]
    assert len(odd.values) == MOST_VALUES


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with topics, duplicates and refusals."""
    mock = {"kind": "mock", "invalid": 0.2, "duplicate": 0.2}
    out = str(tmp_path_factory.mktemp("made"))
    made: Path = destilation.run(
        providers={"mock": mock}, name="job", out=out, target=80, mix=[{"provider": "mock"}]
    ).folder
    return made


def test_one_truth(made: Path) -> None:
    """The figures are those of metadata.json, and those of the next run's own memory; the report tells the same."""
    covered, metadata = survey(made), read_metadata(made)
    assert metadata is not None
    reasons = metadata["rejected"]["semantic"]
    assert covered.samples == metadata["accepted"] == covered.topics[0].accepted == 80
    assert covered.duplicates == reasons["duplicate"] + reasons.get("near_duplicate", 0) > 0
    memories = dict(recollected(made).memories())
    assert {node.path: (node.accepted, node.refused) for node in covered.leaves} == {
        path: (memory.accepted, memory.refused) for path, memory in memories.items()
    }
    assert gather(made, seed=1, shown=3).covered == covered
    assert all(sum(value.samples for value in axis.values) == 80 for axis in covered.axes)
    assert covered.combinations == 4_200


def test_a_folder_that_is_written_to(made: Path, tmp_path: Path) -> None:
    """Half lines at the ends, a sample whose provenance is not there yet: what is whole is counted."""
    for name in ("samples.jsonl", "provenance.jsonl", "rejections.jsonl"):
        data = (made / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) * 2 // 3])
    (tmp_path / "topics.txt").write_bytes((made / "topics.txt").read_bytes())
    covered = survey(tmp_path)
    assert 40 < covered.samples < 80
    assert covered.topics[0].planned is None
    assert covered.notes[0].startswith("job.toml cannot be read")
    assert covered.diversity.texts == covered.samples


def test_a_tree_that_cannot_be_read_is_told(made: Path, tmp_path: Path) -> None:
    """The samples are counted all the same, and the line that is wrong is named."""
    for each in made.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    (tmp_path / "topics.txt").write_text("One\n   two\n")
    covered = survey(tmp_path)
    assert covered.samples == 80
    assert "topics.txt:2: begins with 3 spaces" in covered.notes[0]
    assert {node.state for node in covered.topics[1:]} == {"unplanned"}


def test_a_large_folder_is_told_by_a_draw(tmp_path: Path) -> None:
    """What is compared is drawn at random by the seed, and the notes say of how many."""
    lines(tmp_path / "samples.jsonl", [{"a": f"text {number // 2} of many more others here"} for number in range(400)])
    lines(tmp_path / "provenance.jsonl", [origin(number) for number in range(1, 401)])
    covered = survey(tmp_path, seed=3, compared=100)
    assert covered.pairs.compared == covered.diversity.texts == 100
    assert "Compared with each other: 100 of 400 samples, drawn at random" in covered.notes[-1]
    assert survey(tmp_path, seed=3, compared=100) == covered
    assert survey(tmp_path, seed=4, compared=100).pairs != covered.pairs
