"""`destilation set`: change a job while it runs."""

import click

from destilation.cli.steering import steer
from destilation.core.control import CommandError, parse_setting
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation set concurrency=64
  destilation set datasets/rust-agents target=20000 budget_usd=40
  destilation set rust-agents ollama.share=0.5
  destilation set rust-agents ollama=retired
"""


@click.command(epilog=EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="[FOLDER] KEY=VALUE...")
def command(words: tuple[str, ...]) -> None:
    """Change a job while it runs. FOLDER defaults to the job of ./config.toml.

    Keys: concurrency, target, budget_usd, PROVIDER.share; PROVIDER=retired asks it for nothing more and
    PROVIDER=restored asks it again. Returns when the engine has confirmed each. A changed target or budget is kept
    in the folder's job.toml, so `destilation run FOLDER` continues with it.
    """
    folder, settings = (None, words) if "=" in words[0] else (words[0], words[1:])
    if not settings:
        raise ConfigError("nothing to set; write KEY=VALUE, such as concurrency=64")
    try:
        commands = [parse_setting(text) for text in settings]
    except CommandError as error:
        raise ConfigError(str(error)) from error
    steer(folder, commands)
