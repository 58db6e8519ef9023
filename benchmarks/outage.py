"""Two providers, of which one dies for a minute twice: what that costs beyond the outages, and how soon it is back.

In virtual time. The same job without outages runs beside it; `kind` is how the server dies.
"""

import asyncio
import random
from collections.abc import Callable

from benchmarks.simulated import Bucket, Server, entry, governed, now, spread
from destilation.core.pacing.governor import Limits
from destilation.core.provider import Completion, Prompt
from destilation.errors import TransientProviderError
from tests.engine.virtual_time import run_virtual

SECONDS = 330.0
OUTAGES = ((90.0, 150.0), (210.0, 270.0))
RATE = 50.0


def dead(at: float) -> bool:
    return any(begin <= at < end for begin, end in OUTAGES)


class Hanging(Server):
    """Dies by silence: a request in an outage gets no reply until its deadline of two minutes."""

    async def complete(self, prompt: Prompt) -> Completion:
        if dead(now()):
            await asyncio.sleep(120.0)
            self.failures.append(now())
            raise TransientProviderError("no reply", lost=True)
        return await super().complete(prompt)


def run(make: Callable[..., Server], dies: Callable[[float], bool], limits: Limits) -> tuple[Server, Server]:
    first = make(Bucket(lambda at: RATE, 50), spread(1.0), dead=dies, label="first", seed=1)
    second = Server(Bucket(lambda at: RATE, 50), spread(1.0), label="second", seed=2)

    async def job() -> None:
        await governed([entry(first, limits), entry(second, limits)], SECONDS)

    run_virtual(job())
    return first, second


def outside(server: Server) -> int:
    return sum(not dead(at) for at in server.answers)


def main() -> None:
    print(
        f"{'dies by':10} {'limit':8} {'lost of its share outside':>26} {'total lost':>11} {'back after s':>14} {'calls while dead':>17}"
    )
    for kind, make in (("refusing", Server), ("hanging", Hanging)):
        for told, limits in (
            ("told", Limits(first=256, most=1000, rpm=RATE * 60)),
            ("untold", Limits(first=256, most=1000)),
        ):
            without = run(Server, lambda at: False, limits)
            dies = dead if make is Server else (lambda at: False)
            with_outages = run(make, dies, limits)
            share = outside(without[0])
            lost = 1 - outside(with_outages[0]) / share
            total = (sum(map(outside, without)) - sum(map(outside, with_outages))) / share
            back = [min(at for at in with_outages[0].answers if at >= end) - end for _, end in OUTAGES]
            calls = len(with_outages[0].failures)
            words = ", ".join(f"{seconds:.1f}" for seconds in back)
            print(f"{kind:10} {told:8} {lost:26.1%} {total:11.1%} {words:>14} {calls:17}", flush=True)


if __name__ == "__main__":
    random.seed(1)
    main()
