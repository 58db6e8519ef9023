"""`destilation mock`: a server over real HTTP that behaves as badly as it is told to."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import click

from destilation.config import parse_setting
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation mock serve --port 8089
  destilation mock serve --set rpm=600 --set latency_s=0.3 --set faults.500=0.02
  destilation mock serve scenario.toml
"""


@click.group(epilog=EPILOG)
def command() -> None:
    """Serve a mock over HTTP to try configurations against: OpenAI's, OpenRouter's and Ollama's dialects."""


@command.command(epilog=EPILOG)
@click.argument("scenario", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--port", default=8089, show_default=True, type=click.IntRange(0, 65_535), help="0: any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of the scenario.")
def serve(scenario: Path | None, port: int, host: str, settings: tuple[str, ...]) -> None:
    """Serve until Ctrl-C, then print what was charged. SCENARIO is a TOML file; docs/mock-server.md has its keys."""
    from destilation.mockserver.faults import NAMES
    from destilation.mockserver.scenario import load_scenario
    from destilation.mockserver.server import MockServer

    server = MockServer(load_scenario(scenario, _nested(settings), NAMES), host=host, port=port)
    try:
        asyncio.run(_serve(server))
    except OSError as error:
        raise ConfigError(f"cannot listen at {host}:{port}: {error.strerror or error}") from None
    print(json.dumps(server.ledger.summary(), indent=2))


@command.command(epilog="\b\nExample:\n  destilation mock faults")
def faults() -> None:
    """List the faults that a scenario can name."""
    from destilation.mockserver.faults import NAMES

    print("\n".join(NAMES))


async def _serve(server: Any) -> None:
    await server.start()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
        else:
            loop.add_signal_handler(number, stopped.set)
    models = ", ".join(server.scenario.models)
    print(f"listening at {server.address}; models: {models}", file=sys.stderr)
    print(f"  openai      base_url = {server.address}/v1", file=sys.stderr)
    print(f"  openrouter  base_url = {server.address}/api/v1", file=sys.stderr)
    print(f"  ollama      base_url = {server.address}", file=sys.stderr)
    print(f"  ledger      {server.address}/ledger", file=sys.stderr, flush=True)
    await stopped.wait()
    await server.stop()


def _nested(settings: tuple[str, ...]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for text in settings:
        setting = parse_setting(text)
        *tables, key = setting.key.split(".")
        place = document
        for name in tables:
            place = place.setdefault(name, {})
        place[key] = setting.value
    return document
