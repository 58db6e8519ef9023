"""The floor: what it takes a Python client to post so many requests and to parse the record in each reply.

    python -m benchmarks.bare_client ADDRESS COUNT IN_FLIGHT BODY_FILE [--client aiohttp|uvloop|protocol]

`aiohttp` is the client that the product uses, without the product. `uvloop` is the same on another event loop, where
that is installed. `protocol` is a protocol of a few lines that is no HTTP client at all; it shows what the server and
the event loop are capable of.
"""

import argparse
import asyncio
import gc
import sys
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks.quickserver import more_files


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Reply(msgspec.Struct):
    choices: list[_Choice]


class _Record(msgspec.Struct):
    question: str
    answer: str


_replies, _records = msgspec.json.Decoder(_Reply), msgspec.json.Decoder(_Record)


def record_in(body: bytes) -> _Record:
    """The record that a reply holds."""
    return _records.decode(_replies.decode(body).choices[0].message.content)


async def with_aiohttp(address: str, count: int, in_flight: int, body: bytes) -> None:
    """So many workers, each with one request after the other."""
    import aiohttp

    left = count

    async def work(session: aiohttp.ClientSession) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            headers = {"Content-Type": "application/json"}
            async with session.post(f"{address}/v1/chat/completions", data=body, headers=headers) as reply:
                record_in(await reply.read())

    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session, asyncio.TaskGroup() as group:
        for _ in range(min(in_flight, count)):
            group.create_task(work(session))


class _Asking(asyncio.Protocol):
    """One connection: a request, its reply, the next request."""

    def __init__(self, request: bytes, more: list[int], ended: asyncio.Event) -> None:
        self._request, self._more, self._ended, self._buffer = request, more, ended, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        if self._more[0] > 0:
            self._more[0] -= 1
            self._transport.write(self._request)
        else:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Parse a reply that is whole."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._buffer.rfind(b":", 0, end)  # the server's last header is the length
        body = self._buffer[end + 4 :]
        if len(body) == int(self._buffer[at + 1 : end]):
            record_in(body)
            self._buffer = b""
            self._more[1] -= 1
            if not self._more[1]:
                self._ended.set()
            self._ask()


async def with_protocol(address: str, count: int, in_flight: int, body: bytes) -> None:
    """As many connections as requests in flight."""
    where = urlsplit(address)
    host, port = where.hostname or "", where.port or 80
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    request, more, ended = head.encode() + body, [count, count], asyncio.Event()
    for _ in range(min(in_flight, count)):
        await asyncio.get_running_loop().create_connection(lambda: _Asking(request, more, ended), host, port)
    await ended.wait()


def uv() -> asyncio.AbstractEventLoop:
    """A loop of libuv."""
    try:
        import uvloop
    except ImportError:
        sys.exit("uvloop is not installed here")
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def main() -> None:
    """Run, and print nothing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("count", type=int)
    parser.add_argument("in_flight", type=int)
    parser.add_argument("body", type=Path)
    parser.add_argument("--client", choices=("aiohttp", "uvloop", "protocol"), default="aiohttp")
    asked = parser.parse_args()
    more_files()
    gc.freeze()
    client = with_protocol if asked.client == "protocol" else with_aiohttp
    with asyncio.Runner(loop_factory=uv if asked.client == "uvloop" else None) as runner:
        runner.run(client(asked.address, asked.count, asked.in_flight, asked.body.read_bytes()))


if __name__ == "__main__":
    main()
