"""What the files say of their tasks: sets of answers, and the same whether lines are read or written."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.storage.ledger import Attempts

PAIRS = st.sets(st.tuples(st.integers(1, 12), st.integers(1, 70)), max_size=20)


def of(pairs: set[tuple[int, int]]) -> Attempts:
    """The set of these."""
    attempts = Attempts()
    for task, attempt in pairs:
        attempts.add(task, attempt)
    return attempts


@given(PAIRS, PAIRS)
def test_attempts_are_a_set(one: set[tuple[int, int]], other: set[tuple[int, int]]) -> None:
    """Members, inclusion and the way through bytes are those of a set whose attempts end at the 64th."""
    ours, theirs = ({(task, min(attempt, 64)) for task, attempt in pairs} for pairs in (one, other))
    assert of(one).within(of(other)) == (ours <= theirs)
    assert of(one).within(of(one | other))
    back = Attempts(bytes(of(one)))
    assert len(back) == max((task for task, _ in one), default=0)
    assert all((pair in back) == (pair in ours) for pair in ours | theirs)
