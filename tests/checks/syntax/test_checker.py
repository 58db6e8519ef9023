"""What the gate asks about notations: reasons with codes and words, nothing where nothing can be told."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.checks.syntax.checker import Syntax
from destilation.core.fields import Field, Format

CODE = Field("code", format="code")
CALL = '{"name":"ping","arguments":{}}'


def test_code() -> None:
    """The reason names the field, the language and the line; without a language nothing is told."""
    (reason,) = Syntax().faults(CODE, "x = 1\ny = = 2", "python")
    assert reason.code == "syntax_error"
    assert reason.text == "field 'code' is no valid python: line 2, column 5: invalid syntax"
    assert Syntax().faults(CODE, "x = 1", "python") == []
    assert Syntax().faults(CODE, "(((", None) == [] and Syntax().faults(CODE, "(((", "zig") == []


def test_the_language() -> None:
    """Declared, fenced or found; a fence that nobody knows is kept as it is."""
    syntax = Syntax()
    assert syntax.language(Field("code", format="code", language="py"), "x", "rust", "") == "python"
    assert syntax.language(CODE, "x", "rs", "") == "rust"
    assert syntax.language(CODE, "x", "zig", "in Python") == "zig"
    assert syntax.language(CODE, "x", None, "in Ruby") == "ruby"
    assert syntax.language(CODE, "x", None, "") is None


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ("json", "{", "no valid JSON: line 1, column 2"), ("xml", "<a>", "no valid XML: line 1, column 4"),
        ("url", "a", "no valid URL: it must"), ("date", "a", "no valid date: it is"), ("regex", "(", "no valid regex: line 1"),
        ("latex", "{", "no valid latex: line 1"), ("markdown", "```", "no valid markdown: line 1"),
    ],
)  # fmt: skip
def test_notations(form: Format, text: str, told: str) -> None:
    """Each has a code of its own."""
    (reason,) = Syntax().faults(Field("body", format=form), text, None)
    assert reason.code == f"bad_{form}" and reason.text.startswith(f"field 'body' is {told}")


@given(st.sampled_from(get_args(Format)), st.text(), st.sampled_from([None, "python", "rust", "yaml", "sql", "?"]))
@settings(deadline=None)
def test_no_text_raises(form: Format, text: str, language: str | None) -> None:
    """Any text of any format, but for tool calls, which the gate brings to their form first."""
    if form != "tool_call":
        reasons = Syntax().faults(Field("f", format=form), text, language)
        assert all(reason.code and reason.text for reason in reasons)
