"""A sample, or a refused answer, told in full: its fields, how it came to be, and what was asked and said."""

import json
from typing import Any

from textual.content import Content

from destilation.tui.browse import TOPIC_GAP, Item
from destilation.tui.coloured import shown
from destilation.tui.story import Story

Part = tuple[str, str]
STYLES = {"✓": "$text-success", "✗": "$text-error"}


def telling(item: Item, story: Story | None) -> Content:
    """All of it, safe to show; the dialogue only where it was read already."""
    parts: list[Part] = _refusal(item) if item.refused else _fields(item)
    told = {} if item.refused else item.origin
    if told:
        parts += [("How it came to be\n", "bold underline")]
        parts += [part for name, value in told.items() for part in _line(name, value)] + [("\n", "")]
    elif not item.refused:
        parts += [("How it came to be is not recorded.\n\n", "$text-muted")]
    return Content.assemble(*parts, *(_dialogue(story) if story is not None else ()))


def _fields(item: Item) -> list[Part]:
    if not item.row:
        return [("This line is no sample. destilation verify tells more.\n\n", "$text-error")]
    return [
        part
        for name, value in item.row.items()
        for part in ((f"{shown(name)}\n", "bold $accent"), (f"{shown(_text(value))}\n\n", ""))
    ]


def _refusal(item: Item) -> list[Part]:
    row = item.row
    parts: list[Part] = [(f"✗ refused by the {shown(_text(row.get('layer')))} layer\n", "$text-error")]
    codes, reasons = (value if isinstance(value := row.get(key), list) else [] for key in ("codes", "reasons"))
    for code, reason in zip(codes, reasons, strict=False):
        parts += [(f"{shown(_text(code))}: ", "bold"), (f"{shown(_text(reason))}\n", "")]
    rest = {name: value for name, value in row.items() if name not in ("layer", "codes", "reasons")}
    return [*parts, ("\n", ""), *(part for name, value in rest.items() for part in _line(name, value)), ("\n", "")]


def _line(name: str, value: object) -> list[Part]:
    if value in (None, "", [], {}):
        return []
    joined = TOPIC_GAP.join(map(str, value)) if name == "topic" and isinstance(value, list) else _text(value)
    return [(f"{shown(name)} ", "$text-muted"), (f"{shown(joined)}\n", "")]


def _dialogue(story: Story) -> list[Part]:
    parts: list[Part] = [("What was asked and said\n", "bold underline")]
    if story.prompt:
        parts.append((f"{shown(story.prompt)}\n\n", ""))
    for attempt in story.attempts:
        parts += [(f"Answer {shown(attempt.title)}\n", "bold $accent"), (f"{shown(attempt.reply)}\n", "")]
        parts += [(f"{shown(attempt.verdict)}\n\n", STYLES.get(attempt.verdict[:1], ""))]
    return parts if story.attempts else [*parts, ("No answer is recorded of this task.\n", "$text-muted")]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=None)
