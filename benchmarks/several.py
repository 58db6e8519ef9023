"""What several records per request save: requests and tokens per accepted sample, beside one per request.

Against the simulated server, over real HTTP. With --base-url and --model it asks a server of yours instead, and then
the distinctness of what comes back means something too.
"""

import argparse
import asyncio
import json
import os
import tempfile
from pathlib import Path

import msgspec

from benchmarks.tally import job
from destilation.core.diversity import diversity
from destilation.launch.run import Report
from destilation.mockserver.scenario import Scenario
from destilation.mockserver.server import MockServer

SERVER = {"invalid": 0.05, "near_duplicate": 0.05, "seed": 3}


async def one(folder: Path, template: str, many: int, target: int, args: argparse.Namespace) -> Report:
    """A job that asks for so many at a time."""
    name = f"{template}-{many}"
    more = {"name": name, "template": template, "target": target, "per_request": many}
    if args.base_url:
        key = {"api_key_env": args.key_env} if args.key_env else {}
        table: dict[str, object] = {"kind": "openai", "base_url": args.base_url, "model": args.model, **key}
        return await job(folder, {"far": table}, **more)
    async with MockServer(msgspec.convert(SERVER, Scenario)) as server:
        table = {"kind": "openai", "base_url": f"{server.address}/v1", "model": "mock-small"}
        return await job(folder, {"far": table}, **more)


def figures(report: Report) -> tuple[float, float, float, float, float]:
    """Requests, tokens in, tokens out, answers refused per accepted sample; distinct two-word sequences."""
    told, accepted = report.metadata, max(report.accepted, 1)
    requests = sum(each["requests"] for each in told["providers"].values())  # type: ignore[attr-defined]
    tokens: dict[str, int] = told["tokens"]  # type: ignore[assignment]
    refused = sum(report.reasons.values())
    lines = (report.folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    return (
        requests / accepted,
        tokens["in"] / accepted,
        tokens["out"] / accepted,
        refused / accepted,
        diversity(questions).distinct_2,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=int, default=1_000)
    parser.add_argument("--base-url")
    parser.add_argument("--model", default="")
    parser.add_argument("--key-env", default="", help="the environment variable that holds the key")
    args = parser.parse_args()
    if args.key_env and args.key_env not in os.environ:
        parser.error(f"{args.key_env} is not set")
    print("template        k  samples  requests  tokens in  tokens out  refused  (per sample)  distinct-2")
    for template in ("simple_qa", "reasoning"):
        for many in (1, 3, 5, 10):
            with tempfile.TemporaryDirectory() as folder:
                report = asyncio.run(one(Path(folder), template, many, args.target, args))
                requests, into, out, refused, different = figures(report)
            print(
                f"{template:<14} {many:>2} {report.accepted:>8,} {requests:>9.3f} {into:>10.0f} {out:>11.0f} "
                f"{refused:>8.3f} {different:>26.3f}"
            )


if __name__ == "__main__":
    main()
