"""How long rows are in tokens: counted, summed up, and held against a limit. Knows no folder.

Needs tokenizers (the extra `tokens`). Memory holds one number for each length that occurs.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from destilation.errors import ConfigError


class Lengths(Struct, frozen=True, kw_only=True):
    """Tokens of a row: the mean, percentiles, the longest, and all together; rows over the limit (None: no limit)."""

    rows: int
    total: int
    mean: float
    p50: int
    p95: int
    p99: int
    longest: int
    over: int | None = None


class Ruler:
    """Counts tokens with a `tokenizer.json`. Raises ConfigError for a file that is none."""

    def __init__(self, path: Path, limit: int | None) -> None:
        self._limit = limit
        self._counts: Counter[int] = Counter()
        self._tokenizer = _tokenizer(path)

    def length(self, text: str) -> int:
        """Tokens of a text, special ones that a tokenizer would add not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def fits(self, length: int) -> bool:
        """Whether a row of that length is within the limit."""
        return self._limit is None or length <= self._limit

    def note(self, length: int) -> None:
        """Count a row."""
        self._counts[length] += 1

    def lengths(self) -> Lengths | None:
        """All that was counted; None where nothing was."""
        rows = self._counts.total()
        if not rows:
            return None
        total = sum(length * count for length, count in self._counts.items())
        over = sum(count for length, count in self._counts.items() if not self.fits(length))
        return Lengths(
            rows=rows,
            total=total,
            mean=round(total / rows, 1),
            p50=self._at(0.5),
            p95=self._at(0.95),
            p99=self._at(0.99),
            longest=max(self._counts),
            over=None if self._limit is None else over,
        )

    def _at(self, share: float) -> int:
        left = math.ceil(share * self._counts.total())
        for length in sorted(self._counts):
            left -= self._counts[length]
            if left <= 0:
                return length
        return max(self._counts)


def plain_text(turns: Iterable[Mapping[str, Any]]) -> str:
    """All that is said in messages, for rows that no chat template is given for."""
    parts: list[str] = []
    for turn in turns:
        parts += [turn[key] for key in ("reasoning_content", "reasoning", "thinking", "content") if turn.get(key)]
        parts += [f"{call['function']['name']} {call['function']['arguments']}" for call in turn.get("tool_calls", ())]
    return "\n".join(parts)


def _tokenizer(path: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise ConfigError("--tokenizer needs another package: pip install 'destilation[tokens]'") from None
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file; --tokenizer wants a tokenizer.json")
    try:
        made = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare exceptions
        raise ConfigError(f"{path}: is no tokenizer.json: {str(error)[:200]}") from None
    made.no_truncation()
    made.no_padding()
    return made
