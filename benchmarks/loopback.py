"""Budget use, a cliff and an outage over real HTTP: the engine and a client with back-off against mock servers.

All cases run at the same time, each against a server process of its own; the numbers are the servers' own.
"""

import argparse
import asyncio
import json
import random
import urllib.request
from collections import Counter
from contextlib import ExitStack
from typing import Any

import aiohttp

from benchmarks.simulated import PROMPT, governed, now
from destilation.core.job import OpenAISpec, Price, Share
from destilation.core.pacing.governor import Governor, Limits
from destilation.core.provider import Provider
from destilation.core.tariff import Tariff
from destilation.engine.pool import Entry
from destilation.providers.registry import Registry
from tests.mockserver.running import served

START_S = 30.0
CASES: dict[str, tuple[tuple[str, ...], float | None]] = {
    "6,000 rpm, told": (("rpm=6000", "latency_s=0.5"), 6_000.0),
    "6,000 rpm": (("rpm=6000", "latency_s=0.5"), None),
    "6,000 rpm, headers": (("rpm=6000", "latency_s=0.5", "limit_headers=true"), None),
    "6,000 rpm, Retry-After in s": (("rpm=6000", "latency_s=0.5", 'retry_after="seconds"'), None),
}
CLIFF = ("latency_s=0.5", "cliff=32", "cliff_power=2.0")
OUTAGES = "outages=[{at=60, seconds=60}, {at=150, seconds=30}]"


def counts(address: str) -> Counter[str]:
    with urllib.request.urlopen(f"{address}/ledger", timeout=10) as reply:
        return Counter(json.load(reply)["outcomes"])


def opened(registry: Registry, address: str, name: str) -> Provider:
    spec = OpenAISpec(name=name, base_url=f"{address}/v1", timeout_s=30.0)
    return registry.open(spec, Share(provider=name, model="mock-small", max_tokens=400), name)


async def measured(address: str, seconds: float, work: Any) -> tuple[int, int]:
    """Answers and refusals after the start, until the end."""
    loop = asyncio.get_running_loop()
    before: list[Counter[str]] = []

    async def look() -> None:
        await asyncio.sleep(START_S)
        before.append(await loop.run_in_executor(None, counts, address))

    await asyncio.gather(look(), work)
    after = await loop.run_in_executor(None, counts, address)
    return after["answer"] - before[0]["answer"], after["429"] - before[0]["429"]


async def fixed(address: str, seconds: float, workers: int) -> None:
    """So many workers, each with exponential back-off and full jitter."""
    body = {
        "model": "mock-small",
        "messages": [{"role": each.role, "content": each.content} for each in PROMPT.messages],
    }
    end, chance = now() + seconds, random.Random(1)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def work() -> None:
            failures = 0
            while now() < end:
                async with session.post(f"{address}/v1/chat/completions", json=body) as reply:
                    await reply.read()
                    failures = 0 if reply.status == 200 else failures + 1
                if failures:
                    await asyncio.sleep(chance.random() * min(60.0, 2.0**failures))

        await asyncio.gather(*(work() for _ in range(workers)))


async def budget(name: str, address: str, told: float | None, seconds: float, registry: Registry) -> str:
    entry = Entry(
        opened(registry, address, name), Governor(Limits(first=256, most=1000, rpm=told), now()), Tariff(Price(), 400)
    )
    answers, refused = await measured(address, seconds, governed([entry], seconds, workers=200))
    return line(name, "governor", answers, refused, seconds)


async def beside(name: str, address: str, workers: int, seconds: float) -> str:
    answers, refused = await measured(address, seconds, fixed(address, seconds, workers))
    return line(name, f"{workers} + back-off", answers, refused, seconds)


def line(name: str, client: str, answers: int, refused: int, seconds: float) -> str:
    allowed = 100 * (seconds - START_S)
    return (
        f"{name:30} {client:16} {answers / allowed:8.1%} of the limit, {refused / max(answers + refused, 1):6.2%} 429"
    )


async def cliff(addresses: dict[int, str], ours: str, seconds: float, registry: Registry) -> str:
    entry = Entry(opened(registry, ours, "cliff"), Governor(Limits(first=256, most=1000), now()), Tariff(Price(), 400))
    found, *sweep = await asyncio.gather(
        measured(ours, seconds, governed([entry], seconds, workers=300)),
        *(measured(address, seconds, fixed(address, seconds, workers)) for workers, address in addresses.items()),
    )
    best = max(answers for answers, _ in sweep)
    at = next(workers for workers, (answers, _) in zip(addresses, sweep, strict=True) if answers == best)
    return f"{'cliff beyond 32':30} {'governor':16} {found[0] / best:8.1%} of the best fixed concurrency ({at})"


async def outage(addresses: tuple[str, str], seconds: float, registry: Registry) -> str:
    entries = [
        Entry(
            opened(registry, address, name),
            Governor(Limits(first=256, most=1000, rpm=1_800), now()),
            Tariff(Price(), 400),
        )
        for name, address in zip(("dies", "lives"), addresses, strict=True)
    ]
    dead = sum(min(seconds, at + length) - min(seconds, at) for at, length in ((60, 60), (150, 30)))
    await governed(entries, seconds, workers=200)
    dies = (await asyncio.get_running_loop().run_in_executor(None, counts, addresses[0]))["answer"]
    lives = (await asyncio.get_running_loop().run_in_executor(None, counts, addresses[1]))["answer"]
    lost = 1 - dies / (30 * (seconds - dead))
    return f"{'an outage of 60 s and of 30 s':30} {'governor':16} {lost:8.1%} of its share outside lost; the other answered {lives / (30 * seconds):.1%}"


async def main(seconds: float) -> None:
    with ExitStack() as stack:

        def serve(*settings: str) -> str:
            return stack.enter_context(served(*settings))

        async with Registry({}) as registry:
            jobs = [budget(name, serve(*settings), told, seconds, registry) for name, (settings, told) in CASES.items()]
            jobs += [beside("6,000 rpm", serve("rpm=6000", "latency_s=0.5"), workers, seconds) for workers in (64, 200)]
            sweep = {workers: serve(*CLIFF) for workers in (16, 24, 32, 40, 64)}
            jobs.append(cliff(sweep, serve(*CLIFF), seconds, registry))
            jobs.append(outage((serve("latency_s=0.5", OUTAGES), serve("latency_s=0.5")), seconds, registry))
            for each in asyncio.as_completed(jobs):
                print(await each, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=210.0)
    asyncio.run(main(parser.parse_args().seconds))
