"""`destilation pause`: a running job asks for nothing new until it is resumed."""

import click

from destilation.cli.steering import steer
from destilation.core.control import Pause


@click.command(epilog="\b\nExamples:\n  destilation pause\n  destilation pause datasets/rust-agents")
@click.argument("folder", required=False)
def command(folder: str | None) -> None:
    """Have a running job ask for nothing new; what is in flight is kept.

    FOLDER defaults to the job of ./config.toml. Returns when the engine has confirmed.
    """
    steer(folder, [Pause()])
