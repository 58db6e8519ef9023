"""What the mock server's models say: the mock's records for the schema that was asked for. Knows no HTTP."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from msgspec import Struct

from destilation.core.answer_form import record_key
from destilation.core.task import request_seed
from destilation.mockserver import teachers
from destilation.mockserver.scenario import Scenario
from destilation.providers.mock import faults, records, texts
from destilation.providers.mock.provider import REPEATED
from destilation.providers.mock.scene import scene

_WORDED = re.compile(r'^- "(\w+)": (string|number|integer|boolean|array|object)', re.MULTILINE)
_SEVERAL = re.compile(r'has exactly (\d{1,3}) keys, "record_1" to')
DOMAIN = "the subject"
DECLINES = "I'm sorry, but I can't help with that."
CHARS_PER_TOKEN = 4
REASONING = "The fields are clear; I choose numbers that work out and check them once more."


class Asked(Struct, frozen=True, kw_only=True):
    """A request, whatever its dialect. `form` is how a record is asked for, `tool` the only tool it may hand it to."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Any] | None
    max_tokens: int
    seed: int
    stream: bool = False
    usage_in_stream: bool = True
    form: str = "prompt"
    tool: str | None = None

    @property
    def tokens_in(self) -> int:
        """About how many tokens were sent."""
        return sum(len(str(message.get("content") or "")) for message in self.messages) // CHARS_PER_TOKEN + 1


class Said(Struct, frozen=True, kw_only=True):
    """An answer, before it is put into a dialect."""

    text: str
    finish_reason: str = "stop"
    reasoning: str | None = None

    @property
    def tokens_out(self) -> int:
        """About how many tokens that is, the reasoning included."""
        return (len(self.text) + len(self.reasoning or "")) // CHARS_PER_TOKEN + 1


def seed_of(messages: Sequence[Mapping[str, Any]]) -> int:
    """A seed from what was said, for requests that name none."""
    return int.from_bytes(hashlib.sha256(json.dumps(messages, default=str).encode()).digest()[:4], "big")


def say(asked: Asked, scenario: Scenario) -> Said:
    """The same answer for the same request and scenario."""
    chance = Random(asked.seed * 31 + scenario.seed)
    reasoning = _thought(asked.seed) if scenario.reasoning else None
    schema = asked.schema or schema_in(asked.messages) or fields_in(asked.messages)
    if schema is None:
        seed = _seed(asked.seed, scenario, chance)
        told = texts.statement(scene(DOMAIN, Random(seed)), Random(seed))
        return _cut(Said(text=told, reasoning=reasoning), asked)
    count = _count(asked.messages)
    if count is None:
        return _cut(
            Said(text=_record(asked.messages, schema, asked.seed, scenario, chance), reasoning=reasoning), asked
        )
    wanted = records.item(schema) if record_key(1) in schema["properties"] else schema
    seeds = [request_seed(asked.seed, 1, place) for place in range(count)]
    made = [_record(asked.messages, wanted, seed, scenario, chance) for seed in seeds]
    return _cut(Said(text=records.several(made), reasoning=reasoning), asked)


def _record(
    messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any], seed: int, scenario: Scenario, chance: Random
) -> str:
    """One record as it is said."""
    invalid, repeats = chance.random() < scenario.invalid, chance.random()
    made = _made(messages, scenario, schema, _seed(seed, scenario, chance, repeats))
    if made is None:
        return DECLINES
    if scenario.duplicate <= repeats < scenario.duplicate + scenario.near_duplicate:
        made = faults.slightly_changed(made, chance)
    return chance.choice(faults.SPOILS)(made, chance) if invalid else faults.text_of(made)


def _seed(seed: int, scenario: Scenario, chance: Random, repeats: float = 1.0) -> int:
    """What the record is made of; one of a few where it is to repeat another."""
    if repeats < scenario.duplicate + scenario.near_duplicate:
        seed = chance.randrange(REPEATED)
    return seed % scenario.answers if scenario.answers else seed


def _count(messages: Sequence[Mapping[str, Any]]) -> int | None:
    """How many records the messages ask for; None where they ask for one."""
    found = [_SEVERAL.search(str(message.get("content") or "")) for message in messages]
    return next((int(match.group(1)) for match in found if match), None)


def _made(
    messages: Sequence[Mapping[str, Any]], scenario: Scenario, schema: Mapping[str, Any], seed: int
) -> dict[str, Any] | None:
    """The record, as the habits of the teacher have it; None where it declines."""

    def make(domain: str, number: int) -> dict[str, Any]:
        return records.record(schema, domain, number)

    if scenario.collapse is None and scenario.bias is None:
        return make(DOMAIN, seed)
    chance = Random(seed)
    if set(schema["properties"]) == {"topics"}:
        return {"topics": teachers.division(messages, chance)}
    if scenario.collapse is not None:
        return teachers.collapsed(scenario.collapse, messages, DOMAIN, make, chance)
    assert scenario.bias is not None
    return teachers.biased(scenario.bias, messages, make, chance)


def _thought(seed: int) -> str:
    chance = Random(seed)
    return f"{REASONING} {texts.reasoning(scene(DOMAIN, chance), chance)}"


def fields_in(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """A JSON Schema for a record that the messages ask for in words: `- "name": type; what it is` on a line each."""
    found = [
        (match.group(1), match.group(2))
        for message in messages
        for match in _WORDED.finditer(str(message.get("content") or ""))
    ]
    return {"properties": {name: {"type": kind} for name, kind in found}} if found else None


def schema_in(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """A JSON Schema of an object written out in the messages, as clients do that cannot send it otherwise."""
    decoder = json.JSONDecoder()
    for message in messages:
        text = str(message.get("content") or "")
        at = text.find("{")
        while at >= 0:
            try:
                found, end = decoder.raw_decode(text, at)
            except ValueError:
                end = at + 1
            else:
                if isinstance(found, dict) and found.get("type") == "object" and found.get("properties"):
                    return found
            at = text.find("{", end)
    return None


def _cut(said: Said, asked: Asked) -> Said:
    if said.tokens_out <= asked.max_tokens:
        return said
    return Said(text=said.text[: asked.max_tokens * CHARS_PER_TOKEN - 4], finish_reason="length")
