"""A mock server in a process of its own, and a run of a job against a server in this one."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from destilation.config import Override, load
from destilation.launch.run import Report, run
from destilation.mockserver.scenario import Scenario
from destilation.mockserver.server import MockServer

KEY = "sk-canary-7f3a9c1e5b2d8064"
ENV = {"MOCK_KEY": KEY}


@contextmanager
def served(*settings: str) -> Iterator[str]:
    """The address of `destilation mock serve` with these settings; it ends with the block."""
    flags = [part for setting in settings for part in ("--set", setting)]
    process = subprocess.Popen(
        [sys.executable, "-m", "destilation", "mock", "serve", "--port", "0", *flags],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert process.stderr is not None
    try:
        first = process.stderr.readline()
        assert first.startswith("listening at http://"), first + process.stderr.read()
        yield first.split()[2].rstrip(";")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)


def ledger(address: str) -> dict[str, Any]:
    """What the server charged."""
    with urllib.request.urlopen(f"{address}/ledger", timeout=10) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def table(server: MockServer, kind: str = "openai", **more: Any) -> dict[str, Any]:
    """A provider's table for a server of this process, with deadlines that tests can wait for."""
    path = {"openai": "/v1", "openrouter": "/api/v1", "ollama": ""}[kind]
    return {
        "kind": kind,
        "base_url": f"{server.address}{path}",
        "model": "mock-small",
        "api_key_env": "MOCK_KEY",
        "timeout_s": 3.0,
        "read_timeout_s": 2.0,
        **more,
    }


async def job(
    folder: Path, providers: dict[str, dict[str, Any]], *, target: int = 10, most: int | None = None, **more: Any
) -> Report:
    """Run a job about physics that asks these providers in equal shares, for at most so many samples."""
    values = {"job.domain": "physics", "job.target": target, "job.out": str(folder), "job.name": "job", **more}
    overrides = [Override(key if "." in key else f"job.{key}", value, key) for key, value in values.items()]
    for name, each in providers.items():
        overrides += [Override(f"providers.{name}.{key}", value, key) for key, value in each.items()]
    return await run(load(None, overrides=overrides, env={}), env=ENV, most=most)


def scenario(**more: Any) -> Scenario:
    """A scenario that wants the key."""
    return msgspec.convert({"key": KEY, **more}, Scenario)
