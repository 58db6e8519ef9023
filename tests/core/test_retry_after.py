"""How long servers ask to be left alone, in all the forms in which they say it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.retry_after import MOST_SECONDS, clamped, retry_after, span

NOW = 1_790_000_000.0  # Mon, 21 Sep 2026 14:13:20 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        (".5", 0.5),
        ("-3", 0.0),
        ("99999999999999999999", MOST_SECONDS),
        ("Mon, 21 Sep 2026 14:13:50 GMT", 30.0),
        ("Mon, 21 Sep 2026 14:13:50", 30.0),
        ("Mon, 21 Sep 2026 16:13:50 +0200", 30.0),
        ("Monday, 21-Sep-26 14:13:50 GMT", 30.0),
        ("Mon, 21 Sep 2020 14:13:50 GMT", 0.0),
        ("Fri, 21 Sep 2096 14:13:50 GMT", MOST_SECONDS),
        ("2026-09-21T14:13:50Z", 30.0),
        ("2026-09-21T14:13:50.25Z", 30.0),
        ("2026-09-21T16:13:50+02:00", 30.0),
        ("2026-09-21T12:13:50-02:00", 30.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1_000", None),
        ("\u0663", None),
        ("9" * 400, None),
        ("2026-99-21T14:13:50Z", None),
        ("Mon, 99 Foo 2026 14:13:50 GMT", None),
        ("Mon, 21 Sep 99999 14:13:50 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds, fractions and dates are read; the past is 0, more than a day is a day, junk is nothing."""
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_the_millisecond_header_is_preferred() -> None:
    """`retry-after-ms` is the more exact one; junk in it leaves the other in force."""
    assert retry_after({"retry-after-ms": "250", "retry-after": "9"}, NOW) == 0.25
    assert retry_after({"retry-after-ms": "x", "retry-after": "9"}, NOW) == 9.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("12ms", 0.012),
        ("1s", 1.0),
        ("1h2m3.5s", 3723.5),
        ("250us", 0.00025),
        ("-1", None),
        ("0", 0.0),
        ("59", 59.0),
        ("1790000060", 60.0),
        ("1790000060000", 60.0),
        ("2026-09-21T14:13:50Z", 30.0),
        ("", None),
        ("1x", None),
    ],
)
def test_span(text: str, seconds: float | None) -> None:
    """Go-like durations, seconds, epochs of both kinds and dates are read; -1 means unknown."""
    found = span(text, NOW)
    assert found == seconds if seconds is None or found is None else math.isclose(found, seconds)


def test_resets_count_where_no_wait_is_named() -> None:
    """Without Retry-After the wait is until the limit that is used up is full again."""
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "2s",
        "x-ratelimit-remaining-tokens": "100",
        "x-ratelimit-reset-tokens": "6m0s",
    }
    assert retry_after(headers, NOW) == 2.0
    assert retry_after(headers | {"x-ratelimit-remaining-tokens": "0"}, NOW) == 360.0
    assert retry_after(headers | {"retry-after": "1"}, NOW) == 1.0


def test_the_plain_reset_counts_too() -> None:
    """OpenRouter's reset is an epoch in milliseconds without a kind; one in the past is no wait."""
    assert retry_after({"x-ratelimit-reset": "1790000005000"}, NOW) == 5.0
    assert retry_after({"x-ratelimit-reset": "1780000005000"}, NOW) == 0.0
    assert retry_after({"x-ratelimit-reset": "-1"}, NOW) is None
    assert retry_after({}, NOW) is None


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset"]), st.text(max_size=40)))
def test_nothing_a_server_sends_is_an_error(headers: dict[str, str]) -> None:
    """Whatever the headers hold, the wait is unknown or within a day."""
    wait = retry_after(headers, NOW)
    assert wait is None or 0 <= wait <= MOST_SECONDS


@given(
    st.from_regex(
        r"((Mon|X), )?[0-9]{1,4}[ -](Sep|Feb|Foo)[ -][0-9]{1,6} [0-9]{0,3}:[0-9]{1,3}(:[0-9]{1,3})?"
        r"( GMT| \+[0-9]{1,6})?",
        fullmatch=True,
    )
)
def test_no_date_is_an_error(text: str) -> None:
    """Dates that are almost right are read or ignored."""
    wait = retry_after({"retry-after": text}, NOW)
    assert wait is None or 0 <= wait <= MOST_SECONDS


@given(st.floats(allow_nan=False))
def test_waits_are_bounded(seconds: float) -> None:
    """A wait is never negative and never longer than a day."""
    assert 0 <= clamped(seconds) <= MOST_SECONDS
