"""`destilation dedup`: take duplicates out of any file of JSON lines."""

from pathlib import Path

import click
import msgspec

from destilation.cli import output
from destilation.core.display import display_safe
from destilation.launch.dedup import Pair

EPILOG = """\b
Examples:
  destilation dedup old.jsonl new.jsonl
      only says how many lines are equal to, or near, an earlier one, and which pairs are closest
  destilation dedup old.jsonl new.jsonl --out both.jsonl
  destilation dedup data.jsonl --fields instruction,input --threshold 0.9 --json
"""

threshold_option = click.option(
    "--threshold", type=click.FloatRange(0.5, 1.0), default=0.85, show_default=True, help="1.0: only equal lines."
)
fields_option = click.option("--fields", metavar="A,B", help="What is compared; by default all fields.")


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@threshold_option
@fields_option
@click.option("--out", "-o", type=click.Path(path_type=Path), help="Write the lines that stay, in one step.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(files: tuple[Path, ...], threshold: float, fields: str | None, out: Path | None, as_json: bool) -> None:
    """Find lines that are equal to, or near, an earlier one, by the rules of a run. The first stays.

    FILES are JSONL, or dataset folders, which are compared by their job's fields if all are of one job. Nothing is
    changed but for --out. Memory holds the index, about 450 bytes a line, and no text.
    """
    from destilation.launch.dedup import dedup

    chosen = fields_of(fields, files)
    found = dedup(files, threshold=threshold, fields=chosen, out=out)
    if as_json:
        output.print_json({**msgspec.to_builtins(found), "out": str(out) if out else None, "fields": list(chosen)})
        return
    print(f"lines: {found.lines:,}; equal to an earlier one: {found.equal:,}, near one: {found.near:,}")
    print(f"  {'left' if out is None else f'written to {display_safe(str(out))}'}: {found.kept:,}")
    print_pairs(found.closest)


def fields_of(given: str | None, files: tuple[Path, ...]) -> list[str]:
    """The fields to compare: those given, else those that the jobs of all folders agree on, else none."""
    from destilation.launch.jsonl import fields_of as of

    if given is not None:
        return [name.strip() for name in given.split(",") if name.strip()]
    jobs = {tuple(of(file)) for file in files}
    return list(jobs.pop()) if len(jobs) == 1 else []


def print_pairs(pairs: tuple[Pair, ...]) -> None:
    """The closest pairs, a line each."""
    if pairs:
        print("  closest near pairs:")
    for pair in pairs:
        places = (f"{display_safe(each.file)}:{each.line}" for each in (pair.kept, pair.other))
        print(f"    {pair.similarity:.2f}  {'  '.join(places)}")
