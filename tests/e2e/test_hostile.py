"""A server that attacks the terminal: whatever it says, no verb prints a control character of it."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import destilation

ATTACK = "\x1b[2J\x1b]0;owned\x07\x1b]52;c;aGk=\x07\u202egnp\u202c\u200b\x9b31m [/red][link=x] \r\nINFO fake line"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class Hostile(BaseHTTPRequestHandler):
    """Answers in turn: an error, a bad record, a good one; each full of escape sequences."""

    asked = 0

    def do_GET(self) -> None:
        """The models, one of them with a name like that."""
        self._say(200, {"object": "list", "data": [{"id": f"m{ATTACK}"}, {"id": "m"}]})

    def do_POST(self) -> None:
        """The next answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        Hostile.asked += 1
        number = Hostile.asked
        if number % 5 == 0:
            self._say(500, {"error": {"message": f"it broke{ATTACK}", "code": ATTACK}})
            return
        good = {
            "question": f"Question {number} about {'abcdefgh'[number % 8] * 9}, \u202ewhich\u202c?",
            "answer": "[/] press",
        }
        bad = {"question": ATTACK, "answer": ATTACK, ATTACK: ATTACK}
        content = json.dumps(bad if number % 3 == 0 else good)
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self._say(200, {"id": "x", "model": f"m{ATTACK}", "choices": [choice], "usage": {"prompt_tokens": 1}})

    def _say(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Where the hostile server listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_of_it_reaches_the_terminal(address: str, tmp_path: Path) -> None:
    """Every verb that tells of the run prints plain lines; what was said is kept as it was, as data."""
    (tmp_path / "config.toml").write_text(
        f'[job]\nname = "job"\ndomain = "physics"\ntarget = 8\nconcurrency = 1\nmax_attempts = 4\n'
        f'mix = [{{ provider = "far", model = "m" }}]\n[providers.far]\nkind = "openai"\nbase_url = "{address}"\n'
    )
    folder = tmp_path / "datasets" / "job"
    verbs = (
        "run", "status", "status --json", "cost", "verify", "providers check", "reparse", "reparse --in-place",
        "drop --where provider=far --dry-run", "run -n 9 --set job.max_time=20", "config show",
    )  # fmt: skip
    for verb in verbs:
        done = destilation(*verb.split(), cwd=tmp_path)
        assert done.returncode in (0, 3), (verb, done.stderr)
        for stream in (done.stdout, done.stderr):
            assert not CONTROLS.search(stream), (verb, CONTROLS.search(stream))
        assert "\nINFO fake line" not in done.stdout + done.stderr
    assert b"\\u001b[2J" in (folder / "completions.jsonl").read_bytes()
    texts = [path for path in folder.iterdir() if path.name != ".index.bin"]  # which is binary
    assert b"\x1b" not in b"".join(path.read_bytes() for path in texts)
