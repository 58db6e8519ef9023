"""Where each field of a record comes from: the answer, its whole text, the model's own reasoning."""

import json
from typing import Any

import pytest

from destilation.core.catalogue import BUILTIN
from destilation.core.job import Reasoning
from destilation.core.provider import Completion
from destilation.core.sources import Heard, hear
from destilation.core.template import Template

REASONING = BUILTIN[1]
GIVEN = REASONING.with_given(["question"])
RECORD = {"question": "Why is it so?", "answer": "Because."}


def heard(text: str, template: Template = REASONING, policy: Reasoning = "auto", **more: Any) -> Heard | str:
    """What was heard, or the code of the refusal."""
    said = Completion(text=text, dialect="t", body=b"", model="m", **more)
    found = hear(said, template, policy, refusals=True)
    return found if isinstance(found, Heard) else found.reasons[0].code


def test_the_models_own_reasoning_is_taken() -> None:
    """Beside the answer, before it in tags, or before a record that stands where the reasoning belongs."""
    wanted = Heard(RECORD | {"reasoning": "I think."}, "I think.", {"reasoning": "native"})
    text = json.dumps(RECORD)
    assert heard(text, reasoning="I think.") == wanted
    assert heard(f"<think>I think.</think>{text}") == wanted
    assert heard("", reasoning=f"I think.{text}") == wanted


def test_reasoning_in_the_answer() -> None:
    """Where the model shows none, that of the record is taken; where it shows some, that of the record is not."""
    both = RECORD | {"reasoning": "First, then."}
    assert heard(json.dumps(both)) == Heard(both, None, {"reasoning": "answer"})
    shown = heard(json.dumps(both), reasoning="I think.")
    assert isinstance(shown, Heard) and shown.record["reasoning"] == "I think."


def test_what_the_job_rules_out() -> None:
    """With `json` the model's own is left aside, with `native` nothing else will do."""
    both = json.dumps(RECORD | {"reasoning": "First, then."})
    shown = heard(both, policy="json", reasoning="I think.")
    assert isinstance(shown, Heard) and shown.record["reasoning"] == "First, then."
    assert shown.reasoning == "I think."
    assert heard(both, policy="native") == "no_reasoning"


def test_plain_text_is_kept_as_it_is() -> None:
    """The whole text of the answer, blanks and line breaks included."""
    said = "\n Because {it} is so. "
    found = heard(said, GIVEN, reasoning=" I think. ", mode="text")
    assert found == Heard({"answer": said, "reasoning": " I think. "}, " I think. ", {"reasoning": "native"})


def test_plain_text_without_reasoning() -> None:
    """Asked natively it is refused as such; asked for JSON it is read as JSON, with the seed said again or not."""
    assert heard("Because.", GIVEN, mode="text") == "no_reasoning"
    record = {"reasoning": "First, then.", "answer": "Because."}
    for said in (record, {"question": "Why?"} | record):
        assert heard(json.dumps(said), GIVEN) == Heard(record, None, {"reasoning": "answer"})
    plain = BUILTIN[0].with_given(["question"])
    assert heard("Because.", plain, mode="text") == Heard({"answer": "Because."}, None, {})


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        ("", {"refusal": "no"}, "refusal"),
        ("", {"finish_reason": "content_filter"}, "refusal"),
        ("{", {"finish_reason": "length"}, "cut_off"),
        ("I cannot help with that.", {}, "refusal"),
        ("no JSON", {}, "not_json"),
        ('{"question": "Why?"}', {}, "missing_field"),
        ('{"question": ' + "[" * 70 + "]" * 70 + "}", {}, "too_deep"),
    ],
)
def test_what_is_no_record(text: str, more: dict[str, Any], code: str) -> None:
    """Each with its reason."""
    assert heard(text, reasoning="I think.", **more) == code


def test_tags_beside_shown_reasoning_are_a_leak() -> None:
    """A server that sends reasoning beside the answer leaves no tags in it: they stay, to be refused later."""
    for more in ({"reasoning": "I think."}, {"beside": True}):
        found = heard("more</think>Because.", BUILTIN[0].with_given(["question"]), mode="text", **more)
        assert isinstance(found, Heard) and found.record["answer"] == "more</think>Because."


@pytest.mark.parametrize("reasoning", ["no braces", "{ broken", '{"other": 1}', "{" * 100])
def test_reasoning_that_holds_no_record(reasoning: str) -> None:
    """An empty answer beside it is an empty answer."""
    assert heard("", reasoning=reasoning) == "no_answer"
