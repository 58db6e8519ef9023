"""`destilation report`: a dataset on one page."""

import os
import webbrowser
from pathlib import Path

import click
import msgspec

from destilation.cli import output
from destilation.cli.where import find_folder

EPILOG = """\b
Examples:
  destilation report
  destilation report datasets/rust-agents --open
  destilation report datasets/rust-agents --out report.html --samples 50
  destilation report datasets/rust-agents --json
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="The file; default: report.html in the folder.")
@click.option("--samples", default=30, show_default=True, type=click.IntRange(0, 500), help="How many are shown.")
@click.option("--seed", default=1, show_default=True, help="Which samples are drawn.")
@click.option("--open", "opened", is_flag=True, help="Show it in the browser.")
@click.option("--json", "as_json", is_flag=True, help="Print what it tells as one JSON document, too.")
def command(folder: str | None, out: Path | None, samples: int, seed: int, opened: bool, as_json: bool) -> None:
    """Write a dataset's report: one HTML file that needs no network and holds no script.

    Throughput and cost over time, what was refused and why, providers beside each other, lengths, topics, the pairs
    that are most alike, and samples with how they came to be. FOLDER defaults to the job of ./config.toml.
    """
    from destilation.report.write import write

    written = write(find_folder(folder), out, seed=seed, shown=samples)
    facts = written.facts
    if as_json:
        told = {
            "metadata": dict(facts.metadata),
            "timeline": msgspec.to_builtins(facts.timeline),
            "lengths": msgspec.to_builtins(facts.lengths),
            "coverage": msgspec.to_builtins(facts.covered),
            "notes": facts.notes,
        }
        output.print_json({"file": str(written.path.absolute()), "bytes": written.size, **told})
    else:
        print(f"{os.path.relpath(written.path)}  {written.size / 1000:,.0f} kB, {facts.samples:,} samples")
    if opened and not webbrowser.open(written.path.absolute().as_uri()):
        click.echo("note: there is no browser to open it in", err=True)
