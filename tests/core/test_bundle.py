"""Several records in one answer: how they are asked for, and how the answer is taken apart."""

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.bundle import DIALECT, PROBABILITY, bundled, first_of, read, records_of
from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex
from destilation.core.fields import Field
from destilation.core.gate import Gate
from destilation.core.provider import Completion, Prompt, Usage
from destilation.core.task import Pick, Task
from destilation.core.template import Template
from destilation.core.verdict import Rejection, Sample

QA, REASONING = BUILTIN[0], BUILTIN[1]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["question", "answer"]), TEXTS), min_size=1, max_size=6)


def prompts(template: Template, *picks: Pick | None) -> list[Prompt]:
    """The first prompts for tasks with these picks."""
    return [template.prompt(Task(number, "optics", None, pick), 5) for number, pick in enumerate(picks, 1)]


def answer(text: str, **more: Any) -> Completion:
    """An answer with that text."""
    return Completion(text=text, dialect="test", body=b"{}", model="test", **more)


def whole(records: list[dict[str, str]], **more: Any) -> Completion:
    """An answer as it was asked for."""
    numbered = {f"record_{number}": {PROBABILITY: 0.1, **record} for number, record in enumerate(records, 1)}
    return answer(json.dumps(numbered), **more)


def test_one_prompt_asks_for_all() -> None:
    """It is the first one's, with how many are wanted, what the others are about, and the form of a list."""
    picks = [Pick(("Lenses",), 0, {"difficulty": "easy"}), Pick(("Mirrors", "Concave"), 1, {"difficulty": "hard"})]
    asked = prompts(QA, *picks)
    made = bundled(QA, asked)
    said = made.messages[-1].content
    assert made.records == 2
    assert (made.task, made.seed, made.attempt) == (asked[0].task, 5, 1)
    assert made.messages[0] == asked[0].messages[0]
    assert "Topic: Lenses\nDifficulty: easy" in said
    assert "Record 2: Topic: Mirrors > Concave; Difficulty: hard" in said
    assert "Record 1:" not in said
    assert 'exactly 2 keys, "record_1" to "record_2"' in said
    assert made.shape is not None
    items: Any = made.shape.schema
    assert items["required"] == ["record_1", "record_2"]
    assert list(items["properties"]["record_2"]["properties"]) == [PROBABILITY, "question", "answer"]


def test_what_is_there_already_is_shown() -> None:
    """What the prompts say besides stands in the one for all, once each, before the form of the list."""
    texts = ["first neighbours", "other neighbours", "first neighbours", ""]
    asked = [QA.prompt(Task(number, "optics"), besides=text) for number, text in enumerate(texts, 1)]
    said = bundled(QA, asked).messages[-1].content
    assert said.count("first neighbours") == said.count("other neighbours") == 1
    assert said.index("other neighbours") < said.index("exactly 4 keys")


def test_what_is_the_same_for_all_is_told_once() -> None:
    """Where no record is about anything else than the first, there is nothing to tell of the others."""
    assert "Record 2" not in bundled(QA, prompts(QA, None, None)).messages[-1].content


def test_a_template_that_names_axes_itself() -> None:
    """Without a brief, the placeholders that it has are told of the others."""
    template = Template(
        id="own",
        fields=(Field("question"),),
        system_prompt="",
        user_prompt_pattern="A {{difficulty}} question about {{subtopic}}.",
    )
    picks = [Pick(("Lenses",), 0, {"difficulty": "easy", "style": "dry"}), Pick((), 0, {"difficulty": "hard"})]
    said = bundled(template, prompts(template, *picks)).messages[-1].content
    assert "A easy question about Lenses." in said
    assert "Record 2: difficulty: hard; subtopic: optics" in said
    assert "style" not in said


def test_reasoning_is_asked_for_in_each_record() -> None:
    """A model thinks once for all of them, so its own reasoning cannot be any record's."""
    made = bundled(REASONING, prompts(REASONING, None, None))
    assert made.native is None
    assert made.shape is not None
    items: Any = made.shape.schema
    assert "reasoning" in items["properties"]["record_1"]["properties"]


@given(RECORDS, st.integers(1, 8))
def test_each_task_gets_its_record(records: list[dict[str, str]], count: int) -> None:
    """Record k is the answer to task k, without its probability; a missing one is an empty answer, more are left out."""
    parts = records_of(whole(records), count)
    assert len(parts) == count
    for place, part in enumerate(parts):
        if place < len(records):
            assert json.loads(part.text) == records[place]
        else:
            assert part.text == ""


