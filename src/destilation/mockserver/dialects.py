"""Requests and replies in the words of OpenAI, OpenRouter and Ollama. Knows no HTTP server.

Sources: OpenAI's API reference, OpenRouter's OpenAPI file, Ollama's docs/api.md.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from destilation.mockserver.answers import Asked, Said, seed_of

MOST_TOKENS = 1_000_000
_PIECE = 40


def asked_openai(body: Mapping[str, Any]) -> Asked:
    """A chat completion request. Raises ValueError with what is wrong."""
    wanted = body.get("response_format") or {}
    schema = None
    if wanted.get("type") == "json_schema":
        schema = (wanted.get("json_schema") or {}).get("schema") or wanted.get("schema")
    most = body.get("max_completion_tokens") or body.get("max_tokens") or MOST_TOKENS
    stream = bool(body.get("stream"))
    named = (body.get("stream_options") or {}).get("include_usage", False)
    return _asked(body, schema, most, body.get("seed"), stream=stream, usage=bool(named))


def asked_ollama(body: Mapping[str, Any]) -> Asked:
    """A chat request of Ollama, which streams unless told not to."""
    wanted, options = body.get("format"), body.get("options") or {}
    schema = wanted if isinstance(wanted, dict) else None
    most = options.get("num_predict") or MOST_TOKENS
    return _asked(body, schema, most, options.get("seed"), stream=body.get("stream", True), usage=True)


def _asked(body: Mapping[str, Any], schema: Any, most: Any, seed: Any, *, stream: bool, usage: bool) -> Asked:
    model, messages = body.get("model"), body.get("messages")
    fit = isinstance(model, str) and isinstance(messages, list) and all(isinstance(each, dict) for each in messages)
    if not fit:
        raise ValueError("model and messages are needed")
    return Asked(
        model=str(model),
        messages=messages or [],
        schema=schema if isinstance(schema, dict) and schema.get("properties") else None,
        max_tokens=most if isinstance(most, int) and most > 0 else MOST_TOKENS,
        seed=seed if isinstance(seed, int) else seed_of(messages or []),
        stream=stream,
        usage_in_stream=usage,
    )


def openai_document(asked: Asked, said: Said, number: int, cost: float | None) -> dict[str, Any]:
    """A chat completion."""
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
    if said.reasoning:
        message["reasoning"] = said.reasoning
    return {
        "id": f"chatcmpl-mock-{number}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": asked.model,
        "choices": [{"index": 0, "finish_reason": said.finish_reason, "message": message, "logprobs": None}],
        "usage": _usage(asked, said, cost),
    }


def openai_stream(asked: Asked, said: Said, number: int, cost: float | None) -> Iterator[bytes]:
    """The same as server-sent events."""
    frame = {"id": f"chatcmpl-mock-{number}", "object": "chat.completion.chunk", "created": 1_790_000_000}
    frame["model"] = asked.model
    for piece in [*_pieces(said.text), None]:
        delta = {} if piece is None else {"role": "assistant", "content": piece}
        reason = said.finish_reason if piece is None else None
        yield _event({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    if asked.usage_in_stream:
        yield _event({**frame, "choices": [], "usage": _usage(asked, said, cost)})
    yield b"data: [DONE]\n\n"


def ollama_document(asked: Asked, said: Said) -> dict[str, Any]:
    """An answer of `/api/chat`."""
    message = {"role": "assistant", "content": said.text}
    if said.reasoning:
        message["thinking"] = said.reasoning
    return {**_ollama_frame(asked), "message": message, **_ollama_end(asked, said)}


def ollama_stream(asked: Asked, said: Said) -> Iterator[bytes]:
    """The same as lines of JSON."""
    for piece in _pieces(said.text):
        part = {**_ollama_frame(asked), "message": {"role": "assistant", "content": piece}, "done": False}
        yield json.dumps(part).encode() + b"\n"
    last = {"role": "assistant", "content": ""}
    yield json.dumps({**_ollama_frame(asked), "message": last, **_ollama_end(asked, said)}).encode() + b"\n"


def error_document(dialect: str, status: int, message: str, code: str | None = None) -> dict[str, Any]:
    """An error as the dialect's servers send it."""
    if dialect == "ollama":
        return {"error": message}
    if dialect == "openrouter":
        return {"error": {"code": status, "message": message, "metadata": {"error_type": code} if code else {}}}
    return {"error": {"message": message, "type": code or "invalid_request_error", "param": None, "code": code}}


def _usage(asked: Asked, said: Said, cost: float | None) -> dict[str, Any]:
    usage = {
        "prompt_tokens": asked.tokens_in,
        "completion_tokens": said.tokens_out,
        "total_tokens": asked.tokens_in + said.tokens_out,
        "completion_tokens_details": {"reasoning_tokens": len(said.reasoning or "") // 4},
    }
    return usage if cost is None else {**usage, "cost": cost}


def _ollama_frame(asked: Asked) -> dict[str, Any]:
    return {"model": asked.model, "created_at": "2026-01-01T00:00:00Z"}


def _ollama_end(asked: Asked, said: Said) -> dict[str, Any]:
    return {
        "done": True,
        "done_reason": said.finish_reason,
        "total_duration": 1_000_000,
        "load_duration": 1_000,
        "prompt_eval_count": asked.tokens_in,
        "prompt_eval_duration": 1_000,
        "eval_count": said.tokens_out,
        "eval_duration": 900_000,
    }


def _pieces(text: str) -> list[str]:
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)] or [""]


def _event(document: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"
