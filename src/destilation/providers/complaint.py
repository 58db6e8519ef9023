"""What a server says is wrong, in any of the forms that servers use. Knows no HTTP and decides nothing.

Seen in the wild: `{"error": {...}}`, `{"error": "text"}`, `[{"error": {...}}]`, `{"object": "error", ...}`,
`{"message"}`, `{"detail": "..." | [{"loc", "msg"}]}`, HTML, plain text, nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from destilation.errors import TransientProviderError
from destilation.providers.document import mapping_at, parse, text_at

_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_MOST_READ = 4_000


class Complaint(Struct, frozen=True):
    """The message, the words for machines (code, type, ...) in one text, a status named in the body, the rest."""

    message: str = ""
    words: str = ""
    status: int | None = None
    metadata: Mapping[str, Any] = {}
    availability: Mapping[str, Any] = {}

    @property
    def all_words(self) -> str:
        """Everything that was said, in lower case, to look for meanings in."""
        return f"{self.words} {self.message}".lower()


def complaint_in(document: object) -> Complaint | None:
    """The complaint in a reply that should have been an answer: only what is marked as an error is one."""
    if isinstance(document, list) and document:
        return complaint_in(document[0])
    if not isinstance(document, dict):
        return None
    error = document.get("error")
    if error:
        return _from_error(error)
    if document.get("object") == "error":
        return _from_mapping(document)
    return None


def complaint_of(body: bytes) -> Complaint:
    """The complaint in the body of a reply that is an error by its status."""
    try:
        document, _ = parse(body)
    except TransientProviderError:
        text = _TAGS.sub(" ", body[:_MOST_READ].decode("utf-8", "replace"))
        return Complaint(" ".join(text.split()))
    found = complaint_in(document)
    if found is not None:
        return found
    return _from_mapping(document) if isinstance(document, dict) else Complaint(str(document)[:_MOST_READ])


def _from_error(error: object) -> Complaint:
    if isinstance(error, dict):
        return _from_mapping(error)
    return Complaint(error if isinstance(error, str) else str(error)[:_MOST_READ])


def _from_mapping(error: Mapping[str, Any]) -> Complaint:
    metadata = mapping_at(error, "metadata")
    message = text_at(error, "message", "error", "msg", "detail", "title") or _details(error.get("detail"))
    raw = text_at(metadata, "raw")
    named = [error.get(name) for name in ("code", "type", "status", "error_type", "param")]
    named += [metadata.get("error_type"), metadata.get("provider_code")]
    return Complaint(
        message=f"{message}: {raw}" if message and raw and raw not in message else message or raw,
        words=" ".join(str(word) for word in named if isinstance(word, str | int)),
        status=_status(error.get("code")) or _status(error.get("status")),
        metadata=metadata,
        availability=mapping_at(error, "availability"),
    )


def _details(detail: object) -> str:
    if not isinstance(detail, list):
        return ""
    lines = [each for each in detail if isinstance(each, dict)]
    return "; ".join(f"{_place(line.get('loc'))}{text_at(line, 'msg')}" for line in lines)


def _place(loc: object) -> str:
    return ".".join(str(step) for step in loc) + ": " if isinstance(loc, list) and loc else ""


def _status(code: object) -> int | None:
    number = int(code) if isinstance(code, str) and re.fullmatch("[0-9]{3}", code) else code
    return number if isinstance(number, int) and 400 <= number <= 599 else None
