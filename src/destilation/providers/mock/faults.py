"""How real models spoil an answer, and how they wrap a good one. Knows no probability.

`SPOILS` never pass the gate; `WRAPS` always do.
"""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Record = Mapping[str, Any]
ENDINGS = ("please", "thanks", "today", "again", "exactly", "briefly", "honestly", "though", "then", "here")


def text_of(record: Record) -> str:
    """The record as models write JSON."""
    return json.dumps(record, ensure_ascii=False)


def _first_text(record: Record) -> str:
    return next((name for name, value in record.items() if isinstance(value, str)), next(iter(record)))


def _prose(record: Record, chance: Random) -> str:
    return f"Here is what I would write about it: {next(iter(record.values()))}".replace("{", "(")


def _missing_field(record: Record, chance: Random) -> str:
    gone = _first_text(record)  # the first is never optional in practice
    return text_of({name: value for name, value in record.items() if name != gone})


def _wrong_type(record: Record, chance: Random) -> str:
    name = _first_text(record)
    return text_of({**record, name: [[record[name]]]})


def _empty_field(record: Record, chance: Random) -> str:
    return text_of({**record, _first_text(record): chance.choice(("", "   ", "\n"))})


def _cut_off(record: Record, chance: Random) -> str:
    whole = text_of(record)
    return whole[: chance.randrange(len(whole) // 2, len(whole) - 1)]


def _refusal(record: Record, chance: Random) -> str:
    return "I'm sorry, but I can't help with that."


def _control_character(record: Record, chance: Random) -> str:
    name = _first_text(record)
    return text_of({**record, name: f"{record[name]}\x1b[2J"})


def _placeholder(record: Record, chance: Random) -> str:
    return text_of({**record, _first_text(record): chance.choice(("...", "<your text here>", "{{domain}}"))})


def _extra_field(record: Record, chance: Random) -> str:
    return text_of({**record, "confidence": 0.9})


def _not_a_number(record: Record, chance: Random) -> str:
    return text_of({**record, "score": float("nan")})


SPOILS: tuple[Callable[[Record, Random], str], ...] = (
    _prose, _missing_field, _wrong_type, _empty_field, _cut_off, _refusal, _control_character, _placeholder,
    _extra_field, _not_a_number,
)  # fmt: skip


def _fenced(text: str) -> str:
    return f"```json\n{text}\n```"


def _introduced(text: str) -> str:
    return f"Sure, here is the object:\n\n{text}\n\nLet me know if you need more."


def _thought_first(text: str) -> str:
    return f"<think>\nThe field is clear; I choose numbers that work out.\n</think>\n\n{text}"


WRAPS: tuple[Callable[[str], str], ...] = (_fenced, _introduced, _thought_first)


def slightly_changed(record: Record, chance: Random) -> dict[str, Any]:
    """The record with a word more at the end of each text: a near-duplicate."""
    ending = chance.choice(ENDINGS)
    plain = {name for name, value in record.items() if isinstance(value, str) and name not in ("code", "tool_response")}
    return {name: f"{value} {ending}" if name in plain else value for name, value in record.items()}