@given(RECORDS, st.integers(1, 8), st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 10))
def test_tokens_and_cost_are_shared(
    records: list[dict[str, str]], count: int, into: int, out: int, cost: float
) -> None:
    """What the parts took is what the whole took, and none has a negative share."""
    usage = [part.usage for part in records_of(whole(records, usage=Usage(into, out, out // 3, cost)), count)]
    assert sum(each.tokens_in for each in usage) == into
    assert sum(each.tokens_out for each in usage) == out
    assert sum(each.reasoning for each in usage) == out // 3
    assert sum(each.cost_usd or 0.0 for each in usage) == pytest.approx(cost)
    assert min(each.cost_usd or 0.0 for each in usage) >= 0


@given(RECORDS, st.integers(1, 4))
def test_the_ledger_gives_the_same_again(records: list[dict[str, str]], count: int) -> None:
    """The first is read from the reply as received, the others from what is kept of their records."""
    reply = whole(records)
    first, *others = records_of(reply, count)
    assert (first.dialect, first.body) == (reply.dialect, reply.body)
    assert (first_of(reply).text, first_of(reply).finish_reason) == (first.text, first.finish_reason)
    for part in others:
        assert part.dialect == DIALECT
        again = read(part.body)
        assert (again.text, again.finish_reason) == (part.text, part.finish_reason)


@given(st.text(max_size=200), st.integers(1, 5), st.sampled_from(["stop", "length", "content_filter"]))
def test_any_text_has_as_many_parts(text: str, count: int, finish: str) -> None:
    """Whatever is said, each task gets an answer, and what is broken is no sample of any."""
    gate = Gate(QA, SeenIndex(0.85))
    for part in records_of(answer(text, finish_reason=finish), count):
        assert isinstance(gate.judge(part), Rejection)


def test_reasons_of_what_is_no_list() -> None:
    """Where nothing can be told apart, each task is told what is wrong with the whole."""
    for part in records_of(answer("I would rather not say"), 3):
        verdict = Gate(QA, SeenIndex(0.85)).judge(part)
        assert isinstance(verdict, Rejection)
        assert verdict.reasons[0].code == "not_json"


def test_a_refusal_is_one_of_all() -> None:
    """A filter or a refusal beside the text is told to each."""
    refused = records_of(answer("", refusal="no"), 2)
    filtered = records_of(answer('{"records": [{"question": "q"}]}', finish_reason="content_filter"), 2)
    for part in (*refused, *filtered):
        verdict = Gate(QA, SeenIndex(0.85)).judge(part)
        assert isinstance(verdict, Rejection)
        assert verdict.reasons[0].code == "refusal"


@pytest.mark.parametrize(
    "text",
    [
        '{"record_1": {"question": "Why is it so?", "answer": "It is."}, "record_2": {"question": "Who was it?", '
        '"answer": "He."}}',
        '{"record_2": {"question": "Who was it?", "answer": "He."}, "record_1": {"question": "Why is it so?", '
        '"answer": "It is.",}}',
        '{"record_1": {"question": "Why is it so?", "answer": "It is."}}\n{"record_2": {"question": "Who was it?", '
        '"answer": "He."}, "record_3": {"question": "More?", "answer": "No."}}',
        '{"records": [{"question": "Why is it so?", "answer": "It is."}, {"question": "Who was it?", "answer": "He."}]}',
        '[{"question": "Why is it so?", "answer": "It is."}, {"question": "Who was it?", "answer": "He."}]',
        '```json\n[{"question": "Why is it so?", "answer": "It is."}, {"question": "Who was it?", "answer": "He."}]\n```',
        '{"question": "Why is it so?", "answer": "It is."}\n{"question": "Who was it?", "answer": "He."}',
        '{"records": [{"question": "Why is it so?", "answer": "It is.",}, {"question": "Who was it?", "answer": "He."},]}',
        '<think>{"record_1": {}}</think>{"record_1": {"question": "Why is it so?", "answer": "It is."}, '
        '"record_2": {"question": "Who was it?", "answer": "He."}} as {"you"} asked',
        '<think>{"records": [1]}</think>{"records": [{"question": "Why is it so?", "answer": "It is."}, '
        '{"question": "Who was it?", "answer": "He."}]} as {"you"} asked',
    ],
)
def test_what_models_make_of_it(text: str) -> None:
    """A list by itself, in a fence, one object a line, a comma too many, thoughts before: all are read."""
    gate = Gate(QA, SeenIndex(0.85))
    questions = []
    for part in records_of(answer(text), 2):
        verdict = gate.judge(part)
        assert isinstance(verdict, Sample), verdict
        questions.append(verdict.record["question"])
    assert questions == ["Why is it so?", "Who was it?"]


def test_what_is_whole_of_a_cut_answer_is_kept() -> None:
    """An answer that ends at the limit brings its first records; the others are told that it was cut off."""
    text = whole([{"question": f"Why is thing {n} so?", "answer": "It is."} for n in range(3)]).text
    codes = []
    for part in records_of(answer(text[: text.rindex("It")], finish_reason="length"), 4):
        verdict = Gate(QA, SeenIndex(0.85)).judge(part)
        codes.append(verdict.reasons[0].code if isinstance(verdict, Rejection) else "accepted")
    assert codes == ["accepted", "accepted", "cut_off", "cut_off"]


def test_a_broken_record_does_not_spoil_the_next() -> None:
    """Each begins at its key again, so one whose JSON is broken, or that holds such a key as text, costs itself alone."""
    text = (
        '{"record_1": {"question": "What does \\"record_3\\": {} mean?", "answer": "Nothing."}, '
        '"record_2": {"question": Why?, "answer": "It is."}, "record_4": {"question": "Who was it?", "answer": "He."}, '
        '"record_2": {"question": "Once more?", "answer": "No."}}'
    )
    codes = []
    for part in records_of(answer(text), 4):
        verdict = Gate(QA, SeenIndex(0.85)).judge(part)
        codes.append(verdict.reasons[0].code if isinstance(verdict, Rejection) else "accepted")
    assert codes == ["accepted", "not_json", "no_answer", "accepted"]


def test_prose_before_a_record_is_no_loss() -> None:
    """What stands below a key is that task's, also where words come first or nothing follows."""
    text = '{"record_1": n/a, "record_2": Sure:\n{"question": "Who was it?", "answer": "He."}, "record_3": }'
    codes = []
    for part in records_of(answer(text), 3):
        verdict = Gate(QA, SeenIndex(0.85)).judge(part)
        codes.append(verdict.reasons[0].code if isinstance(verdict, Rejection) else "accepted")
    assert codes == ["not_json", "accepted", "not_json"]


PIECES = st.sampled_from(
    [
        '"record_1": ',
        '"record_2": ',
        '"record_9": ',
        '{"question": "Q", "answer": "A"}',
        "n/a",
        "{",
        "}",
        "[",
        "]",
        ", ",
    ]
)


@given(st.lists(PIECES, max_size=12), st.integers(1, 6))
def test_the_first_record_does_not_depend_on_how_many_there_are(pieces: list[str], count: int) -> None:
    """Read from the ledger, where their number is not known, it is what it was when the answer came."""
    whole_answer = answer("".join(pieces))
    assert first_of(whole_answer).text == records_of(whole_answer, count)[0].text


def test_an_answer_of_any_length_is_soon_taken_apart() -> None:
    """Neither many keys nor deep nesting takes long."""
    for text in (
        '"record_1": {' * 60_000,
        '{"record_1": {"a": ' * 40_000,
        '{"record_1": {}, ' * 60_000,
        "x" * 2_000_000,
    ):
        began = time.process_time()
        assert len(records_of(answer(text), 5)) == 5
        assert time.process_time() - began < 0.5


def test_a_key_that_comes_twice_stays_a_fault() -> None:
    """Taking the probability off does not hide what is wrong with a record."""
    text = f'{{"record_1": {{"{PROBABILITY}": 0.1, "question": "a", "question": "b", "answer": "c"}}}}'
    verdict = Gate(QA, SeenIndex(0.85)).judge(records_of(answer(text), 1)[0])
    assert isinstance(verdict, Rejection)
    assert verdict.reasons[0].code == "duplicate_key"


def test_reasoning_beside_the_answer_belongs_to_none() -> None:
    """The record is found where a server puts it into the reasoning, and that trace is no record's own."""
    text = json.dumps({"record_1": {"question": "Why is it so?", "answer": "It is."}})
    (part,) = records_of(answer("", reasoning=f"Let me think. {text}"), 1)
    assert json.loads(part.text)["answer"] == "It is."
    assert part.reasoning is None


def test_a_line_that_is_no_record_is_told() -> None:
    """A damaged line of the ledger is an error, not an empty answer."""
    with pytest.raises(msgspec.DecodeError):
        read(b"[1]")


def test_lone_surrogates_are_kept_readable() -> None:
    """What no file can hold is replaced, as everywhere in the ledger."""
    parts = records_of(answer('{"record_1": {"question": "a"}, "record_2": {"question": "\\ud800"}}'), 2)
    assert "?" in read(parts[1].body).text or "\\ud800" in read(parts[1].body).text
