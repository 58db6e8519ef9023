"""`destilation watch`: the dashboard on a job that runs elsewhere, or has ended."""

import sys

import click

from destilation.cli.live import is_screen
from destilation.cli.look import ascii_option, load_look, look_overrides, notify_option
from destilation.cli.where import find_folder
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation watch
  destilation watch datasets/rust-agents --read-only
  destilation watch datasets/rust-agents --replay --speed 60
      what happened in it, sixty times as fast
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("--read-only", is_flag=True, help="Show only; send nothing to the engine.")
@click.option("--replay", is_flag=True, help="Show from the beginning what happened, as it happened.")
@click.option(
    "--speed", type=click.FloatRange(0.01, 100_000), help="How many times as fast, with --replay; 10 without it."
)
@notify_option
@ascii_option
def command(
    folder: str | None, read_only: bool, replay: bool, speed: float | None, notify: str | None, plain: bool
) -> None:
    """Show a job that runs in another process, or one that has ended. FOLDER defaults to the job of ./config.toml.

    Leaving it changes nothing. Without a terminal it tells of the run in plain lines until it ends.

    --replay plays the events of the folder again, without long times in which nothing happened. Nothing is steered.
    """
    if speed is not None and not replay:
        raise ConfigError("--speed is for --replay: at what speed is it to be played again?")
    place = find_folder(folder)
    look, _ = load_look(look_overrides(plain, notify))
    if sys.stdin.isatty() and sys.stdout.isatty() and is_screen(sys.stderr):
        from destilation.tui.app import watch

        watch(place, read_only=read_only or replay, look=look, replay=(speed or 10.0) if replay else None)
        return
    if replay:
        raise ConfigError("--replay needs a terminal to draw on; the events are in .events.jsonl")
    from destilation.cli.follow import follow
    from destilation.storage.lock import holder

    if holder(place) is None:
        raise ConfigError(f"no run is under way in {place}, and no terminal is there; see: destilation status")
    follow(place, lambda: holder(place) is not None, stops=False)
