"""What two texts must have in common to be equal, and what is left of a text as tokens."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from destilation.core.dedup.normal import LONGEST, exact_form, tokens

ANY_TEXT = st.text(st.characters(codec=None))


def words(text: str) -> list[str]:
    return [word.decode("utf-8", "surrogatepass") for word in tokens(text).words]


def marks(text: str) -> list[str]:
    return [mark.decode() for mark in tokens(text).marks]


def test_equality_folds_case_space_and_canonical_form_only() -> None:
    """Case, whitespace and composed letters do not tell texts apart; punctuation and operators do."""
    assert exact_form(" Caf\u00e9  au\nLAIT ") == exact_form("cafe\u0301 au lait")
    assert exact_form("Stra\u00dfe") == exact_form("STRASSE")
    assert exact_form("3*4") != exact_form("3+4")
    assert exact_form("2\u00b3") != exact_form("23")
    assert exact_form("e\u0301 " * 900) == exact_form("\u00e9 " * 900)


def test_equality_of_a_huge_text_is_by_its_bytes() -> None:
    """Beyond the limit nothing is folded, and nothing is confused with a folded text."""
    huge = "A" * (LONGEST + 1)
    assert exact_form(huge) != exact_form(huge.lower())
    assert exact_form(huge) == exact_form("A" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Hello, World; it\'s "so" well-known!', "hello world it s so well known"),
        ("It\u2019s \u201cso\u201d \u2014 well\u2011known\u2026", "it s so well known"),
        ("snake_case and CamelCase", "snake case and camelcase"),
        ("3*4", "3 * 4"),
        ("a **bold** and *soft* word", "a bold and soft word"),
        ("2 ** 8, 2**8, f(x)*g", "2 ** 8 2 ** 8 f x * g"),
        ("5-3, a - b, x-y, -z, e-mail", "5 - 3 a - b x - y - z e mail"),
        ("- a bullet", "a bullet"),
        ("5! n! !done no! x!=y", "5 ! n ! ! done no x ! = y"),
        ("f'(x) and f''(x), don't", "f ' x and f '' x don t"),
        ("C# or C++, #tag", "c # or c + + tag"),
        ("3.14 1,000 10:30 v1.2 .5 end.", "3.14 1,000 10:30 v1.2 . 5 end"),
        ("2\u00b3 H\u2082O x\u207b\u00b9", "2 ^ 3 h 2 o x ^ - 1"),
        ("5 \u00d7 3 \u2212 1 \u2264 20\u20ac", "5 \u00d7 3 - 1 \u2264 20 \u20ac"),
        ("\uff21\uff22\uff23 \u2460", "abc 1"),
        ("\u673a\u5668\u5b66\u4e60AI\u3002\u4f60\u597d\uff01", "\u673a \u5668 \u5b66 \u4e60 ai \u4f60 \u597d"),
        ("\u0e01\u0e34\u0e19\u0e02\u0e49\u0e32\u0e27", "\u0e01\u0e34 \u0e19 \u0e02\u0e49 \u0e32 \u0e27"),
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902",
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902",
        ),
        (
            "\u0643\u064e\u062a\u064e\u0628\u060c \u0643\u0644\u0628\u061f",
            "\u0643\u064e\u062a\u064e\u0628 \u0643\u0644\u0628",
        ),
        ("I \u2764\ufe0f \U0001f34e", "i \u2764 \U0001f34e"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("\u00a0\u3000wide\u3000space", "wide space"),
    ],
)
def test_tokens(text: str, expected: str) -> None:
    """Punctuation goes; words, digits and what works as an operator stay, each a token."""
    assert words(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \n", ""),
        ("?!?", "? ! ?"),
        ("()", "( )"),
        ("\u2026\u2026", "\u2026 \u2026"),
        ("\ud800 \ud801", "\ud800 \ud801"),
    ],
)
def test_a_text_of_only_symbols_is_its_characters(text: str, expected: str) -> None:
    """Where no token is found the characters are the tokens, even half a surrogate pair."""
    assert words(text) == expected.split()
    assert marks(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("compute 17 x 23", "17 23"),
        ("(a + b) * c2", "( + ) * c2"),
        ("caf\u00e9 (a + b)", "( + )"),
        ("\u4e09\u4e2a\u82f9\u679c 3\u4e2a", "\u4e09 3"),
        ("\u0967\u0968 \u0915\u093f\u0932\u094b", "\u0967\u0968"),
        ("\u0663 \u0643\u062a\u0628", "\u0663"),
        ("words only, well-known", ""),
        ("\u00fcber den Wolken", ""),
    ],
)
def test_marks_are_numbers_operators_and_brackets(text: str, expected: str) -> None:
    """The marks of a text are the same by the fast way for ASCII and by the general one."""
    assert marks(text) == expected.split()


def test_a_huge_text_gives_the_tokens_of_its_two_ends() -> None:
    """Ten million characters cost no more than the limit: the middle is left out."""
    found = words("start " + "middle " * 1_500_000 + "end")
    assert found[0] == "start"
    assert found[-1] == "end"
    assert len(found) < LONGEST


@pytest.mark.parametrize(
    "unit", ["*", "'", "3" + " " * 5000, "\u00e93" + "\t" * 5000, "e\u0301\u0323", "-", "1,", "x**"]
)
def test_no_text_takes_more_than_linear_time(unit: str) -> None:
    """Runs that a careless pattern walks again and again are walked once (else this test takes minutes)."""
    assert words(unit * (LONGEST // len(unit)))


@given(ANY_TEXT)
def test_any_string_has_both_forms(text: str) -> None:
    """No string fails, lone surrogates included, and only blank ones have no token."""
    exact_form(text)
    assert bool(words(text)) == bool(text.strip())


@given(st.text(st.characters(max_codepoint=0x7F)))
@example("\x1f-A")
def test_typography_does_not_change_the_tokens(text: str) -> None:
    """An ASCII text and the same text in the general path have the same tokens and marks."""
    assert tokens(f"{text} \u00e9")[0][:-1] == list(tokens(f"{text} e")[0][:-1])
    assert tokens(f"{text} \u00e9")[1] == tokens(f"{text} e")[1]
