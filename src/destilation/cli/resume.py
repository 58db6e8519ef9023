"""`destilation resume`: a paused job goes on."""

import click

from destilation.cli.steering import steer
from destilation.core.control import Resume


@click.command(epilog="\b\nExamples:\n  destilation resume\n  destilation resume datasets/rust-agents")
@click.argument("folder", required=False)
def command(folder: str | None) -> None:
    """Have a paused job go on.

    FOLDER defaults to the job of ./config.toml. Returns when the engine has confirmed.
    A job that has ended is continued by: destilation run.
    """
    steer(folder, [Resume()])
