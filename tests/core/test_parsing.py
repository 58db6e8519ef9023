"""The record in what a model said: found in any wrapping, never invented from half of one."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.parsing import MAX_CHARS, find_record, split_reasoning
from destilation.core.verdict import Reason

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
RECORDS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    PLAIN,
    st.recursive(
        PLAIN | st.integers(-(10**9), 10**9) | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
        max_leaves=6,
    ),
    min_size=1,
    max_size=4,
)
WRAPPINGS = (
    "{}", "```json\n{}\n```", "```\n{}\n```", "Sure! Here it is:\n\n{}\n\nHope that helps.", "\ufeff \n{}\n",
    "The format is clear, see [1] below.\n{}", "Answer: {} (done)",
)  # fmt: skip


def code(found: dict[str, Any] | Reason) -> str:
    """The reason's code; fails for a record."""
    assert isinstance(found, Reason), found
    return found.code


@given(RECORDS, st.sampled_from(WRAPPINGS), st.booleans())
def test_a_record_is_found_in_any_wrapping(record: dict[str, Any], wrapping: str, ascii_only: bool) -> None:
    """Fences, prose, byte-order marks and white space around an object change nothing."""
    text = wrapping.replace("{}", json.dumps(record, ensure_ascii=ascii_only))
    assert find_record(text, record.keys()) == record


@given(RECORDS)
def test_one_comma_too_many_is_forgiven(record: dict[str, Any]) -> None:
    """A comma before a closing bracket is taken away, also where strings hold such commas."""
    text = json.dumps({**record, "list": [1, 2], "tricky": ",] ,}"})
    spoiled = text.replace("[1, 2]", "[1, 2, ]", 1)
    spoiled = f"{spoiled[:-1]},}}"
    assert find_record(spoiled, ["list"]) == {**record, "list": [1, 2], "tricky": ",] ,}"}


@given(RECORDS, st.data())
def test_half_a_record_is_none(record: dict[str, Any], data: st.DataObject) -> None:
    """Cut anywhere, an object is refused; what stands whole inside it is not taken for the record."""
    text = json.dumps({"question": record})
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    found = find_record(cut, ["question"])
    assert isinstance(found, Reason)


@given(st.text(st.characters(), max_size=200), st.sampled_from(["", "{", '{"a": ', "<think>", "[{", '{"a": "\\']))
def test_nothing_a_model_says_raises(text: str, start: str) -> None:
    """Any text gives a record or a reason."""
    _, answer = split_reasoning(start + text)
    found = find_record(answer, ["a"])
    assert isinstance(found, dict | Reason)


def test_the_object_that_knows_most_names_is_taken() -> None:
    """An example or a remark with braces before the answer does not hide it; of equals the first counts."""
    text = 'Like {"x": 1} or {y}: {"question": "Q", "answer": "A"} and {"question": "other"}'
    assert find_record(text, ["question", "answer"]) == {"question": "Q", "answer": "A"}
    assert find_record('{"a": 1} {"a": 2}', ["a"]) == {"a": 1}


def test_bare_line_breaks_in_strings_are_read() -> None:
    """Models put line breaks into strings as they are."""
    assert find_record('{"code": "a\n\tb"}', ["code"]) == {"code": "a\n\tb"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "no_answer"),
        ("  \n", "no_answer"),
        ("just prose", "not_json"),
        ("{not json}", "not_json"),
        ('{"a": NaN}', "not_json"),
        ('{"a": -Infinity}', "not_json"),
        ('{"a": 1, "a": 2}', "duplicate_key"),
        ('{"a": {"b": 1, "b": 2}}', "duplicate_key"),
        ('{"a": "unfinished', "cut_off"),
        ('{"a": 1', "cut_off"),
        ('{"a": 1, ', "cut_off"),
        ('{"a": ' + "9" * 5000 + "}", "not_json"),
        ("{" * 200_000, "not_json"),
        ('{"a":' * 100_000, "too_deep"),
        ("x" * (MAX_CHARS + 1), "too_long"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_record(text: str, wanted: str) -> None:
    """Each way of not being one JSON object has its reason, in bounded time."""
    began = time.perf_counter()
    assert code(find_record(text, ["a"])) == wanted
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize("text", ['{"' * 300_000, '{"a": "' + "\\" * 900_000, '{"a": ",' * 100_000, "{,]" * 300_000])
def test_hostile_texts_take_no_time(text: str) -> None:
    """Texts made to be slow to read are refused quickly."""
    began = time.perf_counter()
    assert isinstance(find_record(text, ["a"]), Reason)
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>why</think>{}", "why", "{}"),
        ("\n<thinking>\nwhy\n</thinking>\n\n{}", "why", "{}"),
        ("<think></think>{}", None, "{}"),
        ("<think>never closed {}", "never closed {}", ""),
        ("the template opened it</think>{}", "the template opened it", "{}"),
        ('{"a": "</think>"}', None, '{"a": "</think>"}'),
        ("no thought", None, "no thought"),
    ],
)
def test_reasoning_before_the_answer(text: str, reasoning: str | None, answer: str) -> None:
    """A leading think block is taken off, also when only its end is there; tags inside the JSON stay."""
    assert split_reasoning(text) == (reasoning, answer)


def test_trailing_commas_after_a_quote_that_is_never_closed() -> None:
    """They are forgiven, and a text of escaped quotes takes no quadratic time."""
    assert find_record('A 5" screen: {"a": 1,}', ["a"]) == {"a": 1}
    began = time.perf_counter()
    assert isinstance(find_record("{" + '"\\' * 100_000, ["a"]), Reason)
    assert time.perf_counter() - began < 1
