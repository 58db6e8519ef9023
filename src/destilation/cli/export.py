"""`destilation export`: a dataset as files that trainers load."""

import os
import sys
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from destilation.cli import output
from destilation.cli.pace import every_now_and_then
from destilation.cli.where import find_folder
from destilation.core.display import display_safe
from destilation.errors import ConfigError, DamagedError
from destilation.launch.wish import CardWish, Exported, Wish

EPILOG = """\b
Examples:
  destilation export datasets/rust-agents --format trl
  destilation export datasets/rust-agents --format llamafactory --split 90/5/5 --out data/rust
  destilation export datasets/rust-agents --format openai --out rust.jsonl --check
  destilation export datasets/rust-agents --format trl --tokenizer tokenizer.json --max-tokens 4096 --drop-longer
  destilation export datasets/rust-agents --format parquet --card --license cc-by-4.0 --language en
"""
MOST_SHOWN = 10
_FILE = click.Path(path_type=Path)


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("--format", "form", required=True, metavar="NAME", help="The training format; see docs/exports.md.")
@click.option("-o", "--out", type=_FILE, help="A folder, or a file (.gz, .xz, .bz2, .zst compress).")
@click.option("--split", default="", metavar="90/5/5", help="Shares of train, validation and test.")
@click.option("--stratify", default="", metavar="topic", help="Split each value of this by itself.")
@click.option("--reasoning", type=click.Choice(["think", "field", "thinking", "none"]), help="Default: the format's.")
@click.option("--system", default="keep", metavar="keep|none|TEXT", help="The first turn of every row.")
@click.option("--tool-args", type=click.Choice(["object", "string"]), help="Arguments of calls; default: the format's.")
@click.option("--with-provenance", is_flag=True, help="Add id, provider, model and topic as columns.")
@click.option("--tokenizer", type=_FILE, help="A tokenizer.json: count the tokens of the rows.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Tell how many rows have more.")
@click.option("--drop-longer", is_flag=True, help="Leave those rows out.")
@click.option("--chat-template", type=_FILE, help="Render every row, and tell what the template loses.")
@click.option("--check", is_flag=True, help="Read the files back and check every row; exit 6 when one is wrong.")
@click.option("--card", is_flag=True, help="Write README.md and croissant.json beside the rows.")
@click.option("--license", "license_", metavar="ID", help="With --card: the licence that you choose.")
@click.option("--language", multiple=True, metavar="CODE", help="With --card; repeat for several.")
@click.option("--name", default="", help="With --card: the dataset's name; default: the job's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(folder: str | None, form: str, check: bool, as_json: bool, **flags: Any) -> int:
    """Write the samples in a training format, with what says how they were made beside them.

    No text is rewritten: fields are moved, roles added. Without --out the files go below FOLDER/exports. FOLDER
    defaults to the job of ./config.toml.
    """
    from destilation.launch.export import export
    from destilation.launch.recheck import recheck
    from destilation.launch.verify import config_of

    place = find_folder(folder)
    exported = export(place, config_of(place), _wish(form, flags), every_now_and_then("exported samples:"))
    faults = recheck(exported) if check else []
    if as_json:
        output.print_json({**_document(exported), "checked": check, "faults": [asdict(each) for each in faults]})
    else:
        _tell(exported)
        for fault in faults[:MOST_SHOWN]:
            print(f"✗ {fault.file}:{fault.row}: {display_safe(fault.what, 300)}")
        if check and not faults:
            print(f"✓ every row read back and checked: {exported.rows:,}")
    lost = exported.rendered is not None and (exported.rendered.refused or exported.rendered.lost)
    return DamagedError.exit_code if faults or (check and lost) else 0


def _wish(form: str, flags: dict[str, Any]) -> Wish:
    card = None
    if flags["card"]:
        if not flags["license_"]:
            what = "--card needs --license: which one is yours to choose"
            raise ConfigError(f"{what}, and teachers may have a say.  help: such as --license cc-by-4.0, or other")
        card = CardWish(license=flags["license_"], languages=flags["language"], name=flags["name"])
    return Wish(
        format=form,
        out=flags["out"],
        split=flags["split"],
        stratify=flags["stratify"],
        reasoning=flags["reasoning"],
        arguments=flags["tool_args"],
        system=flags["system"],
        provenance=flags["with_provenance"],
        tokenizer=flags["tokenizer"],
        max_tokens=flags["max_tokens"],
        drop_longer=flags["drop_longer"],
        chat_template=flags["chat_template"],
        card=card,
    )


def _document(exported: Exported) -> dict[str, Any]:
    return {
        "format": exported.form.name,
        "folder": str(exported.places.folder),
        "meta": str(exported.places.meta),
        "rows": exported.rows,
        "samples": exported.reading.samples,
        "samples_digest": exported.reading.digest,
        "files": [asdict(part) for part in exported.files],
        "strata": exported.strata,
        "skipped": {reason: asdict(each) for reason, each in exported.skipped.items()},
        "notices": exported.notices,
        "lengths": None if exported.lengths is None else asdict(exported.lengths),
        "rendered": None if exported.rendered is None else asdict(exported.rendered),
    }


def _tell(exported: Exported) -> None:
    form = exported.form
    for notice in exported.notices:
        print(f"note: {display_safe(notice, 300)}", file=sys.stderr)
    for reason, skipped in exported.skipped.items():
        lines = ", ".join(map(str, skipped.first)) + (", ..." if skipped.count > len(skipped.first) else "")
        print(f"note: without a row: {skipped.count:,} samples, {reason} (lines {lines})", file=sys.stderr)
    print(f"{exported.rows:,} rows of {exported.reading.samples:,} samples as {form.name}")
    for part in exported.files:
        place = os.path.relpath(exported.places.folder / part.name)
        print(f"  {place}  {part.rows:,} rows, {part.bytes:,} bytes")
    if exported.lengths is not None:
        _tell_lengths(exported)
    if exported.rendered is not None:
        _tell_rendered(exported)
    print(f"  how they were made: {os.path.relpath(exported.places.meta)}")
    if form.trainer:
        print(f"  for {form.title}: {form.trainer}")


def _tell_lengths(exported: Exported) -> None:
    found = exported.lengths
    assert found is not None
    spread = f"mean {found.mean:,}, p50 {found.p50:,}, p95 {found.p95:,}, longest {found.longest:,}"
    print(f"  tokens {found.total:,}: {spread}")
    if found.over:
        remedy = "a trainer would cut them off; --drop-longer leaves them out"
        print(f"note: rows with more tokens than that: {found.over:,}; {remedy}", file=sys.stderr)


def _tell_rendered(exported: Exported) -> None:
    found = exported.rendered
    assert found is not None
    print(f"  the chat template keeps all of {found.whole:,} rows")
    for what, count in found.lost.items():
        print(f"✗ it loses {what} in {count:,} rows")
    for why, count in list(found.refused.items())[:MOST_SHOWN]:
        print(f"✗ it refuses {count:,} rows: {display_safe(why, 200)}")
