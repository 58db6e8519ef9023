"""What headers say is left."""

import pytest

from destilation.core.pacing.allowance import Allowance, Left, allowance


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"x-ratelimit-remaining-requests": "5"}, None),
        (
            {"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "6m0s"},
            Allowance(Left(5, 360.0), None),
        ),
        (
            {
                "x-ratelimit-limit-tokens": "1000",
                "x-ratelimit-remaining-tokens": "999",
                "x-ratelimit-reset-tokens": "12ms",
            },
            Allowance(None, Left(999, 0.012, 1000)),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000030"}, Allowance(Left(0, 30.0), None)),
        ({"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "5"}, None),
        ({"x-ratelimit-remaining": "nan", "x-ratelimit-reset": "5"}, None),
        ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "5"}, None),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1600000000"}, None),
    ],
)
def test_forms(headers: dict[str, str], expected: Allowance | None) -> None:
    """Counts and resets in the forms that servers send; junk says nothing."""
    assert allowance(headers, 1_700_000_000.0) == expected


def test_low() -> None:
    """Half of the limit or less is low, and so is anything where no limit is named."""
    assert Left(50, 1.0, 100).low
    assert not Left(51, 1.0, 100).low
    assert Left(5_000, 1.0).low
