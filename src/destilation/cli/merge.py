"""`destilation merge`: one dataset of several, without their duplicates."""

import os
from pathlib import Path

import click

from destilation.cli import output
from destilation.cli.pace import every_now_and_then
from destilation.cli.where import find_folder
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation merge datasets/monday datasets/tuesday --out datasets/week
  destilation merge datasets/a datasets/b --out datasets/ab --set job.dedup.threshold=0.9
"""


@click.command(epilog=EPILOG)
@click.argument("folders", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="The dataset folder to be made.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of the first folder's job.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(folders: tuple[str, ...], out: Path, settings: tuple[str, ...], as_json: bool) -> None:
    """Make one dataset folder of several that have the same template.

    Of equal and near-equal samples the first is kept, by the first folder's job.dedup. Provenance and ledger come
    along, with their tasks numbered anew, so that the result can be verified, exported and continued.
    """
    from destilation.config import Override, load, parse_setting
    from destilation.launch.merge import merge
    from destilation.launch.verify import config_of

    if len(folders) < 2:
        raise ConfigError("merge wants at least two folders")
    sources = [find_folder(folder) for folder in folders]
    if twice := next((each for each in sources if sources.count(each) > 1), None):
        raise ConfigError(f"{os.path.relpath(twice)} is named twice")
    config_of(sources[0])
    place = out.expanduser().absolute()
    overrides = [
        Override("job.out", str(place.parent), "--out"),
        Override("job.name", place.name, "--out"),
        *(parse_setting(text) for text in settings),
    ]
    config = load(sources[0] / "job.toml", overrides=overrides, env={})
    found = merge(sources, config, place, every_now_and_then("merged samples:"))
    if as_json:
        document = {"folder": str(found.folder), "samples": found.samples}
        output.print_json({**document, "taken": found.taken, "duplicates": found.duplicates})
        return
    print(f"{found.samples:,} samples of {len(sources)} folders")
    for name, taken in found.taken.items():
        print(f"  {os.path.relpath(name)}: {taken:,} taken, {found.duplicates[name]:,} duplicates of earlier ones")
    print(f"  {os.path.relpath(found.folder)}")
