"""`destilation inspect`: walk through samples or refused answers on the screen."""

import sys

import click

from destilation.cli.live import is_screen
from destilation.cli.look import ascii_option, load_look, look_overrides
from destilation.cli.where import find_folder
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation inspect
  destilation inspect datasets/rust-agents --filter 'topic:lifetimes provider:ollama'
  destilation inspect datasets/rust-agents --rejections --filter layer:semantic
  destilation inspect datasets/rust-agents --where 'tokens.out > 500 and attempt > 1'
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("--rejections", is_flag=True, help="Begin with the refused answers.")
@click.option("--filter", "typed", default="", metavar="TEXT", help="Begin with this filter; / changes it.")
@click.option("--where", "text", metavar="CONDITION", help="Only lines that fit, as in: destilation sample.")
@ascii_option
def command(folder: str | None, rejections: bool, typed: str, text: str | None, plain: bool) -> None:
    """Walk through a dataset on the screen: a list, and beside it the sample with its provenance and dialogue.

    A filter has words, all of which must be in the line: text, !text (not in it), provider:x, model:x, topic:x,
    layer:x (of refused answers), task:n. In quotes they may have blanks: topic:"thin lenses". The keys are told by ?.
    A dataset of any size opens at once. Nothing is changed. FOLDER defaults to the job of ./config.toml.

    Without a terminal there is destilation sample, which takes the same conditions.
    """
    place = find_folder(folder)
    from destilation.report.selection import where

    wanted = None if text is None else where(text)
    if not (sys.stdin.isatty() and sys.stdout.isatty() and is_screen(sys.stderr)):
        raise ConfigError("inspect needs a terminal to draw on; in a pipe: destilation sample --where CONDITION")
    from destilation.tui.inspector import Inspector

    look, _ = load_look(look_overrides(plain))
    Inspector(place, where=wanted, refused=rejections, typed=typed, look=look).show()
