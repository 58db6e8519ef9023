"""Exactly N: whatever happens to tasks, the plan never begins too many and ends when it should."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.plan import LEAST_PATIENCE, MOST_PATIENCE, Plan, default_patience
from destilation.core.task import Task

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
