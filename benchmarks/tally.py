"""A job against servers of a benchmark, from Python."""

from collections.abc import Mapping
from pathlib import Path

from destilation.config import Override, load
from destilation.launch.run import Report, run

ENV = {"MOCK_KEY": "sk-benchmark"}


async def job(folder: Path, providers: Mapping[str, Mapping[str, object]], **values: object) -> Report:
    """Run a job about everyday physics; `values` are keys of `[job]`."""
    overrides = [Override(f"job.{key}", value, key) for key, value in values.items()]
    overrides += [Override("job.out", str(folder), "out"), Override("job.domain", "Everyday Physics", "domain")]
    for name, table in providers.items():
        overrides += [Override(f"providers.{name}.{key}", value, key) for key, value in table.items()]
    return await run(load(None, overrides=overrides, env={}), env=ENV)
