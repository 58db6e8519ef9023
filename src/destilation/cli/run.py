"""`destilation run`: make a dataset, or continue one to its target."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from destilation.cli import output
from destilation.cli.events_out import events_to
from destilation.cli.headless import Headless
from destilation.cli.hooks import Hooks
from destilation.cli.live import Live, is_screen
from destilation.cli.look import ascii_option, look_overrides, notify_option
from destilation.cli.settings import job_options, load_config
from destilation.cli.where import find_folder
from destilation.core.progress import Progress
from destilation.errors import ConfigError, DestilationError

Watch = Callable[[Progress, float], None]
MODES = ("auto", "tui", "plain", "none")

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
  destilation run --detach
      in the background; destilation watch shows it
  destilation run --events - | jq .kind
      the facts of the run, one JSON object a line
  destilation run --dry-run
      show what would be asked, and ask nothing
"""


def shows_dashboard(ui: str) -> bool:
    """Whether there is a terminal to draw on, and the user wants it drawn on."""
    if ui == "auto":
        return sys.stdin.isatty() and sys.stdout.isatty() and is_screen(sys.stderr)
    return ui == "tui"


def both(first: Watch | None, second: Watch) -> Watch:
    """One after the other."""

    def watch(progress: Progress, now: float) -> None:
        if first is not None:
            first(progress, now)
        second(progress, now)

    return watch


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@job_options
@click.option("--dry-run", is_flag=True, help="Print configuration, first prompt and number of requests only.")
@click.option("--forecast", is_flag=True, help="Make a few samples (they are kept), and say what the target will take.")
@click.option("--probe", default=20, show_default=True, type=click.IntRange(1), help="How many, with --forecast.")
@click.option("--accept-change", is_flag=True, help="Continue a folder that another template or domain made.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask, whatever it may cost.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, only errors and the exit code.")
@click.option("--json", "as_json", is_flag=True, help="Print the final report as one JSON document.")
@click.option("--ui", type=click.Choice(MODES), default="auto", help="The dashboard, plain lines, or nothing.")
@notify_option
@ascii_option
@click.option("--events", metavar="-|FILE", help="Write the events as JSON lines to stdout or a file.")
@click.option("-d", "--detach/--no-detach", default=False, help="Run in the background; print how to watch it.")
@click.option("--headless", type=click.Choice(["leash", "free"]), hidden=True)
def command(
    folder: str | None,
    dry_run: bool,
    forecast: bool,
    probe: int,
    accept_change: bool,
    yes: bool,
    quiet: bool,
    as_json: bool,
    ui: str,
    notify: str | None,
    plain: bool,
    events: str | None,
    detach: bool,
    headless: str | None,
    **flags: Any,
) -> int:
    """Make a dataset, or continue one to its target.

    Without a configuration and without flags this makes the demo dataset on the built-in mock. FOLDER is
    a dataset folder (or the name of one under ./datasets) to continue.

    On a terminal the dashboard shows it (--ui plain: one line); q leaves it, d lets the job go on without it.

    Where it will likely cost more than job.confirm_above_usd ($1.00) it asks first; without a terminal such a run
    needs --budget-usd or --yes.

    Ctrl-C once: nothing new is begun, answers in flight are kept, exit 130. Twice: at once. Either way the
    same command continues where it stopped.
    """
    config = load_config(flags, find_folder(folder) if folder else None, look_overrides(plain, notify))
    if dry_run:
        from destilation.cli.dry_run import show

        show(config, as_json=as_json)
        return 0
    if events == "-" and (as_json or detach):
        raise ConfigError("--events - has stdout for itself: leave out --json and --detach, or name a file")
    if not yes and headless is None:
        from destilation.cli.confirm import confirm

        confirm(config, probe if forecast else None)
    alone = forecast or quiet or as_json or events == "-"
    if headless is None and (detach or (not alone and shows_dashboard(ui))):
        from destilation.cli.engine import run_apart

        return run_apart(config, detach=detach, accept_change=accept_change)
    from destilation.launch.folder import folder_of
    from destilation.launch.run import run
    from destilation.launch.signals import Signals

    place = folder_of(config)
    live = None if quiet or headless or ui == "none" else Live(config.job.name, sys.stderr)
    if live is not None:
        live.start(config)
    hooks = Hooks(config, place, lambda words: print(f"warning: {words}", file=sys.stderr))
    shown = Headless(config, place, leashed=headless == "leash").watch if headless else live.show if live else None
    try:
        with events_to(events, place):
            report = asyncio.run(
                run(
                    config,
                    env=os.environ,
                    watch=both(shown, hooks.watch),
                    signals=Signals(listen=True),
                    accept_change=accept_change,
                    most=probe if forecast else None,
                )
            )
    except DestilationError as error:
        if not isinstance(error, ConfigError):
            hooks.finish({}, "failed", error.exit_code)
        raise
    finally:
        if live is not None:
            live.end()
    hooks.finish(report.metadata, report.state, report.exit_code)
    if live is not None:
        live.call_user(config.ui.notify, report.state)
    if forecast and report.exit_code == 0:
        from destilation.cli.forecast import show as show_forecast

        show_forecast(config, report, as_json=as_json)
    elif as_json:
        output.print_json(report.metadata)
    elif not quiet:
        output.print_report(report, sys.stderr if events == "-" else sys.stdout)
    return report.exit_code
