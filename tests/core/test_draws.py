"""Draws: no combination twice, every one once, each value in its measure at any time, a different order each leaf."""

import subprocess
import sys
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.axes import BUILTIN, Axis
from destilation.core.draws import Draws, Order
from destilation.core.rhythm import rhythm, turns

SIZES = st.lists(st.integers(1, 7), max_size=4)
WEIGHTED = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=4), min_size=1, max_size=3)
LEAVES = st.text(max_size=4)


def plain(sizes: list[int]) -> list[Axis]:
    """Axes with so many values, all of the same weight."""
    return [Axis(f"axis {at}", tuple(str(value) for value in range(size))) for at, size in enumerate(sizes)]


@given(SIZES, st.integers(), LEAVES)
@settings(max_examples=50, deadline=None)
def test_every_combination_once(sizes: list[int], seed: int, leaf: str) -> None:
    """As many draws as there are combinations are all of them, and then all of them come again."""
    draws = Draws(plain(sizes), seed)
    first = [tuple(draws.draw(leaf, index).values()) for index in range(draws.combinations)]
    again = [tuple(draws.draw(leaf, index + draws.combinations).values()) for index in range(draws.combinations)]
    assert len(set(first)) == draws.combinations
    assert set(first) == set(again)


@given(SIZES, LEAVES)
@settings(max_examples=50, deadline=None)
def test_every_prefix_is_balanced(sizes: list[int], leaf: str) -> None:
    """Without weights each of s values came n/s times in n draws, to less than one."""
    draws = Draws(plain(sizes))
    seen: list[Counter[str]] = [Counter() for _ in sizes]
    for index in range(draws.combinations):
        for count, value in zip(seen, draws.draw(leaf, index).values(), strict=True):
            count[value] += 1
        for count, axis in zip(seen, draws.axes, strict=True):
            assert all(abs(count[value] - (index + 1) / len(axis.values)) < 1 for value in axis.values)


@given(WEIGHTED, LEAVES)
@settings(max_examples=50, deadline=None)
def test_every_prefix_keeps_the_weights(weights: list[list[int]], leaf: str) -> None:
    """With weights a value is off its share by less than 2 and those passed over; still every combination comes once."""
    counts = [turns(each) for each in weights]
    order = Order([rhythm(each) for each in counts], leaf)
    seen: list[Counter[int]] = [Counter() for _ in counts]
    combinations = 1
    for each in counts:
        combinations *= len(each)
    drawn = []
    for place in range(combinations):
        drawn.append(order.nth(place))
        for count, value in zip(seen, drawn[-1], strict=True):
            count[value] += 1
        for count, axis in zip(seen, counts, strict=True):
            for value, share in enumerate(axis):
                assert abs(count[value] - (place + 1) * share / sum(axis)) < 2 + order.passed
    assert len(set(drawn)) == combinations


def test_weights_are_kept_while_there_is_choice() -> None:
    """Beside the other built-in axes, 300 draws of one leaf keep to the weights of one axis to less than 3."""
    levels = Axis("difficulty", ("a", "b", "c"), (0.5, 0.3, 0.2))
    draws = Draws([levels, BUILTIN["question_type"], BUILTIN["persona"], BUILTIN["style"]], seed=4)
    for leaf in ("optics", "heat"):
        seen = Counter(draws.draw(leaf, index)["difficulty"] for index in range(300))
        assert all(abs(seen[value] - 300 * weight) < 3 for value, weight in zip("abc", levels.weights, strict=True))


def test_a_leaf_has_an_order_of_its_own() -> None:
    """Two hundred leaves begin with nearly as many combinations, and over all of them each value comes as often."""
    draws = Draws([BUILTIN[name] for name in ("difficulty", "question_type", "persona", "style")], seed=1)
    first = [tuple(draws.draw(str(leaf), 0).values()) for leaf in range(200)]
    assert len(set(first)) > 180
    for at, axis in enumerate(draws.axes):
        seen = Counter(values[at] for values in first)
        assert all(0.3 < seen[value] * len(axis.values) / 200 < 2 for value in axis.values)


def test_a_leaf_begins_anywhere_in_the_turns() -> None:
    """Where the only axis is weighted, a light value comes first as often as it weighs, not never."""
    draws = Draws([Axis("a", ("x", "y"), (3, 1))])
    first = Counter(draws.draw(str(leaf), 0)["a"] for leaf in range(400))
    assert 60 < first["y"] < 140


def test_another_seed_is_another_order() -> None:
    """The seed of the job changes what comes first."""
    axes = list(BUILTIN.values())
    one, other = Draws(axes, 1), Draws(axes, 2)
    assert [one.draw("a", index) for index in range(9)] != [other.draw("a", index) for index in range(9)]


def test_two_axes_do_not_move_together() -> None:
    """The sixteen samples of a leaf are of sixteen pairs of question type and persona."""
    draws = Draws(list(BUILTIN.values()))
    pairs = {(drawn["question_type"], drawn["persona"]) for drawn in (draws.draw("x", index) for index in range(16))}
    assert len(pairs) == 16


@pytest.mark.parametrize("weights", [(), (2.0,) + (1.0,) * 999])
def test_a_product_of_a_thousand_million(weights: tuple[float, ...]) -> None:
    """What is drawn does not have to be listed."""
    values = tuple(map(str, range(1000)))
    draws = Draws([Axis("a", values), Axis("b", values), Axis("c", values, weights)])
    assert draws.combinations == 10**9
    assert len({tuple(draws.draw("x", index).values()) for index in range(2_000)}) == 2_000


def test_draws_depend_on_nothing_else() -> None:
    """Two processes with hashes of their own, drawing in another order, draw the same."""
    script = (
        "from destilation.core.axes import BUILTIN, Axis; from destilation.core.draws import Draws\n"
        "draws = Draws([*BUILTIN.values(), Axis('w', ('a', 'b'), (3, 1))], 7)\n"
        "print([list(draws.draw('leaf', index).values()) for index in {order}][::{step}])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script.format(order=order, step=step)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for order, step, seed in (("range(50)", 1, "1"), ("range(49, -1, -1)", -1, "2"))
    ]
    assert said[0] == said[1]


def test_no_axes() -> None:
    """There is one combination, of nothing."""
    draws = Draws([])
    assert [dict(draws.draw("x", index)) for index in range(2)] == [{}, {}]
    assert list(islice(iter(draws.axes), 1)) == []
