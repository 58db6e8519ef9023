"""`destilation drop`: remove samples, keep what was paid for."""

import os

import click

from destilation.cli import output
from destilation.cli.where import find_folder

EPILOG = """\b
Examples:
  destilation drop datasets/rust-agents --where provider=ollama
  destilation drop datasets/rust-agents --where model=gpt-oss:20b --where after=2026-11-20
  destilation drop datasets/rust-agents --where before=2026-11-20T12:00 --dry-run
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("--where", "conditions", multiple=True, required=True, metavar="KEY=VALUE", help="Repeat: all must fit.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(folder: str | None, conditions: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Remove the samples that all conditions fit; the next run refills to the target.

    Keys: provider, model, mode, finish_reason, task, after, before (UTC, such as 2026-11-20 or 2026-11-20T12:00).
    What was paid for stays in the ledger, and the samples are kept in a file beside. FOLDER defaults to the job of
    ./config.toml.
    """
    from destilation.launch.drop import condition, drop
    from destilation.launch.verify import config_of

    place = find_folder(folder)
    found = drop(place, config_of(place), [condition(text) for text in conditions], dry_run=dry_run)
    if as_json:
        kept = str(found.kept) if found.kept else None
        output.print_json({"dropped": found.dropped, "left": found.left, "kept": kept, "dry_run": dry_run})
        return
    print(f"samples {'to be ' if dry_run else ''}dropped: {found.dropped:,}, left: {found.left:,}")
    if found.kept is not None:
        print(f"  they are in {os.path.relpath(found.kept)}; refill with: destilation run {os.path.relpath(place)}")
