"""`destilation stop`: end a running job, so that the same command continues it."""

import click

from destilation.cli.steering import steer
from destilation.core.control import Stop


@click.command(epilog="\b\nExamples:\n  destilation stop\n  destilation stop datasets/rust-agents --now")
@click.argument("folder", required=False)
@click.option("--now", is_flag=True, help="Give up the answers in flight; everything recorded is kept.")
def command(folder: str | None, now: bool) -> None:
    """End a running job. FOLDER defaults to the job of ./config.toml.

    Answers in flight are waited for, as long as job.shutdown_grace_s says. Returns when the engine has confirmed;
    `destilation run FOLDER` continues later.
    """
    steer(folder, [Stop(now)])
