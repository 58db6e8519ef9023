"""The real llama.cpp server for tests, and a front to it that records requests and speaks Ollama's dialect too.

The front is written from Ollama's public documentation; what answers behind it is real. It serves `/v1/*` as it
is, and `/api/chat`, `/api/tags` and `/api/version` in Ollama's form.
"""

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OPTIONS = {"num_predict": "max_tokens", "temperature": "temperature", "top_p": "top_p", "seed": "seed"}


@contextmanager
def tiny(folder: Path, profile: str = "plain", key: str = "") -> Iterator[str]:
    """The address of a llama.cpp server with a tiny random model; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.real.tiny_server", str(folder), profile, key],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().decode().strip()
        assert address.startswith("http://"), "the server did not start"
        yield address
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


class Front(ThreadingHTTPServer):
    """Forwards to a server and remembers the bodies of all requests to it."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.bodies: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def front(upstream: str) -> Iterator[Front]:
    """A front that ends with the block."""
    server = Front(upstream)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        if self.path == "/api/tags":
            self._send(200, {"models": [{"name": "tiny:latest", "model": "tiny:latest", "size": 1, "digest": "d"}]})
        elif self.path == "/api/version":
            self._send(200, {"version": "0.0"})
        else:
            self._send(*self._forward(None))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        if self.path != "/api/chat":
            self._send(*self._forward(body))
        elif body["model"] not in ("tiny", "tiny:latest"):
            self._send(404, {"error": f"model '{body['model']}' not found"})
        else:
            self._chat(body)

    def _chat(self, body: dict[str, Any]) -> None:
        asked: dict[str, Any] = {"messages": body["messages"], "model": "tiny"}
        asked |= {OPTIONS[name]: value for name, value in body.get("options", {}).items() if name in OPTIONS}
        if isinstance(body.get("format"), dict):
            asked["response_format"] = {"type": "json_schema", "json_schema": {"name": "f", "schema": body["format"]}}
        status, reply = self._forward(asked, "/v1/chat/completions")
        if status != 200:
            self._send(status, {"error": reply["error"]["message"]})
            return
        choice, usage = reply["choices"][0], reply["usage"]
        message = {"role": "assistant", "content": choice["message"]["content"]}
        if thinking := choice["message"].get("reasoning_content"):
            message["thinking"] = thinking
        head = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "message": message}
        counts = {"prompt_eval_count": usage["prompt_tokens"], "eval_count": usage["completion_tokens"]}
        self._send(200, {**head, "done": True, "done_reason": choice["finish_reason"], **counts})

    def _forward(self, body: dict[str, Any] | None, path: str = "") -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server.upstream + (path or self.path), data)
        request.add_header("Content-Type", "application/json")
        if key := self.headers.get("Authorization"):
            request.add_header("Authorization", key)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def _send(self, status: int, document: Any) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
