"""The faults of real servers, by name. Each says what goes over the wire instead of an answer, or spoils one.

Those of STATUS are whole replies; those of SPOILED change the document of a good answer; those of BROKEN act on
the connection itself. Names and forms are those seen in the wild; see docs/mock-server.md.
"""

import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

from msgspec import Struct

Document = dict[str, Any]


class Wrong(Struct, frozen=True):
    """A reply that is an error by its status. `code` is the dialect's word for machines, `{key}` the client's key."""

    status: int
    message: str
    code: str | None = None
    headers: Mapping[str, str] = {}


STATUS: Mapping[str, Wrong] = {
    "429": Wrong(429, "Rate limit reached", "rate_limit_exceeded"),
    "429_seconds": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": "1"}),
    "429_float": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": "0.25"}),
    "429_date": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": "in 2 s"}),
    "429_past": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": formatdate(0, usegmt=True)}),
    "429_zero": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": "0"}),
    "429_negative": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": "-5"}),
    "429_junk": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": "soon, I hope"}),
    "429_ms": Wrong(429, "Rate limit reached", "rate_limit_exceeded", {"retry-after-ms": "200"}),
    "429_reset": Wrong(
        429,
        "Rate limit reached",
        "rate_limit_exceeded",
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "300ms"},
    ),
    "429_long": Wrong(429, "Daily limit reached", "rate_limit_exceeded", {"Retry-After": "3600"}),
    "429_quota": Wrong(429, "You exceeded your current quota", "insufficient_quota"),
    "402": Wrong(402, "Insufficient credits", "payment_required"),
    "401": Wrong(401, "Incorrect API key provided", "invalid_api_key"),
    "401_echo": Wrong(401, "Incorrect API key provided: {key}", "invalid_api_key"),
    "403": Wrong(403, "This key may not be used here", "forbidden"),
    "404": Wrong(404, "The model `mock` does not exist", "model_not_found"),
    "moderation": Wrong(403, "Flagged by moderation", "content_policy_violation"),
    "moderation_400": Wrong(400, "Rejected by the content filter", "content_filter"),
    "context": Wrong(400, "This model's maximum context length is 10 tokens", "context_length_exceeded"),
    "413": Wrong(413, "Request too large", "request_too_large"),
    "408": Wrong(408, "Request timeout", "timeout"),
    "409": Wrong(409, "Conflict", "conflict"),
    "425": Wrong(425, "Too early", "too_early"),
    "500": Wrong(500, "The server had an error", "server_error"),
    "500_echo": Wrong(500, "No worker for Authorization: Bearer {key}", "server_error"),
    "502": Wrong(502, "Bad gateway", "bad_gateway"),
    "503": Wrong(503, "The engine is overloaded", "overloaded"),
    "504": Wrong(504, "Gateway timeout", "timeout"),
    "529": Wrong(529, "Overloaded", "overloaded_error"),
    "redirect": Wrong(307, "", None, {"Location": "http://elsewhere.invalid/v1/chat/completions"}),
}


def _choice(document: Document) -> Document:
    choice: Document = document["choices"][0] if "choices" in document else document
    return choice


def _with_content(document: Document, content: object) -> bytes:
    _choice(document)["message"]["content"] = content
    return json.dumps(document).encode()


def _text(document: Document) -> str:
    return str(_choice(document)["message"]["content"])


def _wrong_shape(document: Document) -> bytes:
    return json.dumps({"choices": None, "result": "fine"}).encode()


def _error_200(document: Document) -> bytes:
    return json.dumps({"error": {"message": "Upstream error: overloaded", "code": 502}}).encode()


def _choice_error(document: Document) -> bytes:
    if "choices" not in document:
        return _error_200(document)
    wrong = {"finish_reason": "error", "error": {"code": 502, "message": "upstream broke"}}
    document["choices"][0] |= wrong
    return json.dumps(document).encode()


def _finished(reason: str) -> Callable[[Document], bytes]:
    def spoil(document: Document) -> bytes:
        text = _text(document)[: 0 if reason == "content_filter" else 25]
        _choice(document)["finish_reason" if "choices" in document else "done_reason"] = reason
        return _with_content(document, text)

    return spoil


def _refusal(document: Document) -> bytes:
    _choice(document)["message"]["refusal"] = "I cannot help with that."
    return _with_content(document, None if "choices" in document else "I cannot help with that.")


def _parts(document: Document) -> bytes:
    if "choices" not in document:
        return json.dumps(document).encode()
    return _with_content(document, [{"type": "text", "text": _text(document)}])


def _tool_call(document: Document) -> bytes:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": '}}
    _choice(document)["message"]["tool_calls"] = [call]
    return _with_content(document, None if "choices" in document else "")


def _wrong_types(document: Document) -> bytes:
    try:
        record = json.loads(_text(document))
    except ValueError:
        record = {}
    return _with_content(document, json.dumps({name: [1, 2] for name in record} or [1, 2]))


def _no_usage(document: Document) -> bytes:
    for name in ("usage", "eval_count", "prompt_eval_count"):
        document.pop(name, None)
    return json.dumps(document).encode()


SPOILED: Mapping[str, Callable[[Document], bytes]] = {
    "html": lambda document: b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    "empty": lambda document: b"",
    "truncated": lambda document: json.dumps(document).encode()[:-30],
    "wrong_shape": _wrong_shape,
    "error_200": _error_200,
    "choice_error": _choice_error,
    "bad_utf8": lambda document: json.dumps(document).encode().replace(b'"assistant"', b'"\xff\xfe"'),
    "too_deep": lambda document: b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "nan": lambda document: json.dumps(document).encode()[:-1] + b', "score": NaN}',
    "long_number": lambda document: json.dumps(document).encode()[:-1] + b', "n": ' + b"9" * 5_000 + b"}",
    "length": _finished("length"),
    "content_filter": _finished("content_filter"),
    "refusal": _refusal,
    "null_content": lambda document: _with_content(document, None if "choices" in document else ""),
    "empty_content": lambda document: _with_content(document, ""),
    "parts": _parts,
    "tool_call": _tool_call,
    "fenced": lambda document: _with_content(document, f"```json\n{_text(document)}\n```"),
    "wrong_types": _wrong_types,
    "empty_strings": lambda document: _with_content(document, '{"question": "", "answer": ""}'),
    "duplicate_keys": lambda document: _with_content(document, _text(document)[:-1] + ', "answer": "twice"}'),
    "no_usage": _no_usage,
    "blank_lines": lambda document: b"\n" * 500 + b"   \n" + json.dumps(document).encode(),
    "comments": lambda document: b": PROCESSING\n\n" * 20 + json.dumps(document).encode(),
    "huge": lambda document: _with_content(document, "x" * (9 << 20)),
}

BROKEN = (
    "reset", "reset_mid_body", "short_body", "bad_chunk", "bad_http", "huge_headers", "slow_headers", "drip", "hang",
    "gzip",
)  # fmt: skip

NAMES: tuple[str, ...] = (*STATUS, *SPOILED, *BROKEN)
HARMLESS = ("parts", "fenced", "no_usage", "blank_lines", "comments")
