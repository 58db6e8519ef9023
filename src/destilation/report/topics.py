"""The topic that a line of the provenance names."""

from typing import Any

import msgspec

from destilation.core.topics.tree import Path
from destilation.report.read import Row

MOST_CHARACTERS, DEEPEST = 200, 32


def topic_of(origin: Row) -> Path | None:
    """The path from the top down; None where no topic is named. What came with a foreign file may name one in words."""
    extras = origin.get("extras")
    told: Any = origin.get("topic", extras.get("topic") if isinstance(extras, dict) else None)
    if told is None or told in ("", [], {}):
        return None
    if isinstance(told, list):
        return tuple(str(name)[:MOST_CHARACTERS] for name in told[:DEEPEST])
    return (topic_words(told)[:MOST_CHARACTERS],)


def topic_words(topic: object) -> str:
    """A topic as people read it: a path from the top down with `>` between its steps."""
    if isinstance(topic, list | tuple):
        return " > ".join(map(str, topic))
    return topic if isinstance(topic, str) else msgspec.json.encode(topic).decode()
