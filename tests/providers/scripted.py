"""A server over real loopback sockets that sends exactly the bytes it is told to. Knows no HTTP client."""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Self

from msgspec import Struct

CLOSE = object()
RESET = object()
# What is sent for one request: bytes to write, seconds to wait, CLOSE or RESET; else the connection is kept.
Script = Sequence[object]


class Request(Struct, frozen=True):
    """One request as it arrived; header names are lower case, `connection` counts from 1."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class ScriptedServer:
    """Answers the k-th request with the k-th script; the last script serves all later ones."""

    def __init__(self, *scripts: Script | bytes) -> None:
        self._scripts = [(script,) if isinstance(script, bytes) else script for script in scripts]
        self._connections = 0
        self._tasks: set[asyncio.Task[None] | None] = set()
        self.requests: list[Request] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        tasks = [task for task in self._tasks if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[Any]:
        """The requests' bodies as JSON."""
        return [request.json for request in self.requests]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        self._tasks.add(asyncio.current_task())
        try:
            while (request := await _read(reader, number)) is not None:
                script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
                self.requests.append(request)
                if not await _play(script, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()


async def _play(script: Script, writer: asyncio.StreamWriter) -> bool:
    for step in script:
        if step is CLOSE:
            return False
        if step is RESET:
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
        else:
            await asyncio.sleep(float(str(step)))
    return True


async def _read(reader: asyncio.StreamReader, number: int) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    pairs = [line.partition(":") for line in lines if line]
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, number)


def reply(status: int, body: object = b"", **headers: str) -> bytes:
    """One HTTP reply; anything but bytes goes out as JSON. Underscores in header names become hyphens."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    fields = {"content-type": kind, "content-length": str(len(raw)), **named}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode("latin-1") + raw


def chat(content: object = '{"question":"Why?","answer":"Because."}', **message: object) -> dict[str, Any]:
    """A good chat completion in OpenAI's dialect; `message` adds to the message."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "served-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": {"prompt_tokens": 21, "completion_tokens": 9, "total_tokens": 30},
    }


def native(content: str = '{"question":"Why?","answer":"Because."}', **more: object) -> dict[str, Any]:
    """A good answer of Ollama's /api/chat; `more` adds to the document."""
    return {
        "model": "tiny:latest",
        "created_at": "2026-11-01T10:00:00.1Z",
        "message": {"role": "assistant", "content": content},
        "done": True,
        "done_reason": "stop",
        "total_duration": 812_000_000,
        "load_duration": 4_000_000,
        "prompt_eval_count": 57,
        "eval_count": 80,
        **more,
    }
