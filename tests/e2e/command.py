"""Runs the command line as a user does: a process of its own, in a folder of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PLAIN = {
    "PATH": os.environ["PATH"],
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def destilation(
    *args: str, cwd: Path, env: dict[str, str] | None = None, timeout: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """The finished process with what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "destilation", *args],
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def start(*args: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A process that runs on."""
    return subprocess.Popen(
        [sys.executable, "-m", "destilation", *args],
        cwd=cwd,
        env=environment(env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Nothing of the caller's environment but what Python needs, and what is given."""
    kept = {name: value for name, value in os.environ.items() if name == "PYTHONPATH" or name.startswith("COVERAGE")}
    return {**PLAIN, **kept, **(more or {})}


def lines(path: Path) -> list[dict[str, Any]]:
    """Every line of a JSONL file; fails on one that is not whole."""
    data = path.read_bytes()
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def metadata(folder: Path) -> dict[str, Any]:
    """The folder's metadata.json."""
    document: dict[str, Any] = json.loads((folder / "metadata.json").read_text())
    return document
