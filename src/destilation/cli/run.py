"""`destilation run`: make a dataset, or continue one to its target."""

import asyncio
import os
import sys
from typing import Any

import click

from destilation.cli import output
from destilation.cli.live import Live
from destilation.cli.settings import job_options, load_config
from destilation.cli.where import find_folder

EPILOG = """\b
Examples:
  destilation run
      the demo: offline, on the built-in mock
  destilation run --provider mock --template reasoning --target 1000
  destilation run -C config.toml --target 5000 --set providers.ollama.num_ctx=16384
  destilation run datasets/rust-agents
      continue that folder to its target
  destilation run --forecast --probe 50
      make 50 samples, and say what the target will take and cost
  destilation run --dry-run
      show what would be asked, and ask nothing
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@job_options
@click.option("--dry-run", is_flag=True, help="Print configuration, first prompt and number of requests only.")
@click.option("--forecast", is_flag=True, help="Make a few samples (they are kept), and say what the target will take.")
@click.option("--probe", default=20, show_default=True, type=click.IntRange(1), help="How many, with --forecast.")
@click.option("--accept-change", is_flag=True, help="Continue a folder that another template or domain made.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, only errors and the exit code.")
@click.option("--json", "as_json", is_flag=True, help="Print the final report as one JSON document.")
def command(
    folder: str | None,
    dry_run: bool,
    forecast: bool,
    probe: int,
    accept_change: bool,
    quiet: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Make a dataset, or continue one to its target.

    Without a configuration and without flags this makes the demo dataset on the built-in mock. FOLDER is
    a dataset folder (or the name of one under ./datasets) to continue.

    Ctrl-C once: nothing new is begun, answers in flight are kept, exit 130. Twice: at once. Either way the
    same command continues where it stopped.
    """
    config = load_config(flags, find_folder(folder) if folder else None)
    if dry_run:
        from destilation.cli.dry_run import show

        show(config, as_json=as_json)
        return 0
    from destilation.launch.run import run
    from destilation.launch.signals import Signals

    live = None if quiet else Live(config.job.name, sys.stderr)
    if live is not None:
        live.start(config)
    try:
        report = asyncio.run(
            run(
                config,
                env=os.environ,
                watch=live.show if live is not None else None,
                signals=Signals(listen=True),
                accept_change=accept_change,
                most=probe if forecast else None,
            )
        )
    finally:
        if live is not None:
            live.end()
    if forecast and report.exit_code == 0:
        from destilation.cli.forecast import show as show_forecast

        show_forecast(config, report, as_json=as_json)
    elif as_json:
        output.print_json(report.metadata)
    elif not quiet:
        output.print_report(report)
    return report.exit_code
