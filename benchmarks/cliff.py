"""Throughput of a server that slows down beyond 32 in flight, limit unknown: beside the best fixed concurrency.

In virtual time. The sweep is made in the same run.
"""

import random
from collections.abc import Callable

from benchmarks.simulated import Open, Server, backing_off, entry, governed
from destilation.core.pacing.governor import Limits
from tests.engine.virtual_time import run_virtual

KNEE = 32
SECONDS, START_S = 210.0, 30.0
SWEEP = (1, 2, 4, 8, 12, 16, 24, 32, 40, 48, 64, 96, 128, 192, 256)
KINDS: dict[str, Callable[[int], float]] = {
    "twice as slow beyond 32": lambda busy: 2.0 if busy > KNEE else 1.0,
    "a queue beyond 32": lambda busy: max(1.0, busy / KNEE),
    "twice as slow for every 32 more": lambda busy: 2.0 ** max(0.0, (busy - KNEE) / KNEE),
    "slower with the square beyond 32": lambda busy: max(1.0, (busy / KNEE) ** 2),
}


def latency(slower: Callable[[int], float]) -> Callable[[int, random.Random], float]:
    return lambda busy, chance: slower(busy) * 0.5 * (0.8 + 0.4 * chance.random())


def main() -> None:
    print(f"{'server':34} {'best fixed':>12} {'a second':>9} {'governor':>9} {'of the best':>11} {'median s':>9}")
    for name, slower in KINDS.items():
        best = (0.0, 0)
        for workers in SWEEP:
            server = Server(Open(), latency(slower))

            async def fixed(server: Server = server, workers: int = workers) -> None:
                await backing_off(server, 60.0, workers)

            run_virtual(fixed())
            best = max(best, (server.admitted(START_S, 60.0) / 30.0, workers))
        server = Server(Open(), latency(slower))

        async def ours(server: Server = server) -> None:
            await governed([entry(server, Limits(first=256, most=1000))], SECONDS)

        run_virtual(ours())
        found = server.admitted(START_S, SECONDS) / (SECONDS - START_S)
        late = sorted(server.latencies[-1000:])[500]
        print(f"{name:34} {best[1]:12} {best[0]:9.1f} {found:9.1f} {found / best[0]:11.1%} {late:9.2f}", flush=True)


if __name__ == "__main__":
    main()
