"""A chat-completions server that costs far less than any client: for measuring what a client costs.

A bare protocol: no HTTP library, no schema, no faults. Each answer is a record {question, answer} of about 700 characters
that is like no other. `GET /stats` tells what the process used so far, `GET /times` when each reply was sent.

    python -m benchmarks.quickserver [--latency SECONDS] [--spread SHARE] [--port N]

With a spread each reply takes between so much less and so much more than the latency, which is the mean of all.
"""

import argparse
import asyncio
import gc
import json
import random
import resource
import subprocess
import sys
import time
import urllib.request
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

PIECES, PIECE_WORDS, QUESTION, ANSWER = 1_009, 10, 4, 6
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_WHOLE = (
    b'{"id":"c","object":"chat.completion","model":"quick","choices":[{"index":0,"finish_reason":"stop","message":'
    b'{"role":"assistant","content":"{\\"question\\": \\"%s?\\", \\"answer\\": \\"%s.\\"}"}}],'
    b'"usage":{"prompt_tokens":200,"completion_tokens":170,"total_tokens":370}}'
)


class Stats(msgspec.Struct):
    """Requests answered, seconds of processor time of the server's process, and when the last request came.

    `last_at` is in seconds since 1970.
    """

    requests: int = 0
    cpu_s: float = 0.0
    last_at: float = 0.0


class Answers:
    """Answers without end: pieces of ten words, put together anew each time."""

    def __init__(self) -> None:
        chance = random.Random(7)
        letters = "abcdefghijklmnopqrstuvwxyz"
        words = ["".join(chance.choices(letters, k=chance.randrange(3, 10))) for _ in range(4_000)]
        self._pieces = [" ".join(chance.choices(words, k=PIECE_WORDS)).encode() for _ in range(PIECES)]
        self._chance = chance

    def next(self) -> bytes:
        """A whole HTTP reply."""
        pieces, number = self._pieces, self._chance.getrandbits(100)
        chosen = []
        for _ in range(QUESTION + ANSWER):
            number, place = divmod(number, PIECES)
            chosen.append(pieces[place])
        body = _WHOLE % (b" ".join(chosen[:QUESTION]), b" ".join(chosen[QUESTION:]))
        return _HEAD % len(body) + body


class Exchange(asyncio.Protocol):
    """One connection, request by request."""

    def __init__(self, answers: Answers, stats: Stats, times: "array[float]", latency_s: float, spread: float) -> None:
        self._answers, self._stats, self._times = answers, stats, times
        self._latency_s, self._spread = latency_s, spread
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            if head.startswith(b"get /"):
                self._tell(self._times.tolist() if head.startswith(b"get /times") else self._stats)
                continue
            self._stats.requests += 1
            self._stats.last_at = time.time()
            reply = self._answers.next()
            last = b"connection: close" in head
            if self._latency_s:
                late = self._latency_s * (1 + self._spread * (2 * random.random() - 1))
                asyncio.get_running_loop().call_later(late, self._write, reply, last)
            else:
                self._write(reply, last)

    def _write(self, reply: bytes, last: bool) -> None:
        if not self._transport.is_closing():
            self._times.append(time.time())
            self._transport.write(reply)
            if last:
                self._transport.close()

    def _tell(self, what: object) -> None:
        self._stats.cpu_s = time.process_time()
        body = msgspec.json.encode(what)
        self._transport.write(_HEAD % len(body) + body)


async def serve(port: int, latency_s: float, spread: float) -> None:
    """Until the process is ended. Prints the address."""
    answers, stats, times = Answers(), Stats(), array("d")
    loop = asyncio.get_running_loop()

    def connected() -> Exchange:
        return Exchange(answers, stats, times, latency_s, spread)

    server = await loop.create_server(connected, "127.0.0.1", port, backlog=8_192)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


class Quick:
    """A server in a process of its own."""

    def __init__(self, address: str) -> None:
        self.address = address

    def stats(self) -> Stats:
        """What it did so far."""
        with urllib.request.urlopen(f"{self.address}/stats", timeout=30) as reply:
            return msgspec.json.decode(reply.read(), type=Stats)

    def times(self) -> list[float]:
        """When each reply was sent, in seconds since 1970."""
        with urllib.request.urlopen(f"{self.address}/times", timeout=30) as reply:
            return msgspec.json.decode(reply.read(), type=list[float])


@contextmanager
def quick(latency_s: float = 0.0, spread: float = 0.0) -> Iterator[Quick]:
    """A server that ends with the block."""
    command = [sys.executable, "-m", "benchmarks.quickserver", "--latency", str(latency_s), "--spread", str(spread)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Quick(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


def more_files() -> None:
    """Let this process hold as many open files as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def answer_of(body: bytes) -> Any:
    """The record in a reply."""
    return json.loads(json.loads(body)["choices"][0]["message"]["content"])


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--spread", type=float, default=0.0)
    args = parser.parse_args()
    more_files()
    gc.disable()
    asyncio.run(serve(args.port, args.latency, args.spread))


if __name__ == "__main__":
    main()
