"""Does each topic get its share from a teacher that has favourites? Real HTTP, over loopback.

The mock server's biased teacher (docs/mock-server.md) answers four times in ten about one of its favourite topics, and
declines half of the time about three topics in ten; asked about no topic in particular it chooses by a Zipf law. What a
sample is about is what its text says, not what was asked for. The same job is run with topics, and without:

    .venv/bin/python -m benchmarks.coverage [--target 2000]
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from pathlib import Path

from msgspec import Struct

from benchmarks.tally import job
from destilation.core.topics import outline
from destilation.mockserver.scenario import Bias, Scenario
from destilation.mockserver.server import MockServer
from destilation.mockserver.teachers import subjects

MOST_OFF = 0.20  # of a leaf's share


class Leaf(Struct, frozen=True):
    """What a topic should have, what was asked for it and accepted, and how many texts are really about it."""

    name: str
    planned: float
    asked: int
    about: int

    @property
    def off(self) -> float:
        """How far it is from its share, as a part of that."""
        return abs(self.about - self.planned) / self.planned


class Outcome(Struct, frozen=True):
    """How a run ended, and how all its topics stand; `elsewhere` counts texts about no topic of the plan."""

    accepted: int
    requests: int
    exit_code: int
    leaves: list[Leaf]
    elsewhere: int

    @property
    def worst(self) -> Leaf:
        """The topic that is furthest from its share."""
        return max(self.leaves, key=lambda leaf: leaf.off)


async def ask(target: int, topics: str, seed: int) -> Outcome:
    """The job asked of a new server."""
    with tempfile.TemporaryDirectory() as place:
        async with MockServer(Scenario(seed=seed, bias=Bias())) as server:
            table: dict[str, object] = {"kind": "openai", "base_url": f"{server.address}/v1", "model": "mock-small"}
            report = await job(
                Path(place),
                {"teacher": {**table, "api_key_env": "MOCK_KEY"}},
                name="coverage", target=target, template="simple_qa", mix=[{"provider": "teacher"}], concurrency=16,
                durability="none", max_requests=6 * target, topics=topics, seed=seed,
            )  # fmt: skip
            return read(report.folder, target, report.exit_code, server.ledger.requests)


def read(folder: Path, target: int, exit_code: int, requests: int) -> Outcome:
    """What the files of a folder say; without a tree, each thing that the teacher knows of is a topic."""
    texts = [json.loads(line)["question"] for line in (folder / "samples.jsonl").read_text().splitlines()]
    origins = [json.loads(line) for line in (folder / "provenance.jsonl").read_text().splitlines()]
    tree = folder / "topics.txt"
    if tree.exists():
        shares = {leaf.path[-1]: leaf.share for leaf in outline.parse(tree.read_text()).leaves}
    else:
        shares = dict.fromkeys(subjects(), 1 / len(subjects()))
    asked = Counter(origin["topic"][-1] for origin in origins if "topic" in origin)
    about = Counter(subject for text in texts if (subject := subject_of(text, shares)))
    leaves = [Leaf(name, share * target, asked[name], about[name]) for name, share in shares.items()]
    return Outcome(len(texts), requests, exit_code, leaves, len(texts) - sum(about.values()))


def subject_of(text: str, names: dict[str, float]) -> str | None:
    """The topic that a text of the teacher is about: the longest name that stands in it."""
    return max((name for name in names if name in text), key=len, default=None)


def main() -> None:
    """Reads the options and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(
        f"{'way of asking':16} {'accepted':>8} {'requests':>8} {'exit':>4} {'topics':>6} {'within 20 %':>11} worst topic"
    )
    outcomes = [asyncio.run(ask(given.target, topics, given.seed)) for topics in ("auto", "none")]
    for way, outcome in zip(("topics and axes", "axes alone"), outcomes, strict=True):
        near, worst = sum(leaf.off <= MOST_OFF for leaf in outcome.leaves), outcome.worst
        print(
            f"{way:16} {outcome.accepted:8,} {outcome.requests:8,} {outcome.exit_code:4} {len(outcome.leaves):6} "
            f"{near:11} {worst.about} of {worst.planned:.1f} planned ({worst.asked} asked for): {worst.name}"
        )
    print(f"texts about no topic of the plan, with topics: {outcomes[0].elsewhere}")
    off = outcomes[0].worst.off
    print(
        f"furthest from its share: {off:.1%}, at most {MOST_OFF:.0%} wanted: {'kept' if off <= MOST_OFF else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
