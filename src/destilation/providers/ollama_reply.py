"""Reads an answer of Ollama's native /api/chat. Pure: used on live replies and again on the ledger.

Source: Ollama's api/types.go. Durations are nanoseconds, counters that are zero are left out.
"""

import json
from collections.abc import Mapping
from typing import Any

from destilation.core.provider import Completion, Usage
from destilation.errors import TransientProviderError
from destilation.providers.complaint import complaint_in
from destilation.providers.document import count_at, mapping_at, parse, text_at
from destilation.providers.openai_reply import estimate

DIALECT = "ollama"
_NO_ANSWER = ("load", "unload")


def read(body: bytes) -> Completion:
    """The completion in a reply's body. Raises TransientProviderError when there is none in it."""
    document, line = parse(body)
    if (complaint := complaint_in(document)) is not None:
        raise TransientProviderError(f"the reply is an error: {complaint.message}", status=complaint.status)
    return completion_in(document, line)


def completion_in(document: object, line: bytes) -> Completion:
    """The completion in a document without a complaint. Raises TransientProviderError for another shape."""
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(message, dict):
        raise TransientProviderError("the reply is JSON, but no chat answer")
    if document.get("done") is not True:
        raise TransientProviderError("the reply ends before the answer was done")
    reason = text_at(document, "done_reason") or "stop"
    if reason in _NO_ANSWER:
        raise TransientProviderError(f"the server only did '{reason}' the model and answered nothing")
    content = message.get("content") or ""
    if not isinstance(content, str):
        raise TransientProviderError("the reply's content is no text")
    text = content if "{" in content else _only_tool_call(message) or content
    thinking = text_at(message, "thinking", "reasoning")
    return Completion(
        text=text,
        dialect=DIALECT,
        body=line,
        model=text_at(document, "model"),
        finish_reason=reason,
        reasoning=thinking or None,
        usage=_usage(document, text, thinking),
    )


def _only_tool_call(message: Mapping[str, Any]) -> str:
    calls = message.get("tool_calls")
    if not isinstance(calls, list) or len(calls) != 1 or not isinstance(calls[0], dict):
        return ""
    arguments = mapping_at(mapping_at(calls[0], "function"), "arguments")
    return json.dumps(arguments, ensure_ascii=False) if arguments else ""


def _usage(document: Mapping[str, Any], text: str, thinking: str) -> Usage:
    tokens_in, tokens_out = count_at(document, "prompt_eval_count"), count_at(document, "eval_count")
    guessed = estimate(len(text) + len(thinking))
    return Usage(
        tokens_in=tokens_in or 0,
        tokens_out=guessed if tokens_out is None else tokens_out,
        reasoning=min(estimate(len(thinking)), guessed if tokens_out is None else tokens_out),
        estimated=tokens_out is None and guessed > 0,
    )
