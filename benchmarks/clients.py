"""HTTP clients side by side, for the choice of one: processor time, memory, and whether a cancelled request ends.

    python -m benchmarks.clients [NAME ...]

aiohttp, pyreqwest and wreq, as far as they are installed. Of each: microseconds of processor time for a request, of the
whole process and of the loop's thread alone; kB of resident memory for a request in flight; and of 50 requests that were
cancelled while the server was silent, how many the server still sees open half a second later.
"""

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from benchmarks.bare_client import record_in
from benchmarks.full_path import request_body
from benchmarks.quickserver import more_files, quick

Post = Callable[[str, bytes], Awaitable[bytes]]
HEADERS = {"Content-Type": "application/json"}
REQUESTS, IN_FLIGHT, ROUNDS, FEW, MANY, SILENT = 4_000, 256, 5, 200, 2_000, 50


@asynccontextmanager
async def with_aiohttp() -> AsyncIterator[Post]:
    """A pool of aiohttp."""
    import aiohttp

    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def post(url: str, body: bytes) -> bytes:
            async with session.post(url, data=body, headers=HEADERS) as reply:
                return await reply.read()

        yield post


@asynccontextmanager
async def with_pyreqwest() -> AsyncIterator[Post]:
    """A pool of pyreqwest."""
    from pyreqwest.client import ClientBuilder

    async with ClientBuilder().no_proxy().build() as client:

        async def post(url: str, body: bytes) -> bytes:
            reply = await client.post(url).headers(HEADERS).body_bytes(body).build().send()
            return (await reply.bytes()).to_bytes()  # type: ignore[no-any-return]

        yield post


@asynccontextmanager
async def with_wreq() -> AsyncIterator[Post]:
    """A pool of wreq."""
    import wreq

    client = wreq.Client(no_proxy=True)

    async def post(url: str, body: bytes) -> bytes:
        async with await client.post(url, body=body, headers=HEADERS) as reply:
            return bytes(await reply.bytes())

    yield post


CLIENTS = {"aiohttp": with_aiohttp, "pyreqwest": with_pyreqwest, "wreq": with_wreq}


async def asked(name: str, url: str, count: int, in_flight: int) -> None:
    """So many requests, so many at a time."""
    body, left = request_body(), count
    async with CLIENTS[name]() as post, asyncio.TaskGroup() as group:

        async def work() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                record_in(await post(url, body))

        for _ in range(min(in_flight, count)):
            group.create_task(work())


def cpu(name: str, url: str) -> tuple[float, float]:
    """Microseconds for a request: of all threads, and of this one."""
    gc.collect()
    whole, mine = time.process_time(), time.thread_time()
    asyncio.run(asked(name, url, REQUESTS, IN_FLIGHT))
    return (time.process_time() - whole) / REQUESTS * 1e6, (time.thread_time() - mine) / REQUESTS * 1e6


class Silent(asyncio.Protocol):
    """A server's connection on which nothing is said; it is among those `alive` until it is closed."""

    def __init__(self, alive: set["Silent"]) -> None:
        self._alive = alive

    def connection_made(self, _: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._alive.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """It has gone."""
        self._alive.discard(self)


async def open_after_cancel(name: str) -> int:
    """How many connections of cancelled requests a silent server still has half a second later."""
    alive: set[Silent] = set()
    server = await asyncio.get_running_loop().create_server(lambda: Silent(alive), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with CLIENTS[name]() as post:
        tasks = [asyncio.ensure_future(post(url, b"{}")) for _ in range(SILENT)]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.5)
        found = len(alive)
    server.close()
    return found


def peak(name: str, url: str, in_flight: int) -> float:
    """KiB at the most, of a process of its own that has so many requests in flight at once."""
    command = [sys.executable, "-m", "benchmarks.clients", name, "--peak-of", str(in_flight), "--url", url]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*CLIENTS, []])
    parser.add_argument("--peak-of", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    told = parser.parse_args()
    more_files()
    names = [name for name in told.names or CLIENTS if find_spec(name)]
    if told.peak_of:
        asyncio.run(asked(names[0], told.url, told.peak_of, told.peak_of))
        # Not what getrusage tells: that begins with the peak of the process which started this one.
        lines = Path("/proc/self/status").read_text().splitlines()
        print(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
        return
    with quick() as server, quick(3.0) as slow:
        path = "/v1/chat/completions"
        taken = [(name, cpu(name, server.address + path)) for _ in range(ROUNDS) for name in names]
        print("| client | us a request | of the loop's thread | kB in flight | open after cancelling 50 |")
        print("| --- | --- | --- | --- | --- |")
        for name in names:
            whole, mine = (
                statistics.median(column) for column in zip(*(c for n, c in taken if n == name), strict=True)
            )
            few, many = (peak(name, slow.address + path, count) for count in (FEW, MANY))
            left = asyncio.run(open_after_cancel(name))
            print(
                f"| {name} | {whole:.0f} | {mine:.0f} | {(many - few) * 1.024 / (MANY - FEW):.1f} | {left} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
