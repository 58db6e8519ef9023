"""Vectors of texts: OpenAI's `/embeddings`, which OpenRouter and others speak, and Ollama's `/api/embed`.

A vector is told like any answer: a Completion whose text is the record `{"vector": [...]}`. Knows no HTTP.
Sources: OpenAI's API reference, OpenRouter's OpenAPI file, Ollama's docs/api.md.
"""

import base64
import binascii
from collections.abc import Collection

import msgspec
import numpy as np

from destilation.core.concessions import Nicety
from destilation.core.ladder import Asked
from destilation.core.provider import Completion, Prompt, Usage
from destilation.errors import TransientProviderError
from destilation.providers.complaint import complaint_in
from destilation.providers.document import count_at, mapping_at, parse
from destilation.providers.ollama import Ollama
from destilation.providers.openai import OpenAI
from destilation.providers.openrouter import OpenRouter
from destilation.providers.remote import merged

DIALECT, VECTOR = "embedding", "vector"


def text_in(prompt: Prompt) -> str:
    """The text that a vector is wanted of."""
    return prompt.task.given["text"]


def completion_of(vector: object, line: bytes, usage: Usage = Usage()) -> Completion:
    """The answer with that vector. Raises TransientProviderError where it is none."""
    try:
        record = msgspec.json.encode({VECTOR: msgspec.convert(vector, list[float])})
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise TransientProviderError("the reply is JSON, but has no embedding in it") from None
    return Completion(text=record.decode(), dialect=DIALECT, body=line, model="", usage=usage)


def completion_in(document: object, line: bytes) -> Completion:
    """The first vector of a reply of either kind. Raises TransientProviderError for another shape."""
    if not isinstance(document, dict):
        raise TransientProviderError("the reply is JSON, but has no embedding in it")
    rows, vectors = document.get("data"), document.get("embeddings")
    vector = vectors[0] if isinstance(vectors, list) and vectors else None
    if isinstance(rows, list) and rows and isinstance(rows[0], dict):
        vector = _plain(rows[0].get("embedding"))
    told = mapping_at(document, "usage")
    cost = told.get("cost")
    usage = Usage(
        tokens_in=count_at(told, "prompt_tokens") or count_at(document, "prompt_eval_count") or 0,
        cost_usd=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) and cost >= 0 else None,
        estimated=not told and "prompt_eval_count" not in document,
    )
    return completion_of(vector, line, usage)


def read(body: bytes) -> Completion:
    """The vector in a reply's body, again. Raises TransientProviderError when there is none in it."""
    document, line = parse(body)
    if (complaint := complaint_in(document)) is not None:
        raise TransientProviderError(f"the reply is an error: {complaint.message}", status=complaint.status)
    return completion_in(document, line)


def _plain(vector: object) -> object:
    """Numbers; in base64 they are of 32 bits, the lowest byte first."""
    if not isinstance(vector, str):
        return vector
    try:
        return np.frombuffer(base64.b64decode(vector, validate=True), "<f4").tolist()
    except (binascii.Error, ValueError):
        return None


class OpenAIEmbedding(OpenAI):
    """Asks for one vector. In base64, as OpenAI's own client does: it is a third of the digits, and exact."""

    path = "/embeddings"

    def body(self, prompt: Prompt, asked: Asked, without: Collection[Nicety]) -> dict[str, object]:
        """The request."""
        fixed = {"model": self._share.model, "input": text_in(prompt)}
        return merged({"encoding_format": "base64"}, self._share.extra, fixed)

    def completion_in(self, document: object, line: bytes) -> Completion:
        """The vector in a reply; raises TransientProviderError for another shape."""
        return completion_in(document, line)


class OpenRouterEmbedding(OpenRouter):
    """The same of OpenRouter."""

    path = "/embeddings"
    body = OpenAIEmbedding.body
    completion_in = OpenAIEmbedding.completion_in


class OllamaEmbedding(Ollama):
    """Asks Ollama for one vector. A text that is too long for the model is to be an error: by default it is cut."""

    path = "/api/embed"

    def body(self, prompt: Prompt, asked: Asked, without: Collection[Nicety]) -> dict[str, object]:
        """The request."""
        keep_alive = self._spec.keep_alive
        return {"model": self._share.model, "input": text_in(prompt), "truncate": False, "keep_alive": keep_alive}

    def completion_in(self, document: object, line: bytes) -> Completion:
        """The vector in a reply; raises TransientProviderError for another shape."""
        return completion_in(document, line)
