"""Records laid out for a terminal: a heading, then each field with its text wrapped. Knows no verb.

Whatever is shown is foreign: controls are made visible, line ends and indentation are kept.
"""

import json
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from destilation.core.display import display_safe, redact

NARROWEST, WIDEST = 40, 100
MOST_LINES = 60
_NARROW = 72  # columns: below, tables have fewer figures


def terminal_width() -> int:
    """How many columns there are; as many as suit a page where there is no terminal."""
    return max(NARROWEST, shutil.get_terminal_size((WIDEST, 24)).columns if to_people() else WIDEST)


def width() -> int:
    """How many columns text is wrapped to: longer lines are hard to read."""
    return min(WIDEST, terminal_width())


def to_people() -> bool:
    """Whether stdout is a terminal; else a program reads it."""
    return sys.stdout.isatty()


def field_lines(name: str, value: Any, columns: int) -> list[str]:
    """A field's name, and its value below it, indented; of a very long one the beginning."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    lines = [
        piece for line in text.expandtabs(4).replace("\r\n", "\n").split("\n") for piece in wrapped(line, columns - 4)
    ]
    shown = [f"    {line}".rstrip() for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"    [{len(lines) - MOST_LINES:,} lines more]")
    return [f"  {display_safe(name, 64)}", *shown]


def wrapped(line: str, columns: int) -> list[str]:
    """One line of foreign text in pieces that fit, each under the indentation of the line."""
    safe = display_safe(redact(line), 20_000)
    indent = safe[: len(safe) - len(safe.lstrip())][: columns // 2]
    pieces = textwrap.wrap(
        safe.strip(), columns, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False,
        drop_whitespace=True,
    )  # fmt: skip
    return pieces or [""]


def origin_line(origin: Mapping[str, Any]) -> str:
    """How a sample came to be, on one line."""
    if not origin:
        return "how it came to be is not recorded"
    cost = origin.get("cost_usd")
    parts = [f"{origin.get('provider', '')} ({origin.get('model', '')})", f"attempt {origin.get('attempt', '')}"]
    parts += [f"${cost:.4f}"] if isinstance(cost, int | float) and cost else []
    parts += [str(origin.get("t", ""))]
    checks = origin.get("checks")
    parts += [f"passed {', '.join(map(str, checks))}"] if isinstance(checks, list) and checks else []
    return display_safe(", ".join(parts), 300)


def fitting(lines: Iterable[str], columns: int | None) -> Iterator[str]:
    """The lines, foreign text in them made safe, those that are too wide wrapped under their indentation.

    Without a terminal (None) no line is wrapped: a program reads them.
    """
    for line in lines:
        if columns is None or cells(line) <= columns:
            yield display_safe(redact(line), 20_000)
        else:
            yield from wrapped(line, min(columns, WIDEST))


def figures(rows: Sequence[tuple[str, ...]], columns: int | None) -> Iterator[str]:
    """A table: names at the left, figures at the right of their columns, a remark last.

    What is too wide for so many columns is cut short (None: nothing is); on narrow terminals only two figures are left.
    """
    if columns is not None and columns < _NARROW and len(rows[0]) > 4:
        rows = [(*row[:3], row[-1]) for row in rows]
    widths = [max(cells(row[place]) for row in rows) for place in range(len(rows[0]))]
    if columns is not None:
        widths[0] = max(12, min(widths[0], columns - sum(widths[1:]) - 2 * (len(widths) - 1)))
    for name, *told, remark in rows:
        right = "  ".join(figure.rjust(width) for figure, width in zip(told, widths[1:], strict=False))
        yield f"{fitted(name, widths[0])}  {right}  {remark}".rstrip()


def cells(text: str) -> int:
    """How many cells of a terminal a text takes: East Asian wide characters take two, combining ones none."""
    return sum(_cell(character) for character in text)


def fitted(text: str, width: int) -> str:
    """The text in exactly so many cells: filled with spaces, or cut short with an ellipsis."""
    if (taken := cells(text)) <= width:
        return text + " " * (width - taken)
    short, left = "", width - 1
    for character in text:
        if (left := left - _cell(character)) < 0:
            break
        short += character
    return fitted(f"{short}…", width)


def _cell(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
