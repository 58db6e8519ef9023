"""Checks that need no model: what they read, what they leave alone, and whose fault it is."""

import asyncio
from typing import Any

from destilation.checks.rules import Arithmetic, Grounding
from destilation.core.review import Finding, Review
from destilation.core.task import Task, seed_of
from tests.checks.doubles import sample_of
from tests.checks.test_execution import Nobody

PASSAGE = "The dam at Corrie Glen holds 1,001 litres. The engineer Ada Merton built it."


def found(review: Review, record: dict[str, Any], **given: str) -> Finding:
    """What the check finds in such a sample."""
    task = Task(1, "d", seed_of(given)) if given else Task(1, "d")
    finding = asyncio.run(review.review(sample_of(record), task, Nobody()))
    assert finding is not None
    return finding


def test_calculations_are_done_again() -> None:
    """Every wrong one is a reason with its field; right ones, other fields and what is no text are left alone."""
    record = {
        "question": "Is 2 + 2 = 5?",
        "reasoning": "3 * 4 = 12, and 12 + 1 = 14.",
        "answer": "7 - 5 = 3",
        "more": None,
    }
    finding = found(Arithmetic({"reasoning": "", "answer": "", "more": "", "gone": ""}), record)
    assert [(reason.code, reason.text) for reason in finding.reasons] == [
        ("arithmetic:miscalculated", "field 'reasoning': 12 + 1 = 14 is wrong: it is 13"),
        ("arithmetic:miscalculated", "field 'answer': 7 - 5 = 3 is wrong: it is 2"),
    ]
    assert found(Arithmetic({"answer": ""}), {"answer": "7 - 5 = 2"}) == Finding()


def test_the_first_stage_with_a_fault_is_blamed() -> None:
    """A fault goes back to the stage that made the field; with faults in several, to the earliest."""
    check = Arithmetic({"question": "first", "answer": "second"})
    right, wrong = "1 + 1 = 2", "1 + 1 = 3"
    assert found(check, {"question": right, "answer": right}).blame is None
    assert found(check, {"question": right, "answer": wrong}).blame == "second"
    assert found(check, {"question": wrong, "answer": right}).blame == "first"
    assert found(check, {"question": wrong, "answer": wrong}).blame == "first"


def test_what_is_said_is_held_against_the_passage() -> None:
    """Numbers, names and quotations that neither the passage nor the user's question has are refused."""
    check = Grounding("passage", {"answer": "second"})
    good = {"answer": "It holds 1001 litres, which Ada Merton planned."}
    assert found(check, good, passage=PASSAGE) == Finding()
    bad = found(check, {"answer": "It holds 2,500 litres, which Max Planck planned."}, passage=PASSAGE)
    assert [reason.text for reason in bad.reasons] == [
        "field 'answer': the number 2,500 is not in the source",
        "field 'answer': the name Max Planck is not in the source",
    ]
    assert bad.blame == "second" and {reason.code for reason in bad.reasons} == {"grounding:unsupported"}


def test_a_given_question_supports_and_a_made_one_does_not() -> None:
    """The user's own question may be repeated; what an earlier stage made up is no source, and is itself refused."""
    record = {"question": "Does Max Planck own it?", "answer": "Yes, the one Max Planck owns."}
    given = {"passage": PASSAGE, "question": record["question"]}
    assert found(Grounding("passage", {"answer": ""}), record, **given).reasons == ()
    made = found(Grounding("passage", {"question": "first", "answer": "second"}), record, **given)
    assert len(made.reasons) == 2 and made.blame == "first"


def test_without_a_passage_nothing_is_supported() -> None:
    """A task without the passage has no source at all."""
    assert len(found(Grounding("passage", {"answer": ""}), {"answer": "There are 77 of them."}).reasons) == 1
