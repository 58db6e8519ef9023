"""Figures as people read them, and out of documents that may lack them. Knows no HTML."""

from collections.abc import Mapping
from typing import Any


def figure(document: Mapping[str, Any], key: str) -> float:
    """The number under a key; 0 where there is none."""
    value = document.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def table_at(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key; an empty one where there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def count(number: float) -> str:
    """`1,234`, `12.6 M`."""
    return f"{number / 1e6:,.1f} M" if number >= 1e7 else f"{number:,.0f}"


def dollars(usd: float) -> str:
    """`$1.50`, `$0.0042`."""
    return f"${usd:,.2f}" if usd >= 0.1 or usd == 0 else f"${usd:.4f}"


def duration(seconds: float) -> str:
    """`0.5 s`, `41 s`, `12 min 5 s`, `3 h 20 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"
