"""A tree from plain data, as TOML, JSON and YAML give it. Knows no file.

A list names topics; a mapping names topics and says what each is divided into (a list, a mapping, nothing) or what it
weighs (a number). In a list, a mapping with the key `name` is one topic: `{name, weight, topics, closed}`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from destilation.core.topics.names import clean, normal
from destilation.core.topics.outline import DEEPEST
from destilation.core.topics.tree import Topic, TopicError, Tree

_KEYS = ("name", "weight", "topics", "closed")


def tree_of(data: object, where: str = "topics") -> Tree:
    """The tree that the data describes. Raises TopicError, which names the path to what is wrong from `where` on."""
    return Tree(_topics(data, where, 1))


def _topics(data: object, where: str, depth: int) -> tuple[Topic, ...]:
    if depth > DEEPEST + 1:
        raise TopicError(f"{where}: is more than {DEEPEST} levels deep")
    found: list[Topic] = []
    forms: set[bytes] = set()
    for here, topic in _level(data, where, depth):
        if normal(topic.name) in forms:
            raise TopicError(f"{here}: '{topic.name}' is there already")
        forms.add(normal(topic.name))
        found.append(topic)
    return tuple(found)


def _level(data: object, where: str, depth: int) -> Iterator[tuple[str, Topic]]:
    """Each topic of one level, with the path to it."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield f"{where}.{name}", _named(name, value, f"{where}.{name}", depth)
    elif isinstance(data, list | tuple):
        for number, entry in enumerate(data):
            here = f"{where}[{number}]"
            if isinstance(entry, Mapping) and "name" not in entry:
                yield from _level(entry, here, depth)
            else:
                yield here, _whole(entry, here, depth) if isinstance(entry, Mapping) else _topic(here, entry)
    elif data is not None:
        raise TopicError(f"{where}: must be a list or a table of topics, not {_kind(data)}")


def _named(name: object, value: object, where: str, depth: int) -> Topic:
    """The topic that is a key of a mapping."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _topic(where, name, weight=float(value))
    if isinstance(value, Mapping | list | tuple | None):
        return _topic(where, name, children=_topics(value, where, depth + 1))
    raise TopicError(f"{where}: must be a list, a table, or a number (its weight), not {_kind(value)}")


def _whole(entry: Mapping[str, Any], where: str, depth: int) -> Topic:
    """The topic that is a mapping of its own."""
    for key in entry:
        if key not in _KEYS:
            raise TopicError(f"{where}: unknown key '{key}'; known: {', '.join(_KEYS)}")
    weight, closed = entry.get("weight", 1.0), entry.get("closed", "")
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise TopicError(f"{where}.weight: must be a number above 0, not {_kind(weight)}")
    if not isinstance(closed, str):
        raise TopicError(f"{where}.closed: must be the reason in words, not {_kind(closed)}")
    children = _topics(entry.get("topics"), f"{where}.topics", depth + 1)
    return _topic(where, entry["name"], float(weight), children, clean(closed))


def _topic(where: str, name: object, weight: float = 1.0, children: tuple[Topic, ...] = (), closed: str = "") -> Topic:
    if not isinstance(name, str):
        raise TopicError(f"{where}: must be the name of a topic, not {_kind(name)}; put quotes around it")
    try:
        return Topic(clean(name), weight, children, closed)
    except TopicError as error:
        raise TopicError(f"{where}: {error.what}") from None


def _kind(value: object) -> str:
    return f"{value!r:.40} ({type(value).__name__})"
