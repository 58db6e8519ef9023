"""What two files tell of a topic is put in order, so that a restart judges it as the run before did."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.axes import Axis
from destilation.core.coverage import Coverage
from destilation.core.draws import Draws
from destilation.core.recollection import Recollection, RecollectionState
from destilation.core.topics.tree import Topic, Tree

TREE = Tree((Topic("a"), Topic("b"), Topic("c")))
DRAWS = Draws([Axis("level", ("low", "high"))])
OUTCOMES = st.lists(st.sampled_from(["good", "duplicate", "foreign", "other", "given up"]), max_size=60)


def told(outcomes: list[str]) -> tuple[Coverage, Recollection]:
    """A sequential run with these outcomes of answers, and what its files would tell of it."""
    coverage, files = Coverage(TREE, DRAWS, 90, seed=3), Recollection()
    files.accepted(("elsewhere",), 0, "", 1)
    for at, outcome in enumerate(outcomes):
        pick = coverage.next()
        if pick is None:
            break
        t = f"{at:06}"
        if outcome == "good":
            coverage.accepted(pick.path)
            files.accepted(pick.path, pick.index, t, at + 2)
            continue
        code = "duplicate" if outcome in ("duplicate", "foreign") else "empty_field"
        coverage.refused(pick.path, code, elsewhere=outcome == "foreign")
        coverage.abandoned(pick.path)
        files.refused(pick.path, code, t, 1 if outcome == "foreign" else 0, pick.index)
        if at % 5 == 0:  # kept in a file meanwhile, and taken up again
            files = Recollection(msgspec.json.decode(msgspec.json.encode(files.state), type=RecollectionState))
    return coverage, files


@given(OUTCOMES)
def test_a_restart_goes_on_as_the_run_would_have(outcomes: list[str]) -> None:
    """Whatever became of the tasks, the next draw of every topic, its counts and what is closed are the same."""
    before, files = told(outcomes)
    after = Coverage(before.tree, DRAWS, 90, seed=3)
    files.tell(after)
    assert [(each.path, each.accepted, each.refused, each.duplicates) for each in before.standings()] == [
        (each.path, each.accepted, each.refused, each.duplicates) for each in after.standings()
    ]
    assert after.tree == before.tree
    assert [place.path for place in after.to_divide()] == [place.path for place in before.to_divide()]


def test_the_last_samples_of_each_topic() -> None:
    """As many as are wanted, in their order; none where none is wanted."""
    files = Recollection()
    for number, topic in enumerate("abaab", 1):
        files.accepted((topic,), number, "", number)
    files.refused(("c",), "duplicate", "")
    files = Recollection(files.state)
    assert files.latest(2) == {("a",): [3, 4], ("b",): [2, 5]}
    assert files.latest(0) == {}


def test_the_last_verdicts_decide() -> None:
    """Duplicates that lie far back do not close a topic again."""
    _, files = told(["duplicate"] * 7 + ["good"] * 40)
    after = Coverage(TREE, DRAWS, 90, seed=3)
    files.tell(after)
    assert not any(each.closed for each in after.standings())
