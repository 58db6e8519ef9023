"""Notations by their rules: clear faults are told with their line, what some reader takes is taken."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.checks.syntax.formats import format_fault
from tests.clock import SOON_S, took

NOTATIONS = ("json", "xml", "markdown", "latex", "regex", "url", "date")
QUARTER_MEBIBYTE = 256 * 1024


@pytest.mark.parametrize(
    ("notation", "text", "told"),
    [
        ("json", '{"a": 1, "a": 2}', "a key occurs twice in one object"),
        ("json", "[NaN]", "NaN is no JSON number"),
        ("json", '{"a": 1,\n "b" 2}', "line 2, column 6: Expecting ':' delimiter"),
        ("json", "1" * 5_000, "Exceeds the limit"),
        ("json", "[" * 100_000, "maximum recursion depth"),
        ("xml", "<a>\n<b>\n</a>", "line 3, column 3: mismatched tag"),
        ("xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "it declares entities"),
        ("xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "it declares entities"),
        ("xml", "<a>\ud83d</a", "unclosed token"),
        ("markdown", "a\n\n```py\nb", "line 3: a code fence is never closed"),
        ("markdown", "|a|b|\n|-|-|\n|1|2|3|", "line 3: the row has 3 cells, the table 2"),
        ("latex", "a\n{b", "line 2: { is never closed"),
        ("latex", "\\begin{a}\n\\end{b}", "line 2: \\end{b} closes \\begin{a}"),
        ("latex", "a\n}", "line 2: } closes nothing that is open"),
        ("latex", "\\begin{verbatim} a", "\\begin{verbatim} is never closed"),
        ("latex", "\\right)", "\\right closes nothing that is open"),
        ("regex", "a(b", "line 1, column 2: missing ), unterminated subpattern"),
        ("regex", "(?x)\na(b", "line 2, column 2: missing ), unterminated subpattern"),
        ("regex", "(?:" * 5_000, "maximum recursion depth"),
        ("regex", "a" * 20_001, "it is longer than 20,000 characters"),
        ("regex", "a{99999999999}", "too large"),
        ("url", "https://[::1", "Invalid IPv6 URL"),
        ("url", "https://a b/", "it names no valid host"),
        ("url", "https://a/b c", "it holds white space"),
        ("url", "mailto:nobody", "it names no address"),
        ("url", "javascript:alert(1)", "it must begin with https://, http://, ftp:// or mailto:"),
        ("url", "https://" + "a" * 9_000, "it is longer than 8,000 characters"),
        ("date", "2023-02-29", "day"),
        ("date", "0000", "year"),
        ("date", "tomorrow", "it is no date as ISO 8601 writes it: YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_what_is_wrong_and_where(notation: str, text: str, told: str) -> None:
    """The message names the fault, and the line where there is more than one."""
    assert told in str(format_fault(text, notation))


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        ("text", "(((("),
        ("csv", "a,b\n1"),
        ("xml", "<?xml version='1.0'?><a>\u2028</a>"),
        ("markdown", "|a|b|\n|-|-|\n|1|\n\n|1|2|3|"),
        ("markdown", "- | -\n-\n"),
        ("latex", "\\verb|{| \\verb!$! \\% $ % $\n$"),
        ("latex", "\\begin{verbatim}\\begin{verbatim}{\\end{verbatim}\\begin{minted}}\\end{minted}"),
        ("latex", "\\\\[2pt] \\left. x \\right] \\rightarrow \\leftarrow"),
        ("regex", "(?<a>b)|(?<a>c)"),
        ("regex", "a(?i)b"),
        ("regex", "(?<=a+)b"),
        ("regex", "[[a-z]&&[^b]]"),
        ("regex", "\\R\\h\\K(?R)(?1)[^]\\x{1F600}"),
        ("regex", "/a\\/b/v"),
        ("url", " https://example.org "),
        ("url", "https://example.org."),
        ("date", " 2024-05-01 "),
    ],
)
def test_what_some_reader_takes(notation: str, text: str) -> None:
    """Unknown notations, other readers of patterns, white space around: taken."""
    assert format_fault(text, notation) is None


HOSTILE = (
    "(", "[", "{", "<", "$", "\\", "|", "|-", "-|", "`", "```a\n", "~", "\n", " ", "a ", "a\n", "\\begin{verbatim}",
    "\\begin{a}", "\\left(", "\\verb!", "%", "<a>", "<a ", "&lt;", "a@a.", "a.", "/a", "1", "-", "(?:", "a|", "[a-",
    "\\k<a>", "\\p{", "]]>", '"\\', "\u2028", "1,", "{}", "${", "\\\\",
)  # fmt: skip


@pytest.mark.parametrize("notation", NOTATIONS)
def test_hostile_texts_are_answered_soon(notation: str) -> None:
    """A quarter of a mebibyte of anything, plain or behind an opening that leads into a pattern, takes half a second."""
    openings = {"url": ("https://", "mailto:a@"), "regex": ("(?i)", "/")}.get(notation, ())
    for opening in ("", *openings):
        for each in HOSTILE:
            text = opening + each * (QUARTER_MEBIBYTE // len(each))
            assert took(partial(format_fault, text, notation)) < SOON_S, (opening, each)


def test_entities_do_not_grow() -> None:
    """A bomb of entities is refused at the first declaration."""
    bomb = '<!DOCTYPE a [<!ENTITY b "bb">' + "".join(f'<!ENTITY b{n} "&b;&b;">' for n in range(9)) + "]><a>&b8;</a>"
    assert str(format_fault(bomb, "xml")) == "it declares entities"


def test_wide_classes_without_case_are_not_compiled() -> None:
    """Patterns whose compilation takes seconds are only parsed."""
    pattern = "(?i)" + "[\\u0000-\U0010ffff]" * 500
    assert format_fault(pattern, "regex") is None
    assert took(lambda: format_fault(pattern, "regex")) < SOON_S


def test_verbatim_delimiters_of_every_kind() -> None:
    """Thousands of delimiters that close nothing are no reason to search to the end for each."""
    text = "".join(f"\\verb{chr(0x4E00 + n)}" for n in range(20_000))
    assert took(lambda: format_fault(text, "latex")) < SOON_S


@given(st.sampled_from(NOTATIONS), st.one_of(st.text(), st.text(alphabet="(){}[]<>/\"'`\\\n |-:$%&a1?*+.,^~@=T")))
@settings(deadline=None, max_examples=600)
def test_no_text_raises(notation: str, text: str) -> None:
    """Any text in any notation is a fault with words, or none."""
    fault = format_fault(text, notation)
    assert fault is None or (fault.message and 0 <= fault.line <= text.count("\n") + text.count("\r") + 2)


@given(st.dates())
def test_every_date_is_one(day: object) -> None:
    """What Python writes as ISO 8601 is read."""
    assert format_fault(str(day), "date") is None
