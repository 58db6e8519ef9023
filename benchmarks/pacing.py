"""How much of a server's limit is used, and how often it has to say no: beside a client with back-off.

In virtual time; `--seconds` of run, of which the first 30 do not count.
"""

import argparse
from collections.abc import Callable

from benchmarks.simulated import (
    Bucket,
    Cap,
    Fixed,
    Limiter,
    Server,
    Sliding,
    backing_off,
    entry,
    governed,
    spread,
)
from destilation.core.pacing.governor import Limits
from tests.engine.virtual_time import run_virtual

START_S = 30.0


def dropping(at: float) -> float:
    return 100.0 if at % 120 < 60 else 25.0


def steady(per_minute: float) -> Callable[[float], float]:
    return lambda at: per_minute / 60


CASES: list[tuple[str, float | None, Callable[[], Limiter], Callable[[float, float], float]]] = []


def case(name: str, told: float | None, limiter: Callable[[], Limiter], per_s: Callable[[float], float]) -> None:
    def allowed(since: float, until: float) -> float:
        steps = int((until - since) * 10)
        return sum(per_s(since + k / 10) / 10 for k in range(steps))

    CASES.append((name, told, limiter, allowed))


R = steady(6000)
case("6,000 rpm, told", 6000, lambda: Bucket(R, 100), R)
case("6,000 rpm, told, sliding minute", 6000, lambda: Sliding(6000), R)
case("6,000 rpm", None, lambda: Bucket(R, 100), R)
case("6,000 rpm, burst 1", None, lambda: Bucket(R, 1), R)
case("6,000 rpm, burst 10", None, lambda: Bucket(R, 10), R)
case("6,000 rpm, burst 6,000", None, lambda: Bucket(R, 6000), R)
case("6,000 rpm, Retry-After in s", None, lambda: Bucket(R, 100, "whole"), R)
case("6,000 rpm, no Retry-After", None, lambda: Bucket(R, 100, "silent"), R)
case("6,000 rpm, sliding minute", None, lambda: Sliding(6000), R)
case("6,000 rpm, minute of the clock", None, lambda: Fixed(6000), R)
case("6,000 rpm, 100 a second", None, lambda: Fixed(100, 1.0), R)
case("20 rpm", None, lambda: Bucket(steady(20), 1), steady(20))
case("20 rpm, burst 20", None, lambda: Bucket(steady(20), 20, "whole"), steady(20))
case("20 rpm, sliding minute", None, lambda: Sliding(20), steady(20))
case("600 rpm, sliding minute", None, lambda: Sliding(600), steady(600))
case("1,200 rpm", None, lambda: Bucket(steady(1200), 20), steady(1200))
case("12,000 rpm", None, lambda: Bucket(steady(12000), 200), steady(12000))
case("6,000 > 1,500 > 6,000 rpm", None, lambda: Bucket(dropping, 25), dropping)
case("100 at a time", None, lambda: Cap(100), lambda at: 100 / 1.0833)


CLIENTS = ("governor", "64 + back-off", "1,000 + back-off")


def outcome(
    limiter: Callable[[], Limiter],
    allowed: Callable[[float, float], float],
    told: float | None,
    client: str,
    latency: float,
    seconds: float,
) -> tuple[float, float]:
    """The share of the limit that a client used, and the share of its requests that were refused."""
    server = Server(limiter(), spread(latency))

    async def run() -> None:
        if client == "governor":
            await governed([entry(server, Limits(first=256, most=1000, rpm=told))], seconds)
        else:
            await backing_off(server, seconds, int(client.partition(" ")[0].replace(",", "")))

    run_virtual(run())
    used = server.admitted(START_S, seconds) / allowed(START_S, seconds)
    refused, answered = server.refused(START_S, seconds), server.admitted(START_S, seconds)
    return used, refused / max(refused + answered, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=210.0)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--alone", action="store_true", help="without the clients it is compared with")
    given = parser.parse_args()
    print(f"{'server (median latency ' + str(given.latency) + ' s)':34} {'client':22} {'limit used':>10} {'429':>8}")
    for name, told, limiter, allowed in CASES:
        if given.only not in name:
            continue
        for client in list(CLIENTS)[: 1 if given.alone else None]:
            used, share = outcome(limiter, allowed, told, client, given.latency, given.seconds)
            print(f"{name if client == 'governor' else '':34} {client:22} {used:10.1%} {share:8.2%}", flush=True)


if __name__ == "__main__":
    main()
