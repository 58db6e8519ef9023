"""`destilation convert`: a foreign file as a dataset folder."""

import os
from pathlib import Path

import click
from msgspec.structs import asdict

from destilation.cli import output
from destilation.cli.pace import every_now_and_then
from destilation.cli.settings import DEFAULT_CONFIG
from destilation.core.display import display_safe
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation convert chats.jsonl --template simple_qa --out datasets/chats
  destilation convert pairs.csv -t simple_qa --out datasets/pairs --columns question=prompt --columns answer=reply
  destilation convert alpaca.json -t reasoning --domain "General knowledge" --out datasets/alpaca
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-t", "--template", required=True, help="The template that its rows are samples of.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="The dataset folder to be made.")
@click.option("--columns", multiple=True, metavar="FIELD=COLUMN", help="Where a column is called otherwise; repeat.")
@click.option("--domain", help="The subject area; default: the file's name.")
@click.option("-C", "--config", type=click.Path(path_type=Path), help="The configuration with your own templates.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of the configuration.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(
    file: Path,
    template: str,
    out: Path,
    columns: tuple[str, ...],
    domain: str | None,
    config: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a dataset folder of chat messages, ShareGPT, Alpaca, prompt and completion, or plain columns.

    FILE is JSONL, JSON, CSV, TSV, Parquet or Arrow, and may be compressed. Rows that are no sample of the template,
    and duplicates, are left out and counted. What comes out can be verified, exported, merged and continued.
    """
    from destilation.config import Override, load, parse_setting
    from destilation.launch.convert import convert

    place = out.expanduser().absolute()
    overrides = [
        Override("job.template", template, "--template"),
        Override("job.domain", domain or display_safe(file.stem, 200) or "imported", "--domain"),
        Override("job.out", str(place.parent), "--out"),
        Override("job.name", place.name, "--out"),
        Override("job.target", 1, "--out"),
        *(parse_setting(text) for text in settings),
    ]
    path = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    resolved = load(path, overrides=overrides, env=os.environ)
    found = convert(file, resolved, place, dict(map(_column, columns)), every_now_and_then("read rows:"))
    if as_json:
        refused = {reason: asdict(each) for reason, each in found.refused.items()}
        output.print_json(
            {"folder": str(found.folder), "rows": found.rows, "samples": found.samples, "refused": refused}
        )
        return
    print(f"{found.samples:,} samples of {found.rows:,} rows")
    for reason, each in sorted(found.refused.items(), key=lambda pair: -pair[1].count):
        lines = ", ".join(map(str, each.first)) + (", ..." if each.count > len(each.first) else "")
        print(f"  {each.count:>8,} left out: {display_safe(reason, 200)} (rows {lines})")
    print(f"  {os.path.relpath(found.folder)}; judge them by the template's checks with: destilation reparse")


def _column(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not field or not equals or not column:
        raise ConfigError(f"--columns wants FIELD=COLUMN, not {display_safe(text, 80)!r}")
    return field, column
