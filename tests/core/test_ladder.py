"""The ladder of ways to ask for JSON."""

from typing import Any

import pytest

from destilation.core.ladder import MODES, Ladder
from destilation.core.provider import Completion, Shape, Way, Wording

ABOUT = "response_format json_schema is not supported"


def test_steps_go_down_one_by_one_and_end() -> None:
    """Each refusal about the way of asking costs one step, and below the prompt alone there is none."""
    ladder, modes = Ladder(), []
    for status in (400, 422, 400, 400):
        modes.append(ladder.mode)
        assert ladder.refused(ladder.mode, status, ABOUT) == (ladder.mode != modes[-1])
    assert modes == list(MODES)
    assert ladder.mode == MODES[-1]


def test_many_refused_together_cost_one_step() -> None:
    """Requests that were in flight when the step was taken are asked again without a further step."""
    ladder = Ladder()
    assert all(ladder.refused("json_schema", 400, ABOUT) for _ in range(20))
    assert ladder.mode == "tool_call"


@pytest.mark.parametrize("status", [400, 404, 422, 500, 501])
@pytest.mark.parametrize(
    "message",
    [
        "Unknown field: response_format",
        "json_schema is not available for this model",
        "This model does not support Structured Outputs",
        "failed to parse grammar",
        "Invalid schema for response_format 'x'",
        "No endpoints found that can handle the requested parameters.",
    ],
)
def test_what_servers_say_about_the_way_of_asking(status: int, message: str) -> None:
    """Refusals as real servers word them are understood, with any of the statuses that they use."""
    assert Ladder().refused("json_schema", status, message)


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "context length exceeded"), (401, ABOUT), (429, ABOUT), (503, ABOUT), (None, ABOUT), (500, "boom")],
)
def test_other_refusals_cost_no_step(status: int | None, message: str) -> None:
    """A refusal about something else, or a passing one, leaves the mode as it is."""
    ladder = Ladder()
    assert not ladder.refused("json_schema", status, message)
    assert ladder.mode == "json_schema"


def heard(ladder: Ladder, text: str, reasoning: str | None = None, **more: Any) -> Ladder:
    """The ladder after an answer to its present way of asking."""
    shape = Shape("s", {"properties": {"answer": {"type": "string"}}}) if not more.pop("plain", False) else None
    said = Completion(text=text, dialect="t", body=b"", model="m", reasoning=reasoning, **more)
    ladder.heard(ladder.asked, Wording((), shape), said)
    return ladder


RECORD = '{"answer": "42"}'


def test_reasoning_under_a_schema_settles_it() -> None:
    """The first choice stays where the model shows its reasoning beside a record."""
    ladder = Ladder(wants_reasoning=True)
    assert (ladder.sure, ladder.untried) == (False, True)
    heard(ladder, RECORD, "I think.")
    assert (ladder.sure, ladder.untried, ladder.beside) == (True, False, True)
    assert ladder.way == Way("json_schema", "native", ())


def test_a_schema_that_silences() -> None:
    """No reasoning with a schema and some without: the form is told in words from then on."""
    ladder = heard(Ladder(wants_reasoning=True), RECORD)
    assert (ladder.mode, ladder.native, ladder.sure) == ("prompt", True, False)
    heard(ladder, RECORD, "I think.")
    assert ladder.sure
    assert ladder.way == Way("prompt", "native", ("json_schema silences its reasoning, so the form is told in words",))


@pytest.mark.parametrize("hidden", [None, "it reasons, but encrypts what it thinks"])
def test_no_reasoning_at_all(hidden: str | None) -> None:
    """None with a schema and none without: the schema comes back, and the record is asked for the reasoning."""
    ladder = Ladder(wants_reasoning=True)
    for _ in range(2):
        heard(ladder, RECORD, hidden=hidden)
    assert (ladder.mode, ladder.native, ladder.sure) == ("json_schema", False, False)
    heard(ladder, RECORD)
    assert ladder.sure
    assert ladder.way.reasoning == "in the answer"
    assert (hidden or "shows no reasoning") in ladder.way.why[0]


def test_plain_answers() -> None:
    """Plain text follows when it is there; without reasoning beside it the record is asked for."""
    ladder = heard(Ladder(wants_reasoning=True), "Because.", "I think.", plain=True)
    assert ladder.sure and ladder.native
    ladder = heard(Ladder(wants_reasoning=True), "  ", "I think.", plain=True)
    assert ladder.sure and ladder.mode == "json_schema"
    ladder = heard(Ladder(wants_reasoning=True), "Because.", plain=True)
    assert not ladder.native and ladder.mode == "json_schema"


def test_a_record_where_the_reasoning_belongs() -> None:
    """A record behind the reasoning is one with reasoning; a record alone there is one without."""
    assert heard(Ladder(wants_reasoning=True), "", f"I think. {RECORD}").sure
    assert heard(Ladder(wants_reasoning=True), "", RECORD).mode == "prompt"


def test_ignored_while_it_is_found_out() -> None:
    """One answer without a record is a step down, to the foot of the ladder, where it ends."""
    ladder, modes = Ladder(wants_reasoning=True), []
    while not ladder.sure:
        modes.append(ladder.mode)
        heard(ladder, "no record", "I think.")
    assert modes == list(MODES)
    assert ladder.way.why == tuple(f"{mode} is ignored" for mode in MODES[:-1])


def test_ignored_later() -> None:
    """Where nothing has to be found out it takes three, and none once an answer followed."""
    ladder = heard(heard(Ladder(), "no record"), "no record")
    assert ladder.mode == "json_schema"
    assert heard(ladder, "no record").mode == "tool_call"
    ladder = heard(Ladder(), RECORD)
    for _ in range(10):
        heard(ladder, "no record")
    assert ladder.mode == "json_schema"


@pytest.mark.parametrize("more", [{"finish_reason": "length"}, {"refusal": "no"}])
def test_cut_off_answers_teach_nothing(more: dict[str, Any]) -> None:
    """They change nothing, but after six of them no more is tried out."""
    ladder = Ladder(wants_reasoning=True)
    for trial in range(6):
        assert not ladder.sure, trial
        heard(ladder, "", **more)
    assert ladder.sure and ladder.mode == "json_schema" and ladder.native


def test_late_answers_to_an_earlier_way() -> None:
    """An answer to a way that was left in the meantime changes nothing."""
    ladder = Ladder()
    asked = ladder.asked
    ladder.refused("json_schema", 400, ABOUT)
    said = Completion(text="", dialect="t", body=b"", model="m")
    ladder.heard(asked, Wording((), None), said)
    assert ladder.mode == "tool_call" and ladder.way.why == ("json_schema is refused",)


def test_a_shape_without_properties() -> None:
    """A schema that names no fields is followed by any object."""
    ladder = Ladder(wants_reasoning=True)
    said = Completion(text="{}", dialect="t", body=b"", model="m", reasoning="I think.")
    ladder.heard(ladder.asked, Wording((), Shape("s", {"properties": ()})), said)
    assert ladder.sure
