"""The ladder of ways to ask for JSON."""

import pytest

from destilation.core.ladder import MODES, Ladder

ABOUT = "response_format json_schema is not supported"


def test_steps_go_down_one_by_one_and_end() -> None:
    """Each refusal about the way of asking costs one step, and below the prompt alone there is none."""
    ladder, modes = Ladder(), []
    for status in (400, 422, 400):
        modes.append(ladder.mode)
        assert ladder.refused(ladder.mode, status, ABOUT) == (ladder.mode != modes[-1])
    assert modes == list(MODES)
    assert ladder.mode == MODES[-1]


def test_many_refused_together_cost_one_step() -> None:
    """Requests that were in flight when the step was taken are asked again without a further step."""
    ladder = Ladder()
    assert all(ladder.refused("json_schema", 400, ABOUT) for _ in range(20))
    assert ladder.mode == "json_object"


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
