"""Foreign text can neither steer a terminal nor carry a secret."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.display import desktop_notice, display_safe, redact
from destilation.core.job import MockSpec, Price, Share


@given(st.text())
def test_nothing_unprintable_is_left(text: str) -> None:
    """No control, bidirectional or zero-width character, no line end, no half surrogate pair; and bounded."""
    shown = display_safe(text, 50)
    assert isinstance(shown.encode(), bytes)
    assert not any(ord(each) < 32 or 127 <= ord(each) < 160 or 0x200B <= ord(each) <= 0x200F for each in shown)
    assert "\u202e" not in shown
    assert len(text) <= 50 or "\u2026" in shown


def test_controls_are_shown() -> None:
    """What was there can be seen."""
    assert display_safe("a\x1b[2J\nb\u202ec") == "a\\x1b[2J\u23ceb\\u202ec"


def test_secrets_are_taken_out() -> None:
    """Known keys, and what looks like one, become stars."""
    text = "key hunter2 sk-abcdefgh1234 Bearer abcdefghijk https://x?key=abc&b=1"
    assert redact(text, ["hunter2", ""]) == "key *** *** *** https://x?key=***&b=1"


def test_what_a_reply_costs() -> None:
    """Prices are per million tokens, in and out."""
    assert Price(1.0, 2.0).cost(1_000_000, 500_000) == 2.0
    assert MockSpec(name="m").price is None


def test_the_name_of_a_mix_entry() -> None:
    """Provider and model."""
    assert Share(provider="p", model="m").label == "p/m"


def test_a_notice_ends_where_it_should() -> None:
    """What is in it cannot end it, nor begin anything else on the terminal."""
    notice = desktop_notice("job\a\x1b]52;c;x\x07: met")
    assert notice == "\x1b]9;job\\x07\\x1b]52;c;x\\x07: met\x07"
