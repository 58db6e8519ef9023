"""`destilation verify`: check every line of a dataset."""

from pathlib import Path

import click

from destilation.cli import output
from destilation.cli.where import find_folder
from destilation.core.display import display_safe
from destilation.core.events import Healed
from destilation.errors import DamagedError

MOST_SHOWN = 20


EPILOG = """\b
Examples:
  destilation verify
  destilation verify datasets/rust-agents --json
  destilation verify datasets/rust-agents --export datasets/rust-agents/exports/trl/train.jsonl
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("--repair", is_flag=True, help="Mend what can be mended from the other files; no sample is removed.")
@click.option("--export", "exported", type=click.Path(path_type=Path), help="Say which rows of it come from here.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(folder: str | None, repair: bool, exported: Path | None, as_json: bool) -> int:
    """Check every line against the template, duplicates, provenance and metadata.

    Exit 6 when anything is wrong. Nothing is changed without --repair, which moves torn tails and lines that cannot
    be read aside, makes lost samples, provenance and metadata anew from the ledger, and says what it did. With
    --export the rows of an exported file are looked up instead. FOLDER defaults to the job of ./config.toml.
    """
    from destilation.launch.verify import verify

    place = find_folder(folder)
    if exported is not None:
        return _trace(place, exported, as_json=as_json)
    mended = _repair(place) if repair else []
    found = verify(place)
    if as_json:
        output.print_json(
            {
                "folder": str(place),
                "samples": found.samples,
                "ok": not found.faults,
                "mended": [{"file": each.file, "what": each.what} for each in mended],
                "faults": [{"file": f.file, "line": f.line, "what": f.what} for f in found.faults],
            }
        )
    else:
        for each in mended:
            print(f"mended {each.file}: {display_safe(each.what, 300)}")
        for fault in found.faults[:MOST_SHOWN]:
            line = f":{fault.line}" if fault.line else ""
            print(f"✗ {fault.file}{line}: {display_safe(fault.what, 300)}")
        if len(found.faults) > MOST_SHOWN:
            print(f"  and {len(found.faults) - MOST_SHOWN:,} more; --json shows all")
        if not found.faults:
            print(f"✓ {found.samples:,} samples: valid, distinct, each with its provenance")
    return DamagedError.exit_code if found.faults else 0


def _repair(place: Path) -> list[Healed]:
    from destilation.launch.salvage import salvage
    from destilation.launch.verify import config_of

    return salvage(place, config_of(place))


def _trace(place: Path, exported: Path, *, as_json: bool) -> int:
    from destilation.launch.lineage import trace_export
    from destilation.launch.verify import config_of

    found = trace_export(place, config_of(place), exported)
    rows, foreign = len(found.sources), len(found.foreign)
    if as_json:
        output.print_json(
            {
                "folder": str(place),
                "export": str(exported),
                "format": found.format,
                "rows": rows,
                "ok": not foreign,
                "unchanged": found.unchanged,
                "sources": found.sources,
                "foreign": found.foreign,
            }
        )
        return DamagedError.exit_code if foreign else 0
    if not found.unchanged:
        print("note: the samples are not those that the export was made of: some were added, removed or changed")
    for row in found.foreign[:MOST_SHOWN]:
        print(f"✗ row {row} comes from no sample here")
    if foreign > MOST_SHOWN:
        print(f"  and {foreign - MOST_SHOWN:,} more; --json shows all")
    if foreign:
        print(f"{rows - foreign:,} of {rows:,} rows come from the {found.samples:,} samples")
    else:
        used = len(set(found.sources))
        print(f"✓ all {rows:,} rows come from here: {used:,} of the {found.samples:,} samples have one")
    return DamagedError.exit_code if foreign else 0
