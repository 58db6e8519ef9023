"""Does steering get a whole dataset out of a teacher that has 30 answers to a prompt? Real HTTP, over loopback.

The mock server's collapsed teacher (docs/mock-server.md) draws one of 30 answers to each prompt from a Zipf
distribution and words it a little differently. It is asked for the same job with topics and axes, and with a prompt that
is always the same. Requests are those that the server counted: topics, retries and all. Each row is a way of asking:

    .venv/bin/python -m benchmarks.collapse [--target 5000] [--template simple_qa] [--neighbours 0 3]

With `--neighbours` it compares how many accepted neighbours a prompt shows, also where topics alone steer.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from benchmarks.tally import job
from destilation.core.catalogue import find
from destilation.mockserver.scenario import Collapse, Scenario
from destilation.mockserver.server import MockServer

MOST_REQUESTS = 1.25  # for each accepted sample


class Row(Struct, frozen=True):
    """How one way of asking ended; tokens are those that were sent."""

    way: str
    accepted: int
    requests: int
    tokens_in: int
    exit_code: int
    seconds: float

    @property
    def told(self) -> str:
        """A line of the table."""
        each, tokens = self.requests / max(1, self.accepted), self.tokens_in / max(1, self.accepted)
        return (
            f"{self.way:44} {self.accepted:8,} {self.requests:8,} {each:9.3f} {tokens:12,.0f} {self.exit_code:4} "
            f"{self.seconds:7.1f}"
        )


HEAD = (
    f"{'way of asking':44} {'accepted':>8} {'requests':>8} {'each':>9} {'tokens each':>12} {'exit':>4} {'seconds':>7}"
)


async def ask(way: str, target: int, template: str, seed: int, **values: object) -> Row:
    """The job asked of a new server in that way."""
    with tempfile.TemporaryDirectory() as folder:
        async with MockServer(Scenario(seed=seed, collapse=Collapse())) as server:
            table: dict[str, object] = {"kind": "openai", "base_url": f"{server.address}/v1", "model": "mock-small"}
            report = await job(
                Path(folder),
                {"teacher": {**table, "api_key_env": "MOCK_KEY"}},
                name="collapse", target=target, template=template, mix=[{"provider": "teacher"}], concurrency=16,
                durability="none", max_requests=4 * target, seed=seed, **values,
            )  # fmt: skip
            ledger = server.ledger
            return Row(way, report.accepted, ledger.requests, ledger.tokens_in, report.exit_code, report.seconds)


def without_axes(template: str) -> Mapping[str, list[str]]:
    """The axes of a built-in template, switched off."""
    found = find(template)
    assert found is not None
    return {name: [] for name in found.axes}


async def measure(target: int, template: str, neighbours: list[int], seed: int = 1) -> list[Row]:
    """The rows of the table: steered first, the constant prompt second."""
    constant: dict[str, object] = {"topics": "none", "axes": without_axes(template)}
    rows = [
        await ask("topics and axes", target, template, seed),
        await ask("one prompt for all", target, template, seed, **constant),
    ]
    for count in neighbours:
        alone = {"axes": without_axes(template)}
        rows += [
            await ask(f"topics and axes, {count} neighbours", target, template, seed, neighbours=count),
            await ask(f"topics alone, {count} neighbours", target, template, seed, neighbours=count, **alone),
        ]
    return rows


def main() -> None:
    """Reads the options and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=int, default=5_000)
    parser.add_argument("--template", default="simple_qa")
    parser.add_argument("--neighbours", type=int, nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rows = asyncio.run(measure(given.target, given.template, given.neighbours, given.seed))
    print(HEAD)
    for row in rows:
        print(row.told)
    steered = rows[0]
    each = steered.requests / max(1, steered.accepted)
    kept = steered.exit_code == 0 and each <= MOST_REQUESTS
    print(
        f"requests for each accepted sample: {each:.3f}, at most {MOST_REQUESTS} wanted: {'kept' if kept else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
