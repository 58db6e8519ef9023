"""Vectors without a model: texts that share words are near each other. The mock server answers with them, too."""

import hashlib
import math
from collections.abc import Awaitable, Callable
from random import Random

import msgspec

from destilation.core.dedup.normal import tokens
from destilation.core.job import MockSpec
from destilation.core.provider import Completion, Prompt, Way
from destilation.errors import TransientProviderError
from destilation.providers.embedding import completion_in, text_in

SIZE = 64
_CHARS_PER_TOKEN = 4


def vector_of(text: str) -> list[float]:
    """A vector of length 1: each word of the text adds a direction of its own."""
    total = [0.0] * SIZE
    for word in tokens(text).words or (b"",):
        bits = int.from_bytes(hashlib.blake2b(word, digest_size=SIZE // 8).digest(), "big")
        for place in range(SIZE):
            total[place] += 1.0 if bits >> place & 1 else -1.0
    length = math.sqrt(math.fsum(number * number for number in total)) or 1.0
    return [round(number / length, 6) for number in total] if any(total) else [1.0] + [0.0] * (SIZE - 1)


class MockEmbedder:
    """Answers with `vector_of`; fails and takes its time as its specification says."""

    def __init__(self, spec: MockSpec, label: str, model: str, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.label = label
        self._spec = spec
        self._model = model
        self._sleep = sleep
        self._failed = 0

    @property
    def way(self) -> Way:
        """There is but one."""
        return Way()

    def sure(self, prompt: Prompt) -> bool:
        """It is always known how to ask it."""
        return True

    async def complete(self, prompt: Prompt) -> Completion:
        """Answer after the latency, or raise TransientProviderError."""
        await self._sleep(self._spec.latency_s)
        if Random(prompt.seed * 31 + self._failed * 7_919).random() < self._spec.failing:
            self._failed += 1
            raise TransientProviderError("the mock was told to fail", status=500)
        text = text_in(prompt)
        count, price = len(text) // _CHARS_PER_TOKEN + 1, prompt_price(self._spec)
        usage = {"prompt_tokens": count, "cost": count * price}
        document = {"data": [{"embedding": vector_of(text)}], "usage": usage}
        return msgspec.structs.replace(completion_in(document, msgspec.json.encode(document)), model=self._model)


def prompt_price(spec: MockSpec) -> float:
    """US dollars for a token."""
    return spec.price.input_per_mtok / 1e6 if spec.price else 0.0
