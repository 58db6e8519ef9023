"""`destilation sample`: look at some samples, or at refused answers."""

from collections.abc import Mapping
from random import Random
from typing import Any

import click
import msgspec
from msgspec import Struct

from destilation.cli import output, pretty
from destilation.cli.where import find_folder
from destilation.report import selection

EPILOG = """\b
Examples:
  destilation sample
  destilation sample datasets/rust-agents -n 10 --seed 7
  destilation sample datasets/rust-agents --where 'provider == "ollama" and tokens.out > 100'
  destilation sample datasets/rust-agents --where 'answer ~ "lifetime" and not attempt == 1'
  destilation sample datasets/rust-agents --rejections --where 'layer == semantic'
  destilation sample datasets/rust-agents -n 100 > some.jsonl
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("-n", "most", default=3, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--seed", type=int, help="Draw the same ones again.")
@click.option("--where", "text", metavar="CONDITION", help="Only of those that fit.")
@click.option("--rejections", is_flag=True, help="Refused answers, with the reasons.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, with line numbers and provenance.")
def command(folder: str | None, most: int, seed: int | None, text: str | None, rejections: bool, as_json: bool) -> None:
    """Show samples drawn at random. In a pipe: their lines as they stand in the file.

    A condition compares names with values by == != < > and ~ (contains, whatever the case), joined by and, or, not
    and parentheses. A name is a field of the sample, or of its provenance: provider, model, task, attempt,
    cost_usd, t, tokens.out and so on. FOLDER defaults to the job of ./config.toml.
    """
    place, wanted, chance = find_folder(folder), selection.where(text), Random(seed)
    shown: list[_Shown]
    if rejections:
        of, refused = selection.pick_refusals(place, wanted, most, chance)
        shown = [_refusal(each) for each in refused]
    else:
        of, picked = selection.pick(place, wanted, most, chance)
        shown = [_sample(each) for each in picked]
    if as_json:
        documents = [each.document for each in shown]
        output.print_json({"fit": of, "refusals" if rejections else "samples": documents})
    elif not shown:
        click.echo("nothing fits" if text else "there is nothing yet", err=True)
    elif not pretty.to_people():
        for each in shown:
            print(each.line)
    else:
        for each in shown:
            _print(each)
        print(f"{len(shown):,} of {of:,}{' that fit' if text else ''}")


class _Shown(Struct, frozen=True):
    """What is shown in each of the three ways: a heading with fields, a line, a document."""

    head: str
    fields: Mapping[str, Any]
    line: str
    document: Mapping[str, Any]


def _sample(picked: selection.Picked) -> _Shown:
    head = f"#{picked.number:,}  {pretty.origin_line(picked.origin)}"
    document = {"line": picked.number, "sample": picked.record, "provenance": picked.origin}
    return _Shown(head, picked.record, picked.line.decode("utf-8", "replace"), document)


def _refusal(picked: selection.PickedRefusal) -> _Shown:
    told = picked.refusal
    head = f"task {told.get('task')} attempt {told.get('attempt')}  {told.get('provider')} ({told.get('model')})"
    reasons = told.get("reasons")
    why = "\n".join(map(str, reasons)) if isinstance(reasons, list) else ""
    fields = {f"refused by the {told.get('layer')} layer": why}
    if picked.answer is not None:
        fields["answer"] = picked.answer.text
    document = {"line": picked.number, "refusal": told, "answer": msgspec.to_builtins(picked.answer)}
    return _Shown(head, fields, picked.line.decode("utf-8", "replace"), document)


def _print(shown: _Shown) -> None:
    columns = pretty.width()
    for line in pretty.wrapped(shown.head, columns):
        print(line)
    for name, value in shown.fields.items():
        for line in pretty.field_lines(name, value, columns):
            print(line)
    print()
