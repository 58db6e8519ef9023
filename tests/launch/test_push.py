"""An export goes to a hub only as it was made, with its card, and only when the user agrees."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from destilation.launch.export import export
from destilation.launch.verify import config_of
from destilation.launch.wish import CardWish, Wish
from tests.e2e.command import destilation
from tests.exports.folders import folder_of


class Hub(BaseHTTPRequestHandler):
    """As much of a hub as an upload of small files takes; `files` is what was committed."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []
    refuse: ClassVar[bool] = False

    def do_POST(self) -> None:
        """Create, what is to be uploaded how, commit."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(f"{self.path} {self.headers.get('Authorization')}")
        if self.refuse:
            self.answer({"error": "no such token"}, 401)
        elif self.path.endswith("/preupload/main"):
            wanted = json.loads(body)["files"]
            self.answer(
                {
                    "files": [
                        {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None} for f in wanted
                    ]
                }
            )
        elif self.path.split("?")[0].endswith("/commit/main"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            commit = f"http://{self.headers['Host']}/datasets/me/tides/commit/{'1' * 40}"
            self.answer({"commitUrl": commit, "commitOid": "1" * 40, "success": True})
        elif self.path == "/api/repos/create":
            self.asked.append(body.decode())
            self.answer({"url": f"http://{self.headers['Host']}/datasets/me/tides"})
        else:
            self.answer({"errors": [], "warnings": []})

    def do_GET(self) -> None:
        """The repository is there, and empty."""
        self.answer({"id": "me/tides", "sha": "0" * 40, "siblings": []})

    def answer(self, document: dict[str, Any], status: int = 200) -> None:
        """A reply of JSON."""
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of a hub on loopback."""
    Hub.files, Hub.asked, Hub.refuse = {}, [], False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def carded(tmp_path: Path) -> Path:
    """A dataset with an export that has a card."""
    folder = folder_of(tmp_path / "d", "reasoning")
    export(folder, config_of(folder), Wish(format="trl", card=CardWish(license="cc0-1.0")))
    return folder


def test_what_is_uploaded_is_what_was_exported(hub: str, tmp_path: Path) -> None:
    """It shows the files first, makes a private repository, and commits each byte as it is."""
    folder = carded(tmp_path)
    env = {"HF_ENDPOINT": hub, "HF_TOKEN": "hf_test", "HF_HOME": str(tmp_path / "home")}
    shown = destilation("push", str(folder), "me/tides", "--dry-run", cwd=tmp_path, env=env)
    assert (shown.returncode, Hub.asked) == (0, [])
    assert "3 rows (trl) to me/tides" in shown.stdout
    assert "train.jsonl" in shown.stdout
    asked = destilation("push", str(folder), "me/tides", cwd=tmp_path, env=env)
    assert (asked.returncode, "push needs --yes" in asked.stderr, Hub.asked) == (2, True, [])
    done = destilation("push", str(folder), "me/tides", "--yes", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    place = folder / "exports" / "trl"
    assert Hub.files == {path.name: path.read_bytes() for path in place.iterdir()}
    assert "Bearer hf_test" in " ".join(Hub.asked)
    assert any('"visibility":"private"' in each.replace(" ", "") for each in Hub.asked), Hub.asked


def test_what_is_not_uploaded(hub: str, tmp_path: Path) -> None:
    """No card, an export that was changed, a hub that refuses: one line, and the key is not in it."""
    bare = folder_of(tmp_path / "bare", "reasoning")
    env = {"HF_ENDPOINT": hub, "HF_TOKEN": "hf_secret", "HF_HOME": str(tmp_path / "home")}
    done = destilation("push", str(bare), "me/tides", "--yes", cwd=tmp_path, env=env)
    assert (done.returncode, "has no export with a card" in done.stderr) == (2, True)
    folder = carded(tmp_path)
    rows = folder / "exports" / "trl" / "train.jsonl"
    data = rows.read_bytes()
    rows.write_bytes(data + b"{}\n")
    done = destilation("push", str(folder), "me/tides", "--yes", cwd=tmp_path, env=env)
    assert (done.returncode, "is not as it was exported" in done.stderr, Hub.asked) == (2, True, [])
    rows.write_bytes(data)
    Hub.refuse = True
    done = destilation("push", str(folder), "me/tides", "--yes", cwd=tmp_path, env=env)
    assert (done.returncode, done.stderr.startswith("error: the hub refused: ")) == (5, True), done.stderr
    assert "hf_secret" not in done.stderr + done.stdout
    assert done.stderr.count("\n") == 1
