"""Foreign text made safe to show: one line, no control over the terminal, no secret, bounded. Knows no screen."""

import re
from collections.abc import Iterable

MOST_SHOWN = 200
# C0 and C1 controls, DEL, zero-width and bidirectional marks, line separators, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SECRETS = re.compile(r"\bsk-[\w-]{8,}|\bBearer\s+[\w.~+/=-]{8,}|(?<=[?&]key=)[^&\s]+", re.IGNORECASE)


def display_safe(text: str, limit: int = MOST_SHOWN) -> str:
    """The text on one line of at most `limit` characters: controls as `\\x1b`, line ends as U+23CE."""
    short = text if len(text) <= limit else f"{text[: limit - 1]}\u2026"
    return _UNSAFE.sub(_visible, short)


def desktop_notice(text: str) -> str:
    """What has a terminal show a text as a notification of the desktop, where it can (OSC 9)."""
    return f"\x1b]9;{display_safe(text)}\x07"


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x0A:
        return "\u23ce"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with every known secret, and whatever looks like a key, replaced by `***`."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return _SECRETS.sub("***", text)
