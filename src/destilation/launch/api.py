"""The same engine from Python: a job as keyword arguments, a Report back."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from destilation.config import Override, load
from destilation.launch.run import Report, Watch
from destilation.launch.run import run as launch


async def arun(
    config: str | Path | None = None,
    *,
    providers: Mapping[str, Mapping[str, object]] | None = None,
    watch: Watch | None = None,
    accept_change: bool = False,
    **job: object,
) -> Report:
    """Make or continue a dataset; the keyword arguments are the keys of `[job]`.

    `config` is a TOML file that they override, `providers` the `[providers]` tables by name, `watch` is
    called about once a second with the Progress. Raises ConfigError, StorageError, DamagedError.
    """
    overrides = [Override(f"job.{key}", value, f"{key}=") for key, value in job.items()]
    for name, table in (providers or {}).items():
        overrides += [Override(f"providers.{name}.{key}", value, "providers=") for key, value in table.items()]
    resolved = load(Path(config) if config is not None else None, overrides=overrides, env=os.environ)
    return await launch(resolved, env=os.environ, watch=watch, accept_change=accept_change)


def run(
    config: str | Path | None = None,
    *,
    providers: Mapping[str, Mapping[str, object]] | None = None,
    watch: Watch | None = None,
    accept_change: bool = False,
    **job: object,
) -> Report:
    """As `arun`, for programs without an event loop."""
    return asyncio.run(arun(config, providers=providers, watch=watch, accept_change=accept_change, **job))
