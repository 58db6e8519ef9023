"""What a request to one entry of the mix can cost at most. Knows no currency but US dollars, and no provider.

Tokens in are bounded by bytes (no tokenizer makes more tokens than bytes) plus what chat templates add, tokens
out by `max_tokens`. Where no price was told, replies that name their cost bound it: prices are not negative,
so a reply of cost c with i tokens in and o out proves at most c/i for a token in and c/o for a token out.
"""

import math

from destilation.core.job import Price
from destilation.core.provider import Prompt, Usage, Wording
from destilation.core.spend import Charge

MESSAGE_TOKENS = 16
REQUEST_TOKENS = 64


class Tariff:
    """Bounds and settles the cost of requests to one model.

    `price` is None where it is not known; `free` says that nothing is charged unless a reply says otherwise.
    """

    def __init__(self, price: Price | None, max_tokens: int, *, free: bool = False) -> None:
        known = price is not None or free
        self._in = price.input_per_mtok / 1e6 if price else 0.0 if free else math.inf
        self._out = price.output_per_mtok / 1e6 if price else 0.0 if free else math.inf
        self._learns = price is None
        self._known = known
        self._max_tokens = max_tokens
        self._dearer = 1.0

    def worst(self, prompt: Prompt) -> Charge:
        """The most that the prompt can cost; infinitely many dollars while nothing is known."""
        tokens = prompt_tokens(prompt)
        usd = (tokens * self._in + self._max_tokens * self._out) * self._dearer if self._known else math.inf
        return Charge(usd, tokens + self._max_tokens)

    def learn(self, worst: Charge, usage: Usage) -> None:
        """What a reply says of the prices; a reply that cost more than the worst makes the next worst worse."""
        cost = usage.cost_usd or 0.0
        if self._learns and (cost > 0 or not self._known):
            first = not self._known or not self._out
            told = (cost / max(usage.tokens_in, 1), cost / max(usage.tokens_out, 1))
            self._in, self._out = told if first else (min(self._in, told[0]), min(self._out, told[1]))
            self._known = True
        if math.isfinite(worst.usd) and cost > worst.usd > 0:
            self._dearer *= cost / worst.usd


def prompt_tokens(prompt: Prompt) -> int:
    """The most tokens that a prompt can be, its schema included."""
    plain = _tokens(prompt.wording(native=False))
    return plain if prompt.native is None else max(plain, _tokens(prompt.native))


def _tokens(wording: Wording) -> int:
    said = sum(_bytes(message.content) for message in wording.messages)
    schema = 0 if wording.shape is None else wording.shape.size
    return said + schema + MESSAGE_TOKENS * len(wording.messages) + REQUEST_TOKENS


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
