"""Conditions: what they mean, and that nothing but conditions is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.condition import MOST_NESTED, ConditionError, condition, value_at

ROW: dict[str, Any] = {
    "provider": "ollama", "attempt": 2, "cost_usd": 0.25, "edited": True, "tokens": {"out": 600}, "t": "2026-11-20T12",
    "answer": 'He said "No lifetime".', "a.b": "dotted", "list": ["Rust", 5], "none": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('provider == "ollama"', True),
        ("provider == ollama", True),
        ("provider == 'ollama'", True),
        ("provider != ollama", False),
        ("provider == Ollama", False),
        ("attempt == 2 and cost_usd == 0.25", True),
        ("attempt == 2.0", True),
        ("attempt == '2'", False),
        ("attempt > 1 and attempt < 3", True),
        ("attempt > 2 or attempt < 2", False),
        ("tokens.out > 5e2", True),
        ("tokens.out.x > 1", False),
        ("a.b == dotted", True),
        ("t > '2026-11-19' and t < '2026-11-21'", True),
        ("t > 5", False),
        ("edited == true", True),
        ("edited == 1", False),
        ("attempt == true", False),
        ("edited > 0", False),
        ("none == null and missing == null", True),
        ("missing ~ null", False),
        ('answer ~ "NO LIFE"', True),
        (r'answer ~ "said \"no"', True),
        ("list ~ rust and list ~ 5", True),
        ("attempt ~ 2", True),
        ("edited ~ true", True),
        ("not provider == ollama", False),
        ("not (provider == x or attempt == 3) and edited == true", True),
        ("provider == x and attempt == 2 or edited == true", True),
        ("provider == x and (attempt == 2 or edited == true)", False),
        ("not not edited == true", True),
    ],
)
def test_what_conditions_mean(text: str, fits: bool) -> None:
    """Each operator on each kind of value, and how they are joined."""
    assert condition(text).fits(ROW) is fits


def test_the_names_are_told() -> None:
    """Each name once, in order; words that join and values are none."""
    assert condition("b == a and (c.d > 1 or not b ~ x)").names == ("b", "c.d")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a name at character 1, but it ends there"),
        ("provider", "expected one of == != < > ~ after provider at character 9"),
        ("provider = x", "'=' at character 10 belongs to nothing"),
        ("provider ==", "expected a value at character 12"),
        ("provider == (x)", "expected a value at character 13, not '('"),
        ("provider == x y", "expected and, or, or the end at character 15, not 'y'"),
        ("(provider == x", "expected )"),
        ("== x", "expected a name at character 1, not '=='"),
        ("and == x", "expected a name at character 1, not 'and'"),
        ('"a" == x', "expected a name"),
        ('a "==" x', "expected one of"),
        ('a == "x', "belongs to nothing"),
        (r'a == "\x"', "escape that JSON has not"),
        ("(" * (MOST_NESTED + 2), "nested at most"),
        ("not " * 400 + "a == 1", "nested at most"),
        ("a == " + "x" * 3_000, "at most 2,000 characters"),
    ],
)
def test_what_is_no_condition(text: str, said: str) -> None:
    """One sentence with the place where it went wrong."""
    with pytest.raises(ConditionError) as caught:
        condition(text)
    assert said in str(caught.value)


@given(st.text(alphabet="ab.=!<>~()\"'\\ 1\n", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_condition_or_an_error(text: str) -> None:
    """Whatever is typed, and whatever it is asked of: a truth value or a ConditionError."""
    try:
        found = condition(text)
    except ConditionError:
        return
    assert found.fits(ROW) in (True, False)


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())))
def test_any_object_can_be_asked(row: dict[str, Any]) -> None:
    """A comparison of values that cannot be compared is false, not an error."""
    for operator in ("==", "<", ">", "~"):
        for name in row:
            for value in ("x", 1.0, None, True):
                assert condition(f"a {operator} 1").fits({"a": row[name], "b": value}) in (True, False)


def test_inner_values() -> None:
    """A name with a dot is taken as it stands first, then as a way inwards."""
    assert value_at({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert value_at({"a": {"b": {"c": 3}}}, "a.b.c") == 3
    assert value_at({"a": [1]}, "a.b") is None
