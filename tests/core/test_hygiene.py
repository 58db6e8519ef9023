"""What is unfit to train on is refused, and what merely looks like it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core import hygiene

LINE = "Be correct before anything else: leave out what you are not sure of."


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.", "I’m sorry, but I cannot assist with this request.",
        "Sorry, I can't provide that.", "I cannot fulfill this request.", "As an AI language model, I have no opinions.",
        "I am unable to answer this.", "Unfortunately, I can't create that.", "I won't be able to help here.",
        "I'm just an AI and", "I apologize, but I cannot comply.", "I'm sorry, that is not something I do.",
    ],
)  # fmt: skip
def test_refusals(text: str) -> None:
    """The usual ways of declining are seen."""
    assert hygiene.is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "I can't stress enough how important units are.", "The server answers 'I'm sorry' in that case.",
        "Sorry is a word of regret.", "AI language models are trained on text.", "I cannot be zero, so divide by it.",
        "Unfortunately, the method diverges for large steps.", "I am not the owner of the mutex, so unlocking is undefined.",
        "What does the error 'I cannot help' mean?", "As an AI engineer you would measure first.",
    ],
)  # fmt: skip
def test_no_refusals(text: str) -> None:
    """Good answers with similar words are not taken for refusals."""
    assert not hygiene.is_refusal(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_field"), (" \n\t", "empty_field"), ("...", "placeholder"), ("…", "placeholder"),
        ("<question>", "placeholder"), ("[your answer]", "placeholder"), ("Your answer here", "placeholder"),
        ("TODO", "placeholder"), ("What IS described", "placeholder"), ("<your name>", "placeholder"),
        ("<final_answer>", "placeholder"), ("<Insert-Code>", "placeholder"),
    ],
)  # fmt: skip
def test_no_content(text: str, code: str) -> None:
    """Emptiness, stubs and the field's own description are no content."""
    assert [fault.code for fault in hygiene.content_faults("f", text, "what is described")] == [code]


@pytest.mark.parametrize(
    "text", ["string", "0", "Vec<String>", "[1, 2]", "x < y > z", "Yes.", "TODO lists help", "a...z", "<div>", "<T>"]
)
def test_short_content_is_content(text: str) -> None:
    """Short and odd answers are answers."""
    assert hygiene.content_faults("f", text, "") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("so <|im_start|>user", "chat_markup"), ("done</think> then", "chat_markup"), ("[INST] x", "chat_markup"),
        ("<end_of_turn>", "chat_markup"), ("in {{domain}} we", "template_text"), ("Lorem ipsum dolor", "template_text"),
        (f"He said: {LINE}", "leaked_prompt"),
    ],
)  # fmt: skip
def test_leaks(text: str, code: str) -> None:
    """Chat markup, unfilled placeholders and lines of our own prompt are seen."""
    assert [fault.code for fault in hygiene.leak_faults("f", text, [LINE])] == [code]


@pytest.mark.parametrize("text", ["a <| b", "I think </b>", "f'{x}'", "{ {a} }", "be correct before anything else"])
def test_no_leaks(text: str) -> None:
    """Code and prose with similar signs pass."""
    assert hygiene.leak_faults("f", text, [LINE]) == []


@pytest.mark.parametrize("form", ["code", "latex"])
def test_doubled_braces_of_a_notation(form: str) -> None:
    """Where braces are doubled for other reasons, only the placeholders of our own prompts are template text."""
    assert hygiene.leak_faults("f", "a {{ count }} {{x}}", [], form) == []
    assert [fault.code for fault in hygiene.leak_faults("f", "a {{ domain }}", [], form)] == ["template_text"]
    assert [fault.code for fault in hygiene.leak_faults("f", "a {{x}}", [], "json")] == ["template_text"]


def test_filler_text_may_be_spoken_of() -> None:
    """The name of the filler is no filler."""
    assert hygiene.leak_faults("f", "Where does lorem ipsum come from?", []) == []


@given(st.text())
def test_characters(text: str) -> None:
    """Exactly the C0 controls but tab and line ends, DEL, and half surrogate pairs are refused."""
    control = any((ord(each) < 32 and each not in "\t\n\r") or ord(each) == 127 for each in text)
    half = any(0xD800 <= ord(each) <= 0xDFFF for each in text)
    codes = {fault.code for fault in hygiene.character_faults("f", text)}
    wanted = {"control_character": control, "lone_surrogate": half}
    assert codes == {code for code, present in wanted.items() if present}


@pytest.mark.parametrize(
    ("value", "bad"),
    [
        (1.5, False),
        (float("inf"), True),
        (2**63 - 1, False),
        (2**63, True),
        ({"a": [1, -(2**70)]}, True),
        (["x"], False),
    ],
)
def test_numbers(value: object, bad: bool) -> None:
    """Infinities and integers beyond 64 bits are refused wherever they are."""
    assert bool(hygiene.number_faults(value, "f")) == bad


@pytest.mark.parametrize(
    ("value", "levels"), [(1, 0), ([], 1), ({}, 1), ([1], 1), ([[]], 2), ({"a": {"b": [1]}}, 3), ([{}, [[1]]], 3)]
)
def test_depth(value: object, levels: int) -> None:
    """Lists and objects count by level."""
    assert hygiene.depth(value) == levels


def test_strings_are_found_with_their_paths() -> None:
    """Keys are strings too."""
    found = list(hygiene.strings({"a": ["x", {"k": "y"}], "n": 1}, "f"))
    assert found == [
        ("f (a key)", "a"),
        ("f.a[0]", "x"),
        ("f.a[1] (a key)", "k"),
        ("f.a[1].k", "y"),
        ("f (a key)", "n"),
    ]
