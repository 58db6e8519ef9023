"""Reads a chat completion in OpenAI's dialect, as OpenAI and its many relatives really send it.

Pure: used on live replies and again on the ledger. Knows no HTTP. Field names: OpenAI's API reference,
OpenRouter's OpenAPI file, the documentation of DeepSeek, vLLM and llama.cpp for the reasoning fields.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from destilation.core.provider import Completion, Usage
from destilation.errors import TransientProviderError
from destilation.providers.complaint import Complaint, complaint_in
from destilation.providers.document import count_at, mapping_at, parse, text_at

CHARS_PER_TOKEN = 4


def read(body: bytes, dialect: str = "openai") -> Completion:
    """The completion in a reply's body. Raises TransientProviderError when there is none in it."""
    document, line = parse(body)
    if (complaint := complaint_about(document)) is not None:
        raise TransientProviderError(f"the reply is an error: {complaint.message}", status=complaint.status)
    return completion_in(document, line, dialect)


def complaint_about(document: object) -> Complaint | None:
    """The error in a reply with a good status: at its top, or in its first choice."""
    found = complaint_in(document)
    if found is not None or not isinstance(document, dict):
        return found
    choice = _first_choice(document)
    if choice.get("finish_reason") == "error" and not choice.get("error"):
        return Complaint("the generation ended in an error")
    return complaint_in(choice)


def completion_in(document: object, line: bytes, dialect: str = "openai") -> Completion:
    """The completion in a document without a complaint; `line` is the document as the ledger holds it.

    Empty, cut off or refused answers are completions too. Raises TransientProviderError for another shape.
    """
    if not isinstance(document, dict):
        raise TransientProviderError("the reply is JSON, but no chat completion")
    choice = _first_choice(document)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise TransientProviderError("the reply has no choices[0].message")
    text = _content(message.get("content"))
    text = text if "{" in text else _only_tool_call(message.get("tool_calls")) or text
    reasoning = text_at(message, "reasoning", "reasoning_content", "thinking") or _details(message)
    usage = mapping_at(document, "usage")
    reasoned = _reasoning_tokens(usage)
    return Completion(
        text=text,
        dialect=dialect,
        body=line,
        model=text_at(document, "model"),
        finish_reason=text_at(choice, "finish_reason") or "stop",
        reasoning=reasoning or None,
        hidden=None if reasoning.strip() else _hidden(message, reasoned),
        refusal=text_at(message, "refusal") or None,
        usage=_usage(usage, reasoned, text, reasoning),
    )


def _first_choice(document: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = document.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _content(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise TransientProviderError("the reply's content is neither text nor a list of parts")
    parts = [part if isinstance(part, str) else _part(part) for part in content]
    return "".join(parts)


def _part(part: object) -> str:
    if not isinstance(part, dict) or part.get("type", "text") not in ("text", "output_text"):
        return ""
    text = part.get("text")
    return text if isinstance(text, str) else ""


def _only_tool_call(calls: object) -> str:
    """The arguments of a single tool call, where they are one whole JSON object: some models answer that way."""
    if not isinstance(calls, list) or len(calls) != 1 or not isinstance(calls[0], dict):
        return ""
    arguments = mapping_at(calls[0], "function").get("arguments")
    if isinstance(arguments, dict) and arguments:
        return json.dumps(arguments, ensure_ascii=False)
    try:
        record = json.loads(arguments) if isinstance(arguments, str) else None
    except (ValueError, RecursionError):
        return ""
    return str(arguments) if isinstance(record, dict) and record else ""


def _details(message: Mapping[str, Any]) -> str:
    """The readable parts of OpenRouter's reasoning_details; encrypted ones are no trace."""
    return "".join([text_at(part, "text", "summary") for part in _detail_parts(message)])


def _detail_parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    details = message.get("reasoning_details")
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def _hidden(message: Mapping[str, Any], tokens: int | None) -> str | None:
    """How a model kept its reasoning to itself: encrypted (OpenRouter's reasoning_details), or told in tokens only."""
    for part in _detail_parts(message):
        if text_at(part, "type") == "reasoning.encrypted":
            return "it reasons, but encrypts what it thinks"
    return f"it reasons ({tokens:,} tokens), but does not show what it thinks" if tokens else None


def _reasoning_tokens(usage: Mapping[str, Any]) -> int | None:
    told = count_at(mapping_at(usage, "completion_tokens_details"), "reasoning_tokens")
    return count_at(usage, "reasoning_tokens") if told is None else told


def _usage(usage: Mapping[str, Any], reasoned: int | None, text: str, reasoning: str) -> Usage:
    tokens_in, tokens_out = count_at(usage, "prompt_tokens"), count_at(usage, "completion_tokens")
    missing = tokens_out is None or tokens_in is None
    if tokens_out is None:
        tokens_out = estimate(len(text) + len(reasoning))
    return Usage(
        tokens_in=tokens_in or 0,
        tokens_out=tokens_out,
        reasoning=min(estimate(len(reasoning)) if reasoned is None else reasoned, tokens_out),
        cost_usd=_cost(usage.get("cost")),
        estimated=missing,
    )


def _cost(cost: object) -> float | None:
    if not isinstance(cost, int | float) or isinstance(cost, bool):
        return None
    return float(cost) if math.isfinite(cost) and cost >= 0 else None


def estimate(characters: int) -> int:
    """About how many tokens so many characters are; the usual rule of thumb for English."""
    return -(-characters // CHARS_PER_TOKEN)
