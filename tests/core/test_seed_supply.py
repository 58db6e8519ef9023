"""Every seed in every way: each once, spread over all, and always the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.evolve import MOVES, variations
from destilation.core.seed_supply import Supply
from destilation.core.task import key_of
from tests.core.seeds import questions, supply

SUPPLIES = st.builds(
    lambda count, per_seed, mixed, shuffled, seed: supply(
        questions(count), MOVES, per_seed=per_seed, mixed=mixed, shuffled=shuffled, seed=seed
    ),
    st.integers(1, 20),
    st.integers(1, 6),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2**63 - 1),
)


def names(seeds: Supply) -> list[str]:
    """The names of all of them, in order."""
    return [seeds[place].name for place in range(len(seeds))]


@given(SUPPLIES)
def test_each_seed_in_each_of_its_ways_once(seeds: Supply) -> None:
    """No seed is used twice in a way, none a second time before all were used once, and each is found by its name."""
    found = names(seeds)
    assert len(set(found)) == len(seeds)
    count = len({name.partition(":")[0] for name in found})
    laps = [found[at : at + count] for at in range(0, len(found), count)]
    assert all(len({name.partition(":")[0] for name in lap}) == count for lap in laps)
    assert [seeds.find(name) for name in found] == list(range(len(seeds)))
    assert all(seeds[place].turn == place // count for place in range(len(seeds)))


def test_in_the_order_of_the_file_or_shuffled() -> None:
    """The order is that of the file, or one that the job's seed decides; what is added leaves it as it was."""
    texts = questions(50)
    in_order = [key_of(each) for each in texts]
    assert names(supply(texts)) == in_order
    shuffled = names(supply(texts, shuffled=True, seed=1))
    assert shuffled != in_order and sorted(shuffled) == sorted(in_order)
    assert shuffled == names(supply(texts, shuffled=True, seed=1)) != names(supply(texts, shuffled=True, seed=2))
    more = names(supply(questions(60), shuffled=True, seed=1))
    assert [name for name in more if name in shuffled] == shuffled


def test_the_order_is_the_same_everywhere() -> None:
    """Shuffled order and drawn ways are pinned: another version or machine that drew others would begin seeds anew."""
    seeds = supply(questions(4), MOVES, per_seed=2, mixed=True, shuffled=True, seed=7)
    told = [(seeds[place].values["question"], seeds[place].way) for place in range(len(seeds))]
    assert told == [
        ("What is 0?", "deepen"),
        ("What is 2?", "constrain"),
        ("What is 3?", "broaden"),
        ("What is 1?", "concretise"),
        ("What is 0?", "constrain"),
        ("What is 2?", "deepen"),
        ("What is 3?", "concretise"),
        ("What is 1?", "broaden"),
    ]


def test_ways_are_drawn_for_each_seed() -> None:
    """Where they are mixed, seeds begin with different ones; else all begin with the first."""
    mixed = supply(questions(30), MOVES, per_seed=6, mixed=True)
    assert {mixed[place].way for place in range(30)} == {way.id for way in MOVES}
    plain = supply(questions(3), variations(2), per_seed=2)
    assert [plain[place].way for place in range(6)] == ["variation_1"] * 3 + ["variation_2"] * 3
    assert plain[0].values == {"question": "What is 0?", "way": variations(2)[0].text}


@pytest.mark.parametrize("name", ["", "gone", "0" * 16, "f" * 16, "0" * 15 + "G", f"{key_of(questions(1)[0])}:deepen"])
def test_names_that_are_none(name: str) -> None:
    """What is not among the seeds is not found."""
    assert supply(questions(3)).find(name) is None


def test_a_way_that_is_not_used_any_more() -> None:
    """A seed in a way that the job does not have any more is not found."""
    seeds = supply(questions(3), variations(2), per_seed=2)
    name = seeds[0].id
    assert seeds.find(name) is None
    assert seeds.find(f"{name}:variation_3") is None
    assert seeds.find(f"{name}:variation_2") == 3
