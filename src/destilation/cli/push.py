"""`destilation push`: upload an export with its card to a hub."""

import os
import sys
from pathlib import Path

import click

from destilation.cli import output
from destilation.cli.where import find_folder
from destilation.core.display import display_safe
from destilation.errors import ConfigError

EPILOG = """\b
Examples:
  destilation export datasets/rust-agents --format trl --card --license cc-by-4.0
  destilation push datasets/rust-agents someone/rust-agents
  destilation push data/rust someone/rust-agents --public --yes
"""


@click.command(epilog=EPILOG)
@click.argument("folder")
@click.argument("repo")
@click.option("--public", is_flag=True, help="Everybody may read a repository that is made now; default: only you.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be uploaded.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(folder: str, repo: str, public: bool, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Upload an export with its card to REPO (owner/name) on a hub, in one commit, after asking.

    FOLDER is an exported folder, or a dataset of which one export has a card. Nothing is sent before you agree. The
    token is HF_TOKEN or that of `hf auth login`; HF_ENDPOINT names another hub. Needs the extra hub.
    """
    from destilation.launch.push import cargo_of, push

    given = Path(folder).expanduser()
    place = given if (given / "export.meta.json").is_file() else find_folder(folder)
    cargo = cargo_of(place.absolute(), place.absolute() / "exports")
    said = sys.stderr if as_json else sys.stdout
    hub = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    kind = "public" if public else "private"
    print(f"{cargo.rows:,} rows ({cargo.format}) to {display_safe(repo, 100)} at {hub} ({kind} if made now)", file=said)
    for name, size in cargo.files.items():
        print(f"  {name}  {size:,} bytes", file=said)
    if dry_run:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("nothing was sent: without a terminal push needs --yes")
        if not click.confirm("Upload?", err=True):
            raise ConfigError("nothing was sent")
    url = push(cargo, repo, private=not public, endpoint=os.environ.get("HF_ENDPOINT"))
    if as_json:
        output.print_json({"repo": repo, "rows": cargo.rows, "files": cargo.files, "commit": url})
        return
    print(f"uploaded: {display_safe(url, 300)}")
