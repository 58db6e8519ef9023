"""`destilation doctor`: whether all that a job needs is there."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from destilation.cli import output
from destilation.cli.settings import DEFAULT_CONFIG, job_options, load_config
from destilation.config import Config
from destilation.core.display import display_safe
from destilation.errors import ConfigError
from destilation.launch.doctor.finding import Finding, bad, exit_code_of, good

EPILOG = """\b
Examples:
  destilation doctor
  destilation doctor -C config.toml --json
  destilation doctor --offline
"""
MARKS = {"good": "✓", "odd": "!", "bad": "✗"}


@click.command(epilog=EPILOG)
@job_options
@click.option("--offline", is_flag=True, help="Reach no endpoint.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(offline: bool, as_json: bool, **flags: Any) -> int:
    """Look at this machine, the configuration, the keys and the endpoints, and say what to do about what is wrong.

    ✓ is well, ! works but look at it, ✗ stands in the way. Nothing is generated, nothing costs anything; of a key is
    said whether it is set. Exit 2 where the machine or the configuration is at fault, 5 where a provider is.
    """
    config, said = _configuration(flags)
    out = Path(config.job.out if config is not None else "datasets").expanduser().absolute()
    findings = asyncio.run(_all(config, said, out, offline=offline))
    code = exit_code_of(findings)
    if as_json:
        output.print_json({"ok": code == 0, "findings": msgspec.to_builtins(findings)})
        return code
    wide = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{MARKS[finding.mark]} {finding.name.ljust(wide)}  {finding.text}")
        if finding.fix:
            print(f"  {' ' * wide}  fix: {finding.fix}")
    return code


def _configuration(flags: dict[str, Any]) -> tuple[Config | None, Finding]:
    try:
        config = load_config(flags)
    except ConfigError as error:
        return None, bad("config", str(error), "mend it; then: destilation config check")
    path = flags["config"] or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    origin = f"{path}: " if path else "no config.toml here, so the flags and the demo: "
    job = config.job
    return config, good("config", display_safe(f"{origin}job {job.name}, template {job.template}", 300))


async def _all(config: Config | None, said: Finding, out: Path, *, offline: bool) -> list[Finding]:
    from destilation.launch.doctor import asked, machine
    from destilation.launch.doctor.disk import disk

    findings = [
        machine.python(),
        machine.versions(),
        machine.extras(),
        machine.terminal(sys.stdout, os.environ),
        machine.open_files(),
        *disk(out),
        await asked.sandbox(config),
        said,
    ]
    if config is not None:
        findings += asked.keys(config, os.environ)
        findings += [] if offline else await asked.endpoints(config, os.environ)
    return findings
