"""The language of a piece of code: declared, fenced, named or looked like; not clear is not told."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.checks.syntax.language import KNOWN, language_of, normal_name
from tests.clock import SOON_S, took


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("py", "python"), ("Python3", "python"), ("JS", "javascript"), ("jsx", "javascript"), ("ts", "typescript"),
        ("c++", "cpp"), ("C#", "csharp"), ("golang", "go"), (" rs ", "rust"), ("sh", "bash"), ("yml", "yaml"),
        ("postgresql", "sql"), ("brainfuck", None), ("", None), ("text", None),
    ],
)  # fmt: skip
def test_names(told: str, name: str | None) -> None:
    """Every usual name of a language is known, in any case."""
    assert normal_name(told) == name
    assert all(normal_name(each) == each for each in KNOWN)


def test_what_is_declared_wins_over_the_fence_and_the_fence_over_the_rest() -> None:
    """In this order; a declared or fenced language that nobody knows is not guessed at."""
    code = "def f():\n    return 1"
    assert language_of(code, declared="rust", fence="go", hint="in Python") == "rust"
    assert language_of(code, fence="golang", hint="in Python") == "go"
    assert language_of(code, fence="zig", hint="in Python") is None
    assert language_of(code, declared="cobol", fence="python") is None
    assert language_of(code) == "python"


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("Write a Python function", "python"), ("a Rust macro", "rust"), ("in C++ or so", "cpp"), ("in C#.", "csharp"),
        ("a Go program", "go"), ("a C function", "c"), ("Node.js script", "javascript"), ("use PostgreSQL", "sql"),
        ("JavaScript", "javascript"), ("let us go on", None), ("rust never sleeps", None), ("vitamin C", None),
        ("Python or Ruby", None), ("Write it well", None), ("C program in C++", None),
    ],
)  # fmt: skip
def test_what_the_requirement_names(hint: str, name: str | None) -> None:
    """One language that is named is taken; words of English that are names too, and two names, are not."""
    assert language_of("x", hint=hint) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("#!/bin/bash\nls", "bash"), ("#!/usr/bin/env python3\nx", "python"), ("#!/usr/bin/env node\nx", "javascript"),
        ("#!/usr/bin/ruby\nx", "ruby"), ("<?php echo 1;", "php"), ("<!DOCTYPE html><p>", "html"),
        ("<?xml version='1.0'?><a/>", "xml"), ("package main\n\nfunc main() {}", "go"),
        ("#include <vector>\nint x;", "cpp"), ("#include <stdio.h>\nint x;", "c"), ("fn main() {\n}", "rust"),
        ("pub fn f<T>(x: T) -> T where T: Copy {\n", "rust"), ("using System;\nclass A {}", "csharp"),
        ("public class A {\n}", "java"), ("async def f(a) -> int:\n    pass", "python"),
        ("def f(a)\n  a\nend", "ruby"), ("interface A {\n}", "typescript"), ("const a = 1;", "javascript"),
        ("-- all\nSELECT a\nFROM b", "sql"), ("with a as (select 1) select * from a", "sql"), ("a", None), ("", None),
    ],
)  # fmt: skip
def test_what_it_looks_like(text: str, name: str | None) -> None:
    """Where nothing is told, what only one language begins like."""
    assert language_of(text) == name


def test_looks_and_names_have_to_agree() -> None:
    """Of several names the one that it looks like; a name that it does not look like, and no kin of it, is none."""
    assert language_of("package main", hint="a Go program, JSON and Python") == "go"
    assert language_of("package main", hint="a Python program") is None
    assert language_of("def f(): pass\n\npublic class A {}") is None
    assert language_of("public class A { }", hint="in C#") == "csharp"
    assert language_of("const a = 1;", hint="in TypeScript") == "typescript"
    assert language_of("#include <stdio.h>", hint="in C++") == "cpp"
    assert language_of("public class A { }", hint="in Ruby") is None


HOSTILE = (
    "def a(", "def a\n", "fn a(", "fn a<", "select ", "-- \n", "\n", " ", ": string ", "public ", "package a ", "#!",
    "class A(", "const a = ", "using System.a", "Python ", "<", "a ", ")", "interface a ",
)  # fmt: skip


def test_hostile_texts_are_answered_soon() -> None:
    """A quarter of a mebibyte of what the looks begin with takes a quarter of a second, as text and as hint."""
    for each in HOSTILE:
        text = each * (256 * 1024 // len(each))
        assert took(partial(language_of, text, hint=text)) < SOON_S / 2, each


@given(st.text(), st.text(), st.one_of(st.none(), st.text()))
def test_it_is_known_or_none(text: str, hint: str, fence: str | None) -> None:
    """Whatever comes in, a name that comes out is known."""
    assert language_of(text, hint=hint, fence=fence) in {None, *KNOWN}
