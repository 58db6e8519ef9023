"""The JSON in a body: what is taken, what is refused, and the line that the ledger holds."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.errors import TransientProviderError
from destilation.providers.document import count_at, mapping_at, parse, text_at

MARKS = st.sampled_from(
    ['"', "\\", "\\u", "d83d", "\\ud83d", "\\ude42", "{", "}", "[", "]", ":", ",", "1", "\n", " ", "a"]
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \r\n\n\t ", "empty"),
        (b": OPENROUTER PROCESSING\n\n", "empty"),
        (b"<html><h1>502</h1></html>", "no JSON"),
        (b"plain text", "no JSON"),
        (b'{"choices": [{"mess', "broken JSON"),
        (b'{"a": NaN}', "broken JSON"),
        (b'{"a": Infinity}', "broken JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "broken JSON"),
        (b'{"a": 1e999}', "broken JSON"),
        (b'{"a": "x\ny"}', "broken JSON"),
        (b'{"a": 1} {"b": 2}', "broken JSON"),
        (b'{"a": "\xff\xfe"}', "UTF-8"),
        (b"[" * 65 + b"]" * 65, "too deeply"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "too deeply"),
    ],
)
def test_what_is_no_json_document(body: bytes, words: str) -> None:
    """Bodies that no strict parser takes, or that would hurt one, are transient faults with a cause."""
    with pytest.raises(TransientProviderError, match=words):
        parse(body)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'{"a": 1}', b'{"a": 1}'),
        (b'\n\n  {"a":\r\n 1}\n', b'{"a":   1}'),
        (b'\xef\xbb\xbf{"a": 1}', b'{"a": 1}'),
        (b': keep-alive\n\n: keep-alive\n{"a": 1}', b'{"a": 1}'),
        ('{"a": "\u2028"}'.encode(), '{"a": "\u2028"}'.encode()),
        (b"[" * 64 + b"]" * 64, b"[" * 64 + b"]" * 64),
    ],
)
def test_what_stands_around_json_is_taken_off(body: bytes, line: bytes) -> None:
    """Blanks and comments that keep a connection alive are no part of the reply; its line has no line end."""
    assert parse(body) == (json.loads(line), line)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'["\ud83d"]', "\\ud83d"),
        (rb'["x \ude42 y"]', "x \\ude42 y"),
        (rb'["\ud83d\ud83d\ude42"]', "\\ud83d\U0001f642"),
        (rb'["\ud83d\u0041"]', "\\ud83dA"),
        (rb'["\\ud83d \ud83d"]', "\\ud83d \\ud83d"),
    ],
)
def test_half_pairs_become_text(body: bytes, value: str) -> None:
    """Half a surrogate pair is kept as the text of its escape, so that the line is valid for every parser."""
    document, line = parse(body)
    assert document == [value]
    assert msgspec.json.decode(line) == document


@given(st.one_of(st.binary(max_size=60), st.lists(MARKS, max_size=20).map(lambda parts: "".join(parts).encode())))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    """Whatever the bytes, there is a document with its line, or one kind of error; and the line reads the same."""
    try:
        document, line = parse(body)
    except TransientProviderError:
        return
    assert b"\n" not in line
    assert parse(line) == (document, line)
    assert msgspec.json.decode(b'{"body":' + line + b"}") == {"body": document}


def test_values_of_the_wrong_kind_count_as_absent() -> None:
    """Names hold what is expected, or nothing."""
    odd = {"a": 3, "b": " ", "c": "text", "d": True, "e": -1, "f": 2.0, "g": 10**400, "h": [], "i": {"k": 1}}
    assert text_at(odd, "a", "b", "c") == "text"
    assert text_at(odd, "a", "z") == ""
    assert [count_at(odd, name) for name in "adefgh"] == [3, None, None, 2, None, None]
    assert mapping_at(odd, "h") == {}
    assert mapping_at(odd, "i") == {"k": 1}
