"""Does the spend cap hold? Runs against the mock server with random prices, caps and faults, over real HTTP.

The server keeps its own ledger. Prints the most and the least of the caps that it charged.
"""

import argparse
import asyncio
import random
import tempfile
from pathlib import Path

import msgspec

from benchmarks.tally import job
from destilation.core.job import Price
from destilation.mockserver.scenario import Scenario
from destilation.mockserver.server import MockServer

FAULTS = ("429_float", "500", "503", "html", "truncated", "error_200", "reset", "reset_mid_body", "short_body")
MAX_TOKENS = 400


async def one(seed: int, folder: Path) -> tuple[float, float, str]:
    """The share of the cap that the server charged, the share that was counted, and how it ended."""
    chance = random.Random(seed)
    price = Price(chance.uniform(0.1, 5), chance.uniform(0.5, 20))
    answer = price.cost(400, 150)
    cap = answer * chance.uniform(300, 600)
    server = MockServer(
        msgspec.convert(
            {
                "seed": seed,
                "price": price,
                "latency_s": 0.005,
                "report_cost": chance.random() < 0.5,
                "charge_lost": chance.random() < 0.8,
                "rpm": chance.choice((0, 30_000)),
                "invalid": chance.uniform(0, 0.1),
                "faults": {name: chance.uniform(0, 0.004) for name in chance.sample(FAULTS, 4)},
            },
            Scenario,
        )
    )
    told = chance.choice(("config", "list"))
    async with server:
        table: dict[str, object] = {
            "kind": chance.choice(("openai", "openrouter")),
            "base_url": f"{server.address}/v1",
            "model": "mock-small",
            "api_key_env": "MOCK_KEY",
            "timeout_s": 10.0,
        }
        if told == "config":
            table["price"] = {"input_per_mtok": price.input_per_mtok, "output_per_mtok": price.output_per_mtok}
        mix = [{"provider": "far", "model": "mock-small", "max_tokens": MAX_TOKENS}]
        report = await job(
            folder, {"far": table}, name=str(seed), target=1_000_000, budget_usd=cap, concurrency=16, mix=mix,
            template=chance.choice(("simple_qa", "reasoning")),
        )  # fmt: skip
        return server.ledger.usd / cap, float(str(report.metadata["cost_usd"])) / cap, report.state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    given = parser.parse_args()
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.runs):
            charged, counted, state = asyncio.run(one(seed, Path(folder)))
            shares.append(charged)
            print(f"run {seed:3}: charged {charged:7.2%} of the cap, counted {counted:7.2%}, {state}", flush=True)
    print(f"{given.runs} runs: the server charged {min(shares):.2%} to {max(shares):.2%} of the cap", flush=True)


if __name__ == "__main__":
    main()
