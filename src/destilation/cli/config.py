"""`destilation config`: check a configuration, show what it amounts to, print its JSON Schema."""

from typing import Any

import click

from destilation.cli import output
from destilation.cli.settings import job_options, load_config
from destilation.config import dump, json_schema


@click.group(epilog="\b\nExamples:\n  destilation config check\n  destilation config show --origin")
def command() -> None:
    """Check a configuration, show it, or print its JSON Schema."""


@command.command(epilog="\b\nExample:\n  destilation config check -C config.toml")
@job_options
def check(**flags: Any) -> None:
    """Check the configuration and the flags; nothing is sent or written."""
    config = load_config(flags)
    job = config.job
    mix = ", ".join(share.label for share in job.mix)
    print(f"ok: job {job.name}, {job.target:,} samples of {job.template} about {job.domain}, asked of {mix}")


@command.command(epilog="\b\nExample:\n  destilation config show --origin")
@job_options
@click.option("--origin", is_flag=True, help="Show where each value came from.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(origin: bool, as_json: bool, **flags: Any) -> None:
    """Show the resolved configuration."""
    config = load_config(flags)
    if as_json:
        output.print_json({"toml": dump(config), "digest": config.digest, "origins": dict(config.origins)})
        return
    print(dump(config).rstrip())
    if origin:
        print("\n# where each value came from; all others are defaults")
        for key, place in sorted(config.origins.items()):
            if place != "default":
                print(f"# {key}: {place}")


@command.command(epilog="\b\nExample:\n  destilation config schema > config.schema.json")
def schema() -> None:
    """Print the JSON Schema of config.toml, for editors."""
    output.print_json(json_schema())
