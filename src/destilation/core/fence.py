"""Code taken out of the fence around it. Knows no field and no language but by the name in the fence."""

import re
from collections.abc import Iterator

_FENCE = re.compile(r"(`{3,}+|~{3,}+)([\w+#.-]*+)[^\n]*+\n")


def fenced(value: str) -> tuple[str, str] | None:
    """(language, code) of a text that is one fenced block."""
    text = value.strip()
    match = _FENCE.match(text)
    if match is None or not text[match.end() :].endswith(match.group(1)):
        return None
    code = text[match.end() : len(text) - len(match.group(1))]
    return match.group(2), code.rstrip(" \t").removesuffix("\n")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(language, code) of each fenced block in a text."""
    opened: re.Match[str] | None = None
    start = at = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip(" \t\r\n")
        if opened is None:
            opened, start = _FENCE.match(line.lstrip(" \t")), at + len(line)
        elif bare == opened.group(1):
            yield opened.group(2), text[start:at].removesuffix("\n")
            opened = None
        at += len(line)
