"""The mock as a Provider: draws from each prompt's seed whether to fail, to spoil, to repeat, or to answer well."""

from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from destilation.core.job import MockSpec
from destilation.core.provider import TEXT, Completion, Prompt, Usage, Way
from destilation.core.task import request_seed
from destilation.errors import TransientProviderError
from destilation.providers.mock import faults, records, texts
from destilation.providers.mock.scene import scene

DIALECT = "mock"
REPEATED = 50
PLAIN = {"properties": {"answer": {"type": "string"}}}
_WRAPPED = 0.12
_RETRY_AFTER_S = 0.05
_CHARS_PER_TOKEN = 4


class _Reply(Struct, frozen=True, omit_defaults=True):
    """What stands in the ledger."""

    text: str
    finish_reason: str
    tokens_in: int
    tokens_out: int
    cost_usd: float
    reasoning: str | None = None


class MockProvider:
    """A provider that needs no network: the same prompt gets the same outcome everywhere.

    Only a request that failed is drawn anew when it is made again, so that nothing fails for ever.
    """

    def __init__(self, spec: MockSpec, label: str, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.label = label
        self._spec = spec
        self._sleep = sleep
        self._failed: dict[tuple[int, int], int] = {}

    @property
    def way(self) -> Way:
        """It takes every way."""
        return Way(reasoning="native") if self._spec.reasoning else Way()

    def sure(self, prompt: Prompt) -> bool:
        """It is always known how to ask it."""
        return True

    async def complete(self, prompt: Prompt) -> Completion:
        """Answer after the latency, or raise TransientProviderError, as the seed has it."""
        spec, key = self._spec, (prompt.task.number, prompt.attempt)
        chance = Random(prompt.seed * 31 + self._failed.get(key, 0) * 7_919)
        await self._sleep(spec.latency_s * (0.8 + 0.4 * chance.random()) if spec.latency_s else 0.0)
        if chance.random() < spec.failing:
            self._failed[key] = self._failed.get(key, 0) + 1
            raise TransientProviderError("the mock was told to fail", status=500)
        if chance.random() < spec.rate_limited:
            self._failed[key] = self._failed.get(key, 0) + 1
            raise TransientProviderError(
                "the mock was told to refuse", status=429, retry_after=_RETRY_AFTER_S, throttled=True
            )
        self._failed.pop(key, None)
        text, finish_reason = self._answer(prompt, chance)
        reasoning = _thought(prompt) if self._spec.reasoning and prompt.native is not None else None
        return self._completion(prompt, text, finish_reason, reasoning)

    def _answer(self, prompt: Prompt, chance: Random) -> tuple[str, str]:
        shape, domain = prompt.wording(native=self._spec.reasoning).shape, prompt.task.domain
        if shape is None:
            return self._record(PLAIN, domain, prompt.seed, chance, plain=True)
        if prompt.records == 1:
            return self._record(shape.schema, domain, prompt.seed, chance)
        seeds = [request_seed(prompt.seed, prompt.task.number, place) for place in range(prompt.records)]
        schema = records.item(shape.schema)
        return records.several([self._record(schema, domain, seed, chance)[0] for seed in seeds]), "stop"

    def _record(
        self, schema: Mapping[str, Any], domain: str, seed: int, chance: Random, *, plain: bool = False
    ) -> tuple[str, str]:
        """One record as it is said, and why the answer ends with it."""
        spec = self._spec
        invalid, repeats = chance.random() < spec.invalid, chance.random()
        if repeats < spec.duplicate + spec.near_duplicate:
            seed = chance.randrange(REPEATED)
        if spec.answers:
            seed %= spec.answers
        made = records.record(schema, domain, seed)
        if plain:
            return (made["answer"], "stop") if not invalid else ("", chance.choice(("stop", "length")))
        if spec.duplicate <= repeats < spec.duplicate + spec.near_duplicate:
            made = faults.slightly_changed(made, chance)
        if invalid:
            spoil = chance.choice(faults.SPOILS)
            return spoil(made, chance), chance.choice(("stop", "stop", "length"))
        text = faults.text_of(made)
        return (chance.choice(faults.WRAPS)(text) if chance.random() < _WRAPPED else text), "stop"

    def _completion(self, prompt: Prompt, text: str, finish_reason: str, reasoning: str | None) -> Completion:
        tokens_in = sum(len(message.content) for message in prompt.messages) // _CHARS_PER_TOKEN
        thought = len(reasoning or "") // _CHARS_PER_TOKEN
        tokens_out = len(text) // _CHARS_PER_TOKEN + 1 + thought
        cost = self._spec.price.cost(tokens_in, tokens_out) if self._spec.price else 0.0
        reply = _completion(_Reply(text, finish_reason, tokens_in, tokens_out, cost, reasoning))
        plain = prompt.wording(native=self._spec.reasoning).shape is None
        return replace(reply, mode=TEXT) if plain else reply


def _thought(prompt: Prompt) -> str:
    chance = Random(prompt.seed + 1)
    return texts.reasoning(scene(prompt.task.domain, chance), chance)


def read(body: bytes) -> Completion:
    """The Completion that a stored reply stands for; the inverse of its `body`."""
    return _completion(msgspec.json.decode(body, type=_Reply))


def _completion(reply: _Reply) -> Completion:
    return Completion(
        text=reply.text,
        dialect=DIALECT,
        body=msgspec.json.encode(reply),
        model="mock",
        finish_reason=reply.finish_reason,
        reasoning=reply.reasoning,
        usage=Usage(reply.tokens_in, reply.tokens_out, len(reply.reasoning or "") // _CHARS_PER_TOKEN, reply.cost_usd),
        mode="json_schema",
    )
