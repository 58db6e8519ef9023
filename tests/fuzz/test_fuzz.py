"""Hypothesis feeds the fuzz targets: whole bytes, and sound inputs with parts changed."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import PLAIN, Folder

REPLY = json.dumps(
    {
        "id": "x", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": '{"question": "How far is it?", "answer": "As far as light goes in a year."}'}}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7},
        "message": {"role": "assistant", "content": "{}"}, "done": True, "done_reason": "stop",
    }
).encode()  # fmt: skip
JOB = b'[job]\ndomain = "Physics"\ntarget = 10\nmix = [{ provider = "mock" }]\n[[templates]]\nid = "a"\n'
WHOLE = {"answer": REPLY, "configuration": JOB, "header": b"Wed, 21 Oct 2026 07:28:00 GMT"}
PIECES = st.one_of(
    st.binary(max_size=20), st.sampled_from([b'"', b"{", b"[" * 300, b"\n", b"\0", b"\\ud800", b"1e999", b"null"])
)


@st.composite
def changed(draw: st.DrawFn, whole: bytes) -> bytes:
    """A sound input with some parts replaced."""
    data = whole
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(PIECES) + data[start + draw(st.integers(0, 30)) :]
    return data


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("name", PLAIN)
@given(data=st.data())
def test_anything_at_all(name: str, data: st.DataObject) -> None:
    """Whatever comes, a target ends with a verdict or a sentence."""
    kind = bytes([data.draw(st.integers(0, 255))]) if name == "answer" else b""
    PLAIN[name](kind + data.draw(st.one_of(st.binary(max_size=200), changed(WHOLE[name]))))


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A folder to spoil again and again."""
    target = Folder()
    yield target
    target.close()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.integers(0, 255), content=st.one_of(st.binary(max_size=100), st.lists(PIECES, max_size=5).map(b"".join)))
def test_any_file_of_a_folder(folder: Folder, kind: int, content: bytes) -> None:
    """Whatever a file holds, a start and a repair end, and no sample is lost."""
    folder(bytes([kind]) + content)
