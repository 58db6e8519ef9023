"""What must not be produced again is refused in whatever field it comes, and is never quoted."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from destilation.core.catalogue import find
from destilation.core.dedup.index import SeenIndex
from destilation.core.exclusion import Excluded, Exclusions
from destilation.core.fields import Field
from destilation.core.gate import Gate
from destilation.core.template import Template
from destilation.core.verdict import Rejection, Sample, Verdict
from tests.core.test_gate import said

QUESTION = "A train leaves the old station at noon and travels 80 miles in two hours, how fast is it?"
SHORT = "Who wrote the Iliad?"


def exclusions(threshold: float = 0.85) -> Exclusions:
    """Two questions of a benchmark, and a pair of texts."""
    records = [Excluded("bench.csv:2", (QUESTION,)), Excluded("bench.csv:3", (SHORT,))]
    many = [Excluded(f"old/samples.jsonl:{number}", (f"subject {number} of many others",)) for number in range(2_100)]
    return Exclusions([*records, *many], threshold, 13)


def gate(threshold: float = 0.85) -> Gate:
    """A gate of questions and answers that excludes them."""
    template = find("simple_qa")
    assert template is not None
    return Gate(template, SeenIndex(threshold), exclusions=exclusions(threshold))


def judged(record: Mapping[str, Any], door: Gate | None = None) -> Verdict:
    """The verdict of a gate."""
    return (door or gate()).judge(said(json.dumps(record)))


def reason(verdict: Verdict) -> tuple[str, str]:
    """The code and the text of a semantic rejection."""
    assert isinstance(verdict, Rejection)
    assert verdict.layer == "semantic"
    (one,) = verdict.reasons
    return one.code, one.text


def test_a_question_is_recognised_in_any_field() -> None:
    """In the question, in the answer, short or long, with other case and punctuation: place and remedy, no quotation."""
    for record, field, place in (
        ({"question": f"Tell me. {QUESTION.upper()}", "answer": "40."}, "question", "bench.csv:2"),
        (
            {"question": "What did they ask?", "answer": f"They asked: {QUESTION} And then left."},
            "answer",
            "bench.csv:2",
        ),
        ({"question": "What did they ask?", "answer": "It was: who wrote, the ILIAD"}, "answer", "bench.csv:3"),
    ):
        code, text = reason(judged(record))
        assert (code, field in text, place in text) == ("contaminated", True, True)
        assert "clearly different subject" in text
        assert "station" not in text.lower()
        assert "iliad" not in text.lower()


def test_a_near_one_is_excluded() -> None:
    """What the index calls the same or near is refused as such where no passage is repeated; others come in."""
    words = [
        f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe", "ri") for b in ("ban", "dor", "fel", "gim", "hax", "jut")
    ]
    changed = [f"new{word}" if place % 12 == 10 else word for place, word in enumerate(words)]
    template = find("simple_qa")
    assert template is not None
    door = Gate(template, SeenIndex(0.5), exclusions=Exclusions([Excluded("x.jsonl:9", (" ".join(words),))], 0.5, 13))
    code, text = reason(judged({"question": " ".join(changed), "answer": "40."}, door))
    assert (code, "too close (similarity 0." in text, "x.jsonl:9" in text) == ("excluded", True, True)
    assert "dor" not in text
    short = Gate(template, SeenIndex(0.85), exclusions=Exclusions([Excluded("t.txt:1", ("Why?",))], 1.0, 13))
    code, text = reason(judged({"question": "WHY?", "answer": "So."}, short))
    assert (code, "question: the same as t.txt:1" in text) == ("excluded", True)
    door = gate()
    assert isinstance(judged({"question": "Why is the sky blue?", "answer": "Short waves."}, door), Sample)
    assert isinstance(judged({"question": "What is subject 7 about?", "answer": "Subject 7."}, door), Sample)


def test_what_was_given_is_the_fault_of_no_answer() -> None:
    """A seed that is excluded does not refuse the answer to it, but the sample, and is told beforehand."""
    template = find("simple_qa")
    assert template is not None
    given = {"question": QUESTION}
    door = Gate(template.with_given(given), SeenIndex(0.85), exclusions=exclusions())
    sample = door.examine(said("Forty miles an hour."), given)
    assert isinstance(sample, Sample)
    refused = door.twin(given)
    assert refused is not None and refused.reasons[0].code == "excluded"
    assert reason(door.admit(sample))[0] == "excluded"
    assert reason(door.examine(said(f"The question was: {QUESTION}"), given))[0] == "contaminated"
    assert door.number == 0


def test_what_is_kept_beside_the_sample_counts_too() -> None:
    """A field that only goes into the provenance may not repeat it either."""
    template = Template(
        id="t", fields=(Field("title"), Field("request", in_sample=False)), system_prompt="", user_prompt_pattern="x"
    )
    door = Gate(template, SeenIndex(0.85), exclusions=exclusions())
    assert reason(judged({"title": "A title", "request": QUESTION}, door))[0] == "contaminated"


def test_notes_of_checks_are_compared_as_they_are_kept() -> None:
    """Where a field that checks fill tells duplicates, a start reads the same text back as was compared."""
    base = Template(
        id="t", fields=(Field("title"), Field("grade", source="check", required=False)), system_prompt="",
        user_prompt_pattern="x", dedup_fields=("title", "grade"),
    )  # fmt: skip
    seen = SeenIndex(1.0)
    door = Gate(replace(base), seen)
    for grade in ("good", "bad"):
        sample = door.examine(said(json.dumps({"title": "A title"})))
        assert isinstance(sample, Sample)
        assert isinstance(door.admit(sample, {"grade": grade}), Sample)
    assert len(seen) == 2
