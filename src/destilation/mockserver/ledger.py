"""What the server charged, for whom to compare with what a client believes it spent."""

from collections import Counter

from destilation.core.job import Price


class Ledger:
    """Sums of requests, tokens and US dollars, and how often each outcome came."""

    def __init__(self, price: Price | None) -> None:
        self._price = price or Price()
        self.requests = self.answers = self.tokens_in = self.tokens_out = 0
        self.usd = 0.0
        self.outcomes: Counter[str] = Counter()

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """What an answer of that size costs, in US dollars."""
        return self._price.cost(tokens_in, tokens_out)

    def charge(self, tokens_in: int, tokens_out: int) -> None:
        """An answer was made."""
        self.answers += 1
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.usd += self.cost(tokens_in, tokens_out)

    def summary(self) -> dict[str, object]:
        """As `GET /ledger` gives it."""
        return {
            "requests": self.requests,
            "answers": self.answers,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "usd": round(self.usd, 9),
            "outcomes": dict(self.outcomes.most_common()),
        }
