"""Which topic a sample was made for."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.belonging import Belonging

PATHS = st.lists(st.sampled_from("ab"), max_size=3).map(tuple)


@given(st.dictionaries(st.integers(1, 30), PATHS, max_size=20), PATHS)
def test_elsewhere(made: dict[int, tuple[str, ...]], path: tuple[str, ...]) -> None:
    """A sample is of another topic unless it was made for this one or one above it; of what is unknown nothing is said."""
    belonging = Belonging()
    for number in made:
        belonging.add(number, made[number])
    for number, theirs in made.items():
        above = [path[:depth] for depth in range(len(path) + 1)]
        assert belonging.elsewhere(number, path) == (theirs not in above)
    assert not any(belonging.elsewhere(number, path) for number in (-1, 0, 31))
