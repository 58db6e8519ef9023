"""What is left out because a server refused it."""

import pytest

from destilation.core.concessions import Concessions, Nicety

ALL: tuple[Nicety, ...] = ("max_tokens", "think", "seed")


@pytest.mark.parametrize(
    ("message", "conceded"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"),
        ('"qwen" does not support thinking', "think"),
        ("body.seed: Extra inputs are not permitted", "seed"),
        ("No endpoints found that can handle the requested parameters.", "seed"),
    ],
)
def test_a_named_nicety_is_conceded(message: str, conceded: Nicety) -> None:
    """The refusal of one parameter is remembered, and the request may be asked again without it."""
    concessions = Concessions()
    assert concessions.refused(ALL, 400, message)
    assert concessions.made == {conceded}


def test_what_was_not_sent_is_not_conceded() -> None:
    """A server that goes on refusing after the concession is not asked again for it."""
    concessions = Concessions()
    assert not concessions.refused(["think"], 400, "seed is not supported")
    assert concessions.made == set()


@pytest.mark.parametrize(("status", "message"), [(500, "seed"), (None, "seed"), (400, "messages is empty")])
def test_other_refusals_concede_nothing(status: int | None, message: str) -> None:
    """Failures, and refusals that name none of the niceties, change nothing."""
    assert not Concessions().refused(ALL, status, message)
