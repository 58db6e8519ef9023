"""Requests and replies in the words of OpenAI, OpenRouter and Ollama. Knows no HTTP server.

Sources: OpenAI's API reference, OpenRouter's OpenAPI file, Ollama's docs/api.md.
"""

import base64
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from destilation.mockserver.answers import Asked, Said, seed_of
from destilation.mockserver.voices import Spoken

MOST_TOKENS = 1_000_000
_PIECE = 40


def asked_openai(body: Mapping[str, Any]) -> Asked:
    """A chat completion request. Raises ValueError with what is wrong."""
    wanted = body.get("response_format") or {}
    schema, form = None, str(wanted.get("type") or "prompt")
    if form == "json_schema":
        schema = (wanted.get("json_schema") or {}).get("schema") or wanted.get("schema")
    tool = _only_tool(body)
    most = body.get("max_completion_tokens") or body.get("max_tokens") or MOST_TOKENS
    stream = bool(body.get("stream"))
    named = (body.get("stream_options") or {}).get("include_usage", False)
    asked = _asked(body, schema or tool.get("parameters"), most, body.get("seed"), stream=stream, usage=bool(named))
    return replace(asked, form="tool_call", tool=tool["name"]) if tool else replace(asked, form=form)


def _only_tool(body: Mapping[str, Any]) -> Mapping[str, Any]:
    tools = body.get("tools")
    function = tools[0].get("function") if isinstance(tools, list) and len(tools) == 1 else None
    return function if isinstance(function, dict) and isinstance(function.get("name"), str) else {}


def asked_ollama(body: Mapping[str, Any]) -> Asked:
    """A chat request of Ollama, which streams unless told not to."""
    wanted, options = body.get("format"), body.get("options") or {}
    schema = wanted if isinstance(wanted, dict) else None
    most = options.get("num_predict") or MOST_TOKENS
    tool = _only_tool(body)
    asked = _asked(
        body,
        schema or tool.get("parameters"),
        most,
        options.get("seed"),
        stream=body.get("stream", True),
        usage=True,
    )
    form = "json_schema" if schema is not None else "json_object" if wanted == "json" else "prompt"
    return replace(asked, form="tool_call", tool=tool["name"]) if tool else replace(asked, form=form)


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


def openai_document(asked: Asked, spoken: Spoken, number: int, cost: float | None) -> dict[str, Any]:
    """A chat completion."""
    said = spoken.said
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
    if spoken.tool is not None:
        call = {"name": spoken.tool, "arguments": said.text}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    if said.reasoning:
        message["reasoning"] = said.reasoning
    elif spoken.hidden_tokens:
        message["reasoning_details"] = [{"type": "reasoning.encrypted", "data": "c2VjcmV0"}]
    return {
        "id": f"chatcmpl-mock-{number}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": asked.model,
        "choices": [{"index": 0, "finish_reason": said.finish_reason, "message": message, "logprobs": None}],
        "usage": _usage(asked, said, cost, spoken.hidden_tokens),
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


def ollama_document(asked: Asked, spoken: Spoken) -> dict[str, Any]:
    """An answer of `/api/chat`."""
    said = spoken.said
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    if spoken.tool is not None:
        call = {"name": spoken.tool, "arguments": json.loads(said.text)}
        message |= {"content": "", "tool_calls": [{"function": call}]}
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


def _usage(asked: Asked, said: Said, cost: float | None, hidden: int = 0) -> dict[str, Any]:
    usage = {
        "prompt_tokens": asked.tokens_in,
        "completion_tokens": said.tokens_out,
        "total_tokens": asked.tokens_in + said.tokens_out,
        "completion_tokens_details": {"reasoning_tokens": len(said.reasoning or "") // 4 + hidden},
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


def asked_embedding(body: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Model, text, and whether base64 is wanted. Raises ValueError with what is wrong."""
    model, text = body.get("model"), body.get("input")
    text = text[0] if isinstance(text, list) and len(text) == 1 else text
    if not isinstance(model, str) or not isinstance(text, str) or not text:
        raise ValueError("model and input, one text, are needed")
    return model, text, body.get("encoding_format") == "base64"


def embedding_document(
    dialect: str, model: str, vector: list[float], tokens: int, cost: float | None, *, packed: bool
) -> dict[str, Any]:
    """A reply with one vector."""
    if dialect == "ollama":
        return {"model": model, "embeddings": [vector], "total_duration": 1_000_000, "prompt_eval_count": tokens}
    told = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() if packed else vector
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {
        "object": "list",
        "model": model,
        "data": [{"object": "embedding", "index": 0, "embedding": told}],
        "usage": usage if cost is None else {**usage, "cost": cost},
    }
