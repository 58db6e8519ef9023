"""A copy of the text that something was to be made from is told from what was made of it."""

from destilation.core.original import copied

TEXT = "Why does a ship of steel that weighs forty thousand tonnes float on the sea while a small nail of steel sinks?"


def test_copies() -> None:
    """Case, spaces and a word more make no new text."""
    assert copied(TEXT, TEXT)
    assert copied(TEXT.upper().replace(" ", "  "), TEXT)
    assert copied(f"{TEXT} Explain.", TEXT)


def test_no_copies() -> None:
    """Another text is none, nor one with other figures."""
    assert not copied("Why does a nail sink?", TEXT)
    assert not copied(
        "A train leaves at 10 and arrives at 12. How long?", "A train leaves at 10 and arrives at 14. How long?"
    )
