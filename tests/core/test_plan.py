"""Exactly N: whatever happens to tasks, the plan never begins too many and ends when it should."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.axes import Axis
from destilation.core.coverage import Coverage
from destilation.core.draws import Draws
from destilation.core.plan import LEAST_PATIENCE, MOST_PATIENCE, Begun, Plan, default_patience
from destilation.core.seed_queue import SeedQueue
from destilation.core.task import Task, seed_of
from destilation.core.topics.tree import Topic, Tree
from tests.core.seeds import supply

STEPS = st.lists(st.sampled_from(["next", "accept", "abandon", "back"]), max_size=300)


@given(st.integers(1, 12), STEPS, st.sets(st.integers(1, 9), max_size=4))
def test_never_more_than_the_target(target: int, steps: list[str], pending: set[int]) -> None:
    """For any course of events, accepted and under way together never exceed N, and no number is under way twice."""
    plan = Plan("d", target, begun=9, pending=pending, patience=1000)
    under_way: list[Task] = []
    for step in steps:
        if step == "next":
            task = plan.next()
            if task is not None:
                assert task.number not in [each.number for each in under_way]
                under_way.append(task)
        elif under_way:
            task = under_way.pop()
            if step == "back":
                plan.give_back(task)
            else:
                plan.settle(accepted=step == "accept")
        assert plan.in_flight == len(under_way)
        assert plan.accepted + plan.in_flight <= target
    assert (plan.ending == "met") == (plan.accepted == target)


def test_tasks_of_earlier_runs_come_first() -> None:
    """Pending numbers are handed out in order, then new ones after the highest begun."""
    plan = Plan("d", 10, begun=7, pending=[5, 2])
    numbers = [task.number for _ in range(4) if (task := plan.next())]
    assert numbers == [2, 5, 8, 9]
    plan.give_back(Task(5, "d"))
    again = plan.next()
    assert again == Task(5, "d")


def test_a_met_target_hands_out_nothing() -> None:
    """What was accepted before counts."""
    plan = Plan("d", 3, accepted=3)
    assert plan.next() is None
    assert plan.ending == "met"


def test_it_gives_up_when_nothing_comes() -> None:
    """After `patience` fruitless tasks the plan ends short, not before."""
    plan, begun = Plan("d", 10, patience=60), 0
    while plan.next() is not None:
        begun += 1
        plan.settle(accepted=False)
    assert begun == 60
    assert (plan.ending, plan.abandoned) == ("short", 60)


def test_one_in_a_hundred_is_enough_to_go_on() -> None:
    """A yield of one per cent keeps a plan going; the window moves."""
    plan = Plan("d", 1000, patience=200)
    for number in range(2_000):
        assert plan.next() is not None
        plan.settle(accepted=number % 100 == 0)
    assert not plan.exhausted
    for _ in range(200):
        plan.next()
        plan.settle(accepted=False)
    assert plan.exhausted


def test_stopping_hands_out_nothing() -> None:
    """After stop() the plan ends as stopped, unless the target was met."""
    plan = Plan("d", 2)
    plan.next()
    plan.stop()
    assert plan.next() is None
    plan.settle(accepted=True)
    assert plan.ending == "stopped"


def test_patience_by_size() -> None:
    """Small targets are given up sooner, within bounds."""
    assert [default_patience(n) for n in (1, 20, 10**6)] == [LEAST_PATIENCE, 80, MOST_PATIENCE]


def test_tasks_from_seeds() -> None:
    """Each task has the next seed; what is abandoned comes back, and the plan ends short when none is left."""
    seeds = [seed_of({"question": str(number)}) for number in range(2)]
    plan = Plan("d", 5, seeds=SeedQueue(supply([each.values for each in seeds]), rounds=2))
    first, second = plan.next(), plan.next()
    assert first is not None and second is not None
    assert (first.seed, second.seed) == tuple(seeds)
    assert first.given == {"question": "0"}
    assert plan.next() is None and not plan.seeds_used_up
    plan.settle(accepted=False, task=first)
    again = plan.next()
    assert again is not None and (again.number, again.seed) == (3, seeds[0])
    plan.give_back(again)
    again = plan.next()
    assert again is not None and (again.number, again.seed) == (3, seeds[0])
    plan.settle(accepted=False, task=again)
    plan.settle(accepted=True, task=second)
    assert plan.next() is None
    assert (plan.seeds_used_up, plan.ending) == (True, "short")


def test_pending_tasks_get_their_seeds_back() -> None:
    """A task begun earlier goes on with its seed; where it is gone, with another."""
    seeds = [seed_of({"question": str(number)}) for number in range(3)]
    plan = Plan(
        "d",
        3,
        begun=2,
        pending=[1, 2],
        seeds=SeedQueue(supply([each.values for each in seeds])),
        begun_with={1: Begun(seeds[2].id), 2: Begun("gone")},
    )
    tasks = [plan.next() for _ in range(3)]
    assert [(task.number, task.seed) for task in tasks if task] == [(1, seeds[2]), (2, seeds[0]), (3, seeds[1])]


def spread() -> Coverage:
    """Two topics."""
    return Coverage(Tree((Topic("a"), Topic("b"))), Draws([Axis("level", ("low", "high"))]), 6, seed=1)


def test_tasks_are_about_topics() -> None:
    """Each has a topic and its draw; one that was begun keeps both; one that is given back is handed out again."""
    plan = Plan("d", 6, begun=1, pending=[1], coverage=spread(), begun_with={1: Begun("", ("b",), 1)})
    first, second = plan.next(), plan.next()
    assert first is not None and second is not None
    assert first.pick is not None and (first.number, first.pick.path, first.pick.index) == (1, ("b",), 1)
    assert second.pick is not None and second.pick.path == ("a",)
    plan.give_back(second)
    again = plan.next()
    assert again is not None and again.pick == second.pick
    plan.give_back(first)
    assert plan.next() == first
    plan.settle(accepted=True, task=first)
    plan.settle(accepted=False, task=again)


def test_seeds_draw_from_the_axes() -> None:
    """Where the user's seeds say what a sample is about, only the axes are drawn, for each seed its own."""
    seeds = [seed_of({"question": str(number)}) for number in range(8)]
    plan = Plan(
        "d", 8, seeds=SeedQueue(supply([each.values for each in seeds])), draws=Draws([Axis("level", ("low", "high"))])
    )
    tasks = [plan.next() for _ in seeds]
    assert {task.pick.values["level"] for task in tasks if task and task.pick} == {"low", "high"}
    assert all(task is not None and task.pick is not None and task.pick.path == () for task in tasks)


def test_closed_topics_end_the_plan() -> None:
    """When no topic has anything more to give, no task is handed out and the job ends short."""
    coverage = spread()
    plan = Plan("d", 6, coverage=coverage)
    for name in ("a", "b"):
        coverage.close((name,), "repeats itself")
    assert plan.next() is None
    assert (plan.covered, plan.ending) == (True, "short")
