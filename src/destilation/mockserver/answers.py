"""What the mock server's models say: the mock's records for the schema that was asked for. Knows no HTTP."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from msgspec import Struct

from destilation.mockserver.scenario import Scenario
from destilation.providers.mock import faults, texts
from destilation.providers.mock.provider import REPEATED
from destilation.providers.mock.records import record
from destilation.providers.mock.scene import scene

DOMAIN = "the subject"
CHARS_PER_TOKEN = 4
REASONING = "The fields are clear; I choose numbers that work out and check them once more."


class Asked(Struct, frozen=True, kw_only=True):
    """A request, whatever its dialect."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Any] | None
    max_tokens: int
    seed: int
    stream: bool = False
    usage_in_stream: bool = True

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
    invalid, repeats = chance.random() < scenario.invalid, chance.random()
    seed = asked.seed
    if repeats < scenario.duplicate + scenario.near_duplicate:
        seed = chance.randrange(REPEATED)
    if scenario.answers:
        seed %= scenario.answers
    reasoning = REASONING if scenario.reasoning else None
    schema = asked.schema or schema_in(asked.messages)
    if schema is None:
        told = texts.statement(scene(DOMAIN, Random(seed)), Random(seed))
        return _cut(Said(text=told, reasoning=reasoning), asked)
    made = record(schema, DOMAIN, seed)
    if scenario.duplicate <= repeats < scenario.duplicate + scenario.near_duplicate:
        made = faults.slightly_changed(made, chance)
    if invalid:
        return _cut(Said(text=chance.choice(faults.SPOILS)(made, chance), reasoning=reasoning), asked)
    return _cut(Said(text=faults.text_of(made), reasoning=reasoning), asked)


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
