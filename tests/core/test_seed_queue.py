"""Seeds: each in its order, those that failed once more, and none that would make a duplicate."""

from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.evolve import MOVES
from destilation.core.plan import Begun, Plan
from destilation.core.seed_queue import SeedQueue, apart
from destilation.core.task import Seed, Task, key_of, name_of, seed_of
from tests.core.seeds import questions, supply

A, B, C = (seed_of({"question": f"What is {name}?"}) for name in ("iron", "love", "seven"))
ABC = supply([each.values for each in (A, B, C)])
AB = supply([each.values for each in (A, B)])


def drawn(queue: SeedQueue) -> list[Seed]:
    """All that the queue gives."""
    taken = []
    while (seed := queue.take()) is not None:
        taken.append(seed)
    return taken


def test_in_their_order_but_for_those_done() -> None:
    """A seed that has its sample is not taken again."""
    queue = SeedQueue(ABC, {B.id, "gone"})
    assert len(queue) == 2
    assert drawn(queue) == [A, C]
    assert len(queue) == 0


def test_what_failed_comes_back_at_the_end() -> None:
    """As often as there are rounds, and never again."""
    queue = SeedQueue(AB, rounds=2)
    assert queue.take() == A
    queue.abandoned(A)
    assert len(queue) == 2
    assert drawn(queue) == [B, A]
    queue.abandoned(A)
    assert queue.take() is None


def test_what_failed_in_an_earlier_run() -> None:
    """It comes at the end in the order in which it failed last, if there are rounds left and no sample came of it."""
    assert drawn(SeedQueue(ABC, failed=[B.id, A.id, "gone"])) == [C, B, A]
    assert drawn(SeedQueue(ABC, failed=[B.id, A.id, B.id])) == [C, A]
    assert drawn(SeedQueue(ABC, failed=[B.id, A.id, B.id], rounds=3)) == [C, A, B]
    assert drawn(SeedQueue(ABC, {B.id}, failed=[B.id, A.id])) == [C, A]


def test_a_seed_is_claimed_for_its_task() -> None:
    """A task that was begun with a seed gets it again; one that is gone is none."""
    queue = SeedQueue(ABC, failed=[C.id])
    assert queue.claim(B.id) == B
    assert queue.claim(B.id) is None
    assert queue.claim(C.id) == C
    assert queue.claim("gone") is None
    assert drawn(queue) == [A]


def test_a_seed_that_is_not_among_them() -> None:
    """One that was abandoned and is not in the file does not come back."""
    queue = SeedQueue(AB)
    queue.abandoned(C)
    assert drawn(queue) == [A, B]


def test_distinct_seeds() -> None:
    """Twice the same, or too close in what duplicates are told by, is one; other fields are no matter of seeds."""
    close = seed_of({"question": "What is  IRON?"})
    texts = [each.values for each in (A, close, A, B)]
    assert apart(texts, ["question"], 0.85) == [0, 3]
    assert apart(texts, ["answer"], 0.85) == [0, 1, 2, 3]


def test_the_key_of_texts() -> None:
    """Texts are named the same in any order; none have no name; a way is part of a seed's name."""
    assert key_of({}) == ""
    assert key_of({"a": "1", "b": "2"}) == key_of({"b": "2", "a": "1"}) != key_of({"a": "1"})
    assert A.id == key_of(A.values) == A.name
    assert name_of("a", "deepen") == "a:deepen"


class Files:
    """What a run leaves behind, and what a next one reads of it: one task at a time, with an outcome for each number."""

    def __init__(self, outcomes: list[bool]) -> None:
        self.outcomes = outcomes
        self.done: list[str] = []
        self.failed: list[str] = []
        self.told: list[tuple[int, str]] = []
        self.begun = 0
        self.pending: dict[int, Begun] = {}

    def plan(self, count: int, rounds: int) -> Plan:
        """The plan of a run that goes on."""
        seeds = supply(questions(count), MOVES, per_seed=2, mixed=True, shuffled=True, seed=3)
        return Plan(
            "d",
            1_000,
            accepted=len(self.done),
            begun=self.begun,
            pending=list(self.pending),
            begun_with=self.pending,
            patience=10_000,
            seeds=SeedQueue(seeds, self.done, rounds, self.failed),
        )

    def begin(self, plan: Plan) -> Task | None:
        """The next task; an answer to it is recorded."""
        task = plan.next()
        if task is not None and task.seed is not None:
            self.begun = max(self.begun, task.number)
            self.pending[task.number] = Begun(task.seed.name)
        return task

    def end(self, plan: Plan, task: Task) -> None:
        """The task brings a sample, or is given up."""
        assert task.seed is not None
        accepted = self.outcomes[task.number % len(self.outcomes)]
        (self.done if accepted else self.failed).append(task.seed.name)
        self.told.append((task.number, task.seed.name))
        del self.pending[task.number]
        plan.settle(accepted=accepted, task=task)


@settings(deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.lists(st.booleans(), min_size=1, max_size=9),
    st.lists(st.integers(0, 9), max_size=3),
    st.integers(1, 3),
)
def test_a_run_in_parts_has_the_tasks_of_an_unbroken_one(
    count: int, rounds: int, outcomes: list[bool], stops: list[int], workers: int
) -> None:
    """However often it is stopped, with tasks under way, each task has the seed and the way it would have had."""

    def course(parts: list[int | None]) -> list[tuple[int, str]]:
        files = Files(outcomes)
        for most in parts:
            plan = files.plan(count, rounds)
            hand: list[Task] = []
            left = most
            while left is None or left > 0:
                while len(hand) < workers and (task := files.begin(plan)) is not None:
                    hand.append(task)
                if not hand:
                    break
                files.end(plan, hand.pop(0))
                left = None if left is None else left - 1
        return files.told

    assert course([*stops, None]) == course([None])
