"""`destilation reparse`: judge the stored answers of a dataset again, without a call."""

import os
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from destilation.cli import output
from destilation.cli.settings import job_options, load_config
from destilation.cli.where import find_folder
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation reparse datasets/rust-agents
      into datasets/rust-agents.reparsed, as its job.toml says
  destilation reparse datasets/rust-agents --config config.toml --in-place
      with the template and checks of config.toml; the old files are kept beside
  destilation reparse datasets/rust-agents --set job.dedup.threshold=0.9
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@job_options
@click.option("--in-place", is_flag=True, help="Change the folder itself; its old files are kept beside.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(folder: str | None, in_place: bool, as_json: bool, **flags: Any) -> None:
    """Judge the stored answers again with the present template, checks and duplicate settings.

    No call is made: what a mistaken check refused is recovered, and what a stricter one refuses is dropped. What a
    review (a judge, say) or the embeddings refused stays refused while the job has them; other answers go by the
    rest. A task brings one sample: the one from before, if it still passes. The result is a new folder (--out
    names it); FOLDER defaults to the job of ./config.toml.
    """
    from destilation.launch.reparse import reparse

    place, out = find_folder(folder), flags.pop("out")
    if in_place and out:
        raise ConfigError("--in-place and --out exclude each other")
    config = load_config({**flags, "out": None}, place)
    target = None if in_place else Path(out) if out else place.with_name(f"{place.name}.reparsed")
    found = reparse(place, config, target)
    if as_json:
        document = {**asdict(found), "folder": str(found.folder), "kept": str(found.kept) if found.kept else None}
        output.print_json(document)
        return
    print(f"{found.answers:,} answers judged again, no call made: {found.accepted:,} samples, {found.before:,} before")
    print(f"  {found.gained:,} gained, {found.lost:,} lost")
    for line in output.reason_lines(found.reasons, found.answers):
        print(line)
    kept = f"; the samples from before are in {os.path.relpath(found.kept)}" if found.kept else ""
    print(f"  {os.path.relpath(found.folder)}{kept}")
