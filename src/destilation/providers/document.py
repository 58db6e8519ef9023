"""The JSON document in a reply's body, and its one-line form for the ledger. Knows no dialect.

A body may begin with blank lines or `:` comments (keep-alive of some servers). Half surrogate pairs, which
no strict parser takes, are kept as the text of their escape: inside the record of an answer they mean the
same again, so the judge still sees and refuses them.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from destilation.errors import TransientProviderError

MOST_DEPTH = 64
_KEEP_ALIVE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|:[^\n]*(?:\n|\Z))*")
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")
_ESCAPE = re.compile(
    rb"\\(?:(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def parse(body: bytes) -> tuple[Any, bytes]:
    """The document in a body, and the body as the ledger can hold it: one line of valid JSON.

    Raises TransientProviderError for what is not JSON: empty, HTML, cut off, not UTF-8, not finite, too deep.
    """
    if body[:1] != b"{":
        body = _KEEP_ALIVE.sub(b"", body, count=1)
    body = body.strip()
    if not body:
        raise TransientProviderError("the reply is empty")
    try:
        document = _decoded(body)
    except msgspec.DecodeError:
        body = _with_whole_characters(body)
        document = _decoded_at_last(body)
    if body.count(b"[") + body.count(b"{") > MOST_DEPTH and _deeper_than(document, MOST_DEPTH):
        raise TransientProviderError("the reply is nested too deeply")
    # In valid JSON line ends stand between tokens only.
    return document, body.translate(_LINE_ENDS) if b"\n" in body or b"\r" in body else body


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise TransientProviderError("the reply is nested too deeply") from None
    except UnicodeDecodeError:
        raise TransientProviderError("the reply is not valid UTF-8") from None


def _decoded_at_last(body: bytes) -> Any:
    try:
        return _decoded(body)
    except msgspec.DecodeError as error:
        what = "broken JSON" if body[:1] in (b"{", b"[") else "no JSON"
        raise TransientProviderError(f"the reply is {what} ({error})") from None


def _with_whole_characters(body: bytes) -> bytes:
    def mended(match: re.Match[bytes]) -> bytes:
        half: bytes | None = match.group(2)
        return match.group() if half is None else b"\\\\" + half

    return _ESCAPE.sub(mended, body)


def _deeper_than(document: object, depth: int) -> bool:
    if depth == 0:
        return isinstance(document, dict | list)
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return any(_deeper_than(each, depth - 1) for each in inner)


def text_at(mapping: Mapping[str, Any], *names: str) -> str:
    """The first non-blank string under one of the names, else empty."""
    for name in names:
        value = mapping.get(name)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def count_at(mapping: Mapping[str, Any], name: str) -> int | None:
    """A count (a whole number from 0) under the name; None for anything else."""
    value = mapping.get(name)
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**53 else None


def mapping_at(mapping: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under the name, empty where there is none."""
    value = mapping.get(name)
    return value if isinstance(value, dict) else {}
