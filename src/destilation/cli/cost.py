"""`destilation cost`: what a dataset cost, by provider, model and outcome."""

import math

import click
import msgspec

from destilation.cli import output
from destilation.cli.where import find_folder
from destilation.core.display import display_safe


@click.command(epilog="\b\nExamples:\n  destilation cost\n  destilation cost datasets/rust-agents --json")
@click.argument("folder", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(folder: str | None, as_json: bool) -> None:
    """Show what a dataset cost, by stage, provider, model and outcome. FOLDER defaults to the job of ./config.toml.

    "no answer" are requests whose reply was lost on the way: they may have been charged for, and count with the
    most they could cost.
    """
    from destilation.launch.cost import cost, samples_in

    place = find_folder(folder)
    rows, samples = cost(place), samples_in(place)
    total = math.fsum(row.usd for row in rows)
    if as_json:
        each = 1000 * total / samples if samples else None
        output.print_json({"rows": msgspec.to_builtins(rows), "usd": total, "usd_per_1000_accepted": each})
        return
    if not rows:
        print("nothing was asked yet")
        return
    staged = any(row.stage for row in rows)
    heads = ("provider", "model", "outcome", "answers", "tokens in", "tokens out", "US dollars")
    table: list[tuple[str, ...]] = [("stage", *heads) if staged else heads]
    for row in rows:
        numbers = (f"{row.answers:,}", f"{row.tokens_in:,}", f"{row.tokens_out:,}", f"{row.usd:.4f}")
        stage = (display_safe(row.stage, 40),) if staged else ()
        table.append(
            (*stage, display_safe(row.provider, 40), display_safe(row.model, 60) or "-", row.outcome, *numbers)
        )
    output.print_table(table)
    worth = f", ${1000 * total / samples:.4f} per 1,000 accepted" if samples else ""
    print(f"${total:.4f} in all{worth}")
