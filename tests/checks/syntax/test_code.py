"""Code by its grammar: what is wrong and where, what only looks wrong, and texts that are made to do harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.checks.syntax.code import MOST_BYTES, checkable, code_fault
from destilation.checks.syntax.language import KNOWN
from destilation.checks.syntax.reader import fault_in
from tests.clock import SOON_S, took

PARSED = sorted(KNOWN)


@pytest.mark.parametrize("language", PARSED)
def test_every_known_language_can_be_parsed(language: str) -> None:
    """What is recognised is also checked: an unclosed construct of each language is told, an empty text is not."""
    assert checkable(language)
    broken = {
        "yaml": "a: [1",
        "html": "<div",
        "xml": "<a>",
        "json": "{",
        "toml": "a = [",
        "css": "a {",
        "sql": "SELECT (",
    }
    assert code_fault(broken.get(language, "f((("), language) is not None


@pytest.mark.parametrize("language", ["fortran", "brainfuck", "", "markdown"])
def test_unknown_languages_pass_unchecked(language: str) -> None:
    """Nothing is told of a language that has no parser here."""
    assert code_fault("(((", language) is None
    assert not checkable(language)


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("python", "def f():\nreturn 1", "line 2, column 1: expected an indented block after function definition on line 1"),
        ("json", '{"a": 1,\n}', "line 2, column 1: Expecting property name enclosed in double quotes"),
        ("toml", "a = 1\nb = c", "line 2, column 5: Invalid value"),
        ("toml", "a = [1,", "line 1: Invalid value"),
        ("xml", "<a>\n<b></a>", "line 2, column 6: mismatched tag"),
        ("javascript", "let x = 1;\n...\nf(x);", "line 2: '...' is no code"),
        ("go", "package a\n```go\n", "line 2: '```go' is no code"),
        ("javascript", "f(1;", "line 1, column 4: ')' is missing"),
        ("java", "class A {\n  void f() {\n    g(", "line 3: it breaks off: the '(' of line 3 is never closed"),
        ("php", "$a = 1\n$b = 2;", "line 1, column 6: unexpected '1'"),
        ("php", "<?php\n$a = 1\n$b = 2;", "line 2, column 6: unexpected '1'"),
        ("bash", "ls\ndone\n", "line 2, column 1: 'done' ends nothing that was begun"),
        ("bash", "if true; then\n  ls\n\nls", "line 4: what begins with 'if true; then' in line 1 is not complete"),
        ("bash", "if true; then\n  ls\n", "line 3, column 1: 'fi' is missing"),
        ("html", "<p>a\n</b></p>", "line 2, column 1: nothing is open for </b>"),
        ("html", "<p>\n<ul><div></ul>", "line 2, column 5: <div> is never closed"),
        ("html", "<p>a <b", "line 1, column 8: '>' is missing"),
        ("tsx", "const a = <b>\n</c>;", "line 2, column 1: </c> closes <b>"),
        ("typescript", "const a = <b>\n</c>;", "line 2, column 2: unexpected '/'"),
        ("css", "a { b: c", "line 1, column 9: it breaks off: the '{' of line 1 is never closed"),
        ("css", "a { b: c;\n d e; }", "line 2, column 2: 'd e' is no declaration"),
        ("css", "a { b: c\n d: e; }", "line 1, column 5: a ';' is missing"),
        ("css", "a { b: 'c; }", "line 1, column 8: the ' that begins here is never closed"),
        ("css", "/* a", "line 1, column 1: the /* that begins here is never closed"),
        ("css", "a {}\n}", "line 2, column 1: '}' closes nothing that is open"),
        ("css", "{ a: b }", "line 1, column 1: a block needs a selector"),
        ("css", "So: a {}", "line 1, column 1: 'So: a' is no selector"),
        ("css", "a {}\nThat is it.", "line 2, column 1: 'That is it.' is no rule"),
        ("css", "a;", "line 1, column 1: 'a' is no rule"),
    ],
)  # fmt: skip
def test_what_is_wrong_and_where(language: str, text: str, told: str) -> None:
    """The message names the fault and its line, counted from 1 in the text as the model wrote it."""
    assert told in str(code_fault(text, language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "class A[T]: pass"),
        ("python", "type A = int"),
        ("python", "x = f'{a['b']}'"),
        ("python", "x = '\\d'\nassert (x, 1)"),
        ("typescript", "const a = <T,>(x: T) => <b>{x}</b>;"),
        ("typescript", "const a = <any>b;"),
        ("javascript", "const a = <><b.c d={{ e }} /></>;"),
        ("php", "function f() { return 1; }"),
        ("c", "MODULE_LICENSE(\"GPL\")\nint f(void) { return 0; }"),
        ("c", "struct a { unsigned b : 1, : 3; };"),
        ("c", "void f(void) { list_for_each(a, &b) { g(a); } }"),
        ("cpp", "struct A { int b : 4 = 0; };"),
        ("cpp", "struct A : T... { using T::operator()...; };"),
        ("cpp", "void f(int a = {}) {}"),
        ("html", "<!doctype html><title>a</title><p>a & b && c <br> <textarea></p>&</textarea><p>d"),
        ("css", "@media (width >= 40em) { a { &:hover { --b: { c: d } } } }"),
        ("css", "@import url(a.css);\n\n"),
        ("css", "a { b: url(data:x;y) \"\\\"\" }"),
        ("css", "@supports (a: b) { x { @apply c; } }"),
        ("css", ""),
        ("sql", "SELECT [a] FROM [b]"),
        ("sql", "SELECT a FROM b QUALIFY row_number() OVER (ORDER BY a) = 1"),
        ("yaml", "a: &b {c: 1}\n---\nd: *b\n"),
        ("bash", "echo done fi"),
    ],
)  # fmt: skip
def test_what_only_looks_wrong(language: str, text: str) -> None:
    """Newer syntax than a grammar knows, dialects, fragments and macros are taken."""
    assert code_fault(text, language) is None


def test_newer_python_is_not_an_excuse() -> None:
    """A text with type parameters is refused all the same where something else is wrong."""
    assert code_fault("class A[T]:\n    def f(self:\n        pass", "python") is not None


def test_sql_that_no_dialect_takes() -> None:
    """It is refused; one that is too long for so many readers is not told to be wrong."""
    assert code_fault("Here is the query that you want", "sql") is not None
    assert code_fault("Here is the query that you want. " * 200, "sql") is None


def test_bounds() -> None:
    """Too long, too deep and with a NUL is refused before any parser sees it."""
    assert str(code_fault("a" * (MOST_BYTES + 1), "python")) == "it is longer than 256 KiB"
    assert str(code_fault("é" * (MOST_BYTES // 2 + 1), "python")) == "it is longer than 256 KiB"
    assert str(code_fault("a" * 5_000_000, "rust")) == "it is longer than 256 KiB"
    assert str(code_fault("a\n\0", "python")) == "line 2: it holds a NUL character"
    assert str(code_fault("(" * 200_000, "python")) == "brackets are nested 200000 levels deep"
    assert str(code_fault(")" * 1_000 + "[" * 401, "c")) == "brackets are nested 401 levels deep"
    assert code_fault("(" * 199 + "1" + ")" * 199, "python") is None


def test_what_python_itself_cannot_bear() -> None:
    """Endless signs, half surrogate pairs and huge numbers are faults, not exceptions."""
    for text in ("-" * 250_000 + "1", "x = '\ud83d'", "1" * 5_000, "not " * 60_000 + "1", "a" + ".b" * 100_000 + "("):
        assert code_fault(text, "python") is not None
    assert code_fault("[" * 400 + "1" * 5_000 + "]" * 400, "json") is not None
    assert code_fault("a = " + "1" * 5_000, "toml") is not None


HOSTILE = (
    ("python", "-"), ("python", "lambda:"), ("python", "\n"), ("python", "a."), ("bash", "<"), ("bash", ")"), ("bash", "a\n"),
    ("css", "a{}"), ("css", "'\\"), ("css", "\\u"), ("css", "url("), ("html", "<!--"), ("html", "<textarea>"),
    ("kotlin", "\u2028"), ("yaml", "- "), ("yaml", "a: "), ("sql", "(select "), ("sql", "1  +  "), ("cpp", "AB()\n"),
    ("cpp", "={}"), ("typescript", "a<b<c>d>(e)"), ("csharp", "fn =\t<!--"), ("rust", "..."), ("go", "```go\n"),
    ("json", "[{"), ("toml", "a.b"), ("xml", "<a>"),
)  # fmt: skip


@pytest.mark.parametrize(("language", "text"), HOSTILE)
def test_hostile_texts_are_answered_soon(language: str, text: str) -> None:
    """A quarter of a mebibyte of anything takes half a second at most: a parser that takes longer is ended."""
    whole = text * (MOST_BYTES // len(text.encode()))
    ready = "{}" if language == "json" else ""
    assert took(lambda: code_fault(whole, language), before=lambda: code_fault(ready, language)) < SOON_S


@given(st.sampled_from(PARSED), st.one_of(st.text(), st.text(alphabet="(){}[]<>/\"'`\\\n\t :;#$%@!a1_-=+*.,?&|")))
@settings(deadline=None, max_examples=300)
def test_no_text_raises(language: str, text: str) -> None:
    """Any text in any language is a fault or none, and a fault has words, and a line that the text has."""
    fault = code_fault(text, language)
    assert language in ("css", "json", "xml") or "\0" in text or fault == fault_in(text, language)
    if fault is not None:
        assert fault.message and 0 <= fault.line <= text.count("\n") + text.count("\r") + text.count("\f") + 2
