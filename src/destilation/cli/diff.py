"""`destilation diff`: what two datasets have in common, and what not."""

from pathlib import Path

import click
import msgspec

from destilation.cli import output
from destilation.cli.dedup import fields_of, fields_option, print_pairs, threshold_option
from destilation.core.display import display_safe

EPILOG = """\b
Examples:
  destilation diff datasets/rust-agents datasets/rust-agents.reparsed
  destilation diff old.jsonl new.jsonl --fields question --json
"""


@click.command(epilog=EPILOG)
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@threshold_option
@fields_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document, with the numbers of the first 1,000 lines.")
def command(first: Path, second: Path, threshold: float, fields: str | None, as_json: bool) -> None:
    """Compare two datasets, each a folder or a JSONL file: what only one has, what both have, and what is near.

    Compared are the fields of their job, if both are folders of one, else all. Nothing is changed.
    """
    from destilation.launch.diff import diff

    chosen = fields_of(fields, (first, second))
    found = diff(first, second, threshold=threshold, fields=chosen)
    if as_json:
        output.print_json({**msgspec.to_builtins(found), "fields": chosen})
        return
    for side in (found.first, found.second):
        print(f"only in {display_safe(side.file)}: {side.only:,} of {side.lines:,}")
    print(f"in both: {found.both:,}; near: {found.near:,}")
    print_pairs(found.closest)
