"""Teachers with the habits of real models: one that says the same few things, one that has favourites. Knows no HTTP.

Both divide topics as they are asked to.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from destilation.mockserver.scenario import Bias, Collapse
from destilation.providers.mock.scene import ASPECTS, CAUSES, CONDITIONS, OBJECTS, QUANTITIES

OPENINGS = ("Well,", "Now,", "So,", "Again,", "Here,", "Then,")
FILLERS = ("indeed", "clearly", "evidently", "perhaps", "notably", "usually", "plainly", "rather")
ENDINGS = ("please", "though", "exactly", "honestly", "briefly")
_BEARS = (18, 30, 80)  # words from which a text bears one, two, three others, and any two wordings are alike to 0.85
_VARYING = re.compile(r"[\d\s]+")
_QUOTED = re.compile(r"===== (\w+) .*?===== \1 [^=]*=====", re.DOTALL)
_TOPIC = re.compile(r"^Topic: (.*)$", re.MULTILINE)
_DIVIDED = re.compile(r"divide this topic: (.*)")
_COUNT = re.compile(r"Name (\d+) topics")
_LISTED = re.compile(r"^- (.*)$", re.MULTILINE)
_OPENING = 40  # characters of an answer by which a quotation of it is told
_TRIES = 8
_AS_USUAL = 12  # topics, where no number is named

Messages = Sequence[Mapping[str, Any]]
Record = dict[str, Any]
Make = Callable[[str, int], Record]
"""A record about a subject, from a seed."""


def collapsed(habit: Collapse, messages: Messages, domain: str, make: Make, chance: Random) -> Record:
    """One of the few answers to this prompt, where numbers, white space and quotations make no other prompt of it."""
    prompt = _VARYING.sub("", _QUOTED.sub("", _first(messages)))
    quoted = " ".join(found.group() for each in messages for found in _QUOTED.finditer(_text(each)))
    heeds = chance.random() < habit.heeds
    for rank in chance.choices(range(habit.answers), cum_weights=_zipf(habit.answers, habit.exponent), k=_TRIES):
        made = make(domain, _number(f"{rank}:{prompt}"))
        if not (heeds and any(text[:_OPENING] in quoted for text in _wordy(made).values())):
            break
    return reworded(made, chance)


def biased(habit: Bias, messages: Messages, make: Make, chance: Random) -> Record | None:
    """An answer about the topic, or about a favourite one, of which there is not much to say; None: it declines."""
    known = subjects()
    if chance.random() < habit.strays:
        number = chance.randrange(habit.answers)
        return reworded(make(known[number % habit.favourites], _number(f"favourite:{number}")), chance)
    topic = topic_of(messages) or chance.choices(known, cum_weights=_zipf(len(known), habit.exponent))[0]
    unliked = _number(f"liked:{topic}") % 1_000 < 1_000 * habit.unliked
    declines = chance.random() < habit.declines
    return None if unliked and declines else make(topic, chance.getrandbits(40))


def reworded(record: Record, chance: Random) -> Record:
    """The record with other words at its ends, and in its middle where it is long: any two wordings are near."""
    return {**record, **{name: _reworded(text, chance) for name, text in _wordy(record).items()}}


def division(messages: Messages, chance: Random) -> list[str]:
    """Names of as many topics as are asked for, none of them named in the prompt; each topic has names of its own."""
    said = _first(messages)
    divided, count = _DIVIDED.search(said), _COUNT.search(said)
    narrow = divided.group(1).rpartition(" > ")[2].strip() if divided else ""
    below = [f"{narrow}: {detail}" for detail in (*ASPECTS, *CAUSES, *CONDITIONS)]
    names = below if narrow.partition(":")[0] in subjects() else subjects()
    left = [name for name in names if name not in _LISTED.findall(said)]
    return chance.sample(left, min(int(count.group(1)) if count else _AS_USUAL, len(left)))


def topic_of(messages: Messages) -> str:
    """The narrowest topic that is asked for; empty where none is but the domain, which the prompt names elsewhere."""
    said = _first(messages)
    found = _TOPIC.search(said)
    name = found.group(1).rpartition(" > ")[2].strip() if found else ""
    return name if said.count(name) == 1 else ""


@cache
def subjects() -> tuple[str, ...]:
    """All that a teacher knows of, what it prefers first."""
    names = [f"{quantity} of the {thing}" for quantity, _ in QUANTITIES for thing in OBJECTS]
    return tuple(sorted(names, key=_number))


def _first(messages: Messages) -> str:
    """What was asked at first, without what was said about an answer to it."""
    parts = []
    for message in messages:
        if message.get("role") == "assistant":
            break
        parts.append(_text(message))
    return "\n".join(parts)


def _text(message: Mapping[str, Any]) -> str:
    return str(message.get("content") or "")


@cache
def _zipf(count: int, exponent: float) -> tuple[float, ...]:
    """The weights of that many ranks, summed up."""
    return tuple(accumulate(1 / rank**exponent for rank in range(1, count + 1)))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=5).digest(), "big")


def _wordy(record: Record) -> dict[str, str]:
    """The texts of a record that bear another word."""
    bare = ("code", "tool_response")
    return {name: value for name, value in record.items() if isinstance(value, str) and name not in bare}


def _reworded(text: str, chance: Random) -> str:
    words, ending = text.split(" "), chance.choice(ENDINGS)
    if len(words) >= _BEARS[2]:
        words.insert(len(words) // 2, chance.choice(FILLERS))
    if len(words) >= _BEARS[1]:
        words.insert(0, chance.choice(OPENINGS))
    return " ".join([*words, ending] if len(words) >= _BEARS[0] else words)
