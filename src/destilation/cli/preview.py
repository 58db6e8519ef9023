"""`destilation preview`: a few samples beside their prompts, before a job is begun."""

import asyncio
import os
import sys
from itertools import zip_longest
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import click
import msgspec
from msgspec import Struct

from destilation.cli import output, pretty
from destilation.cli.settings import job_options, load_config
from destilation.config import Config
from destilation.core.display import display_safe
from destilation.core.provider import Message
from destilation.launch.preview import preview
from destilation.launch.run import Report
from destilation.launch.signals import Signals
from destilation.report.dialogue import Turn, dialogues, prompt_of
from destilation.report.selection import Picked, PickedRefusal, pick, pick_refusals, where

EPILOG = """\b
Examples:
  destilation preview
  destilation preview -n 1 --template reasoning
  destilation preview -p ollama -m qwen3:8b --domain "Rust Systems Programming"
  destilation preview --json
"""
SIDE_BY_SIDE = 120
MOST_REFUSALS = 5


@click.command(epilog=EPILOG)
@job_options
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(as_json: bool, **flags: Any) -> int:
    """Make a few samples with the job's providers, and show each beside its prompt, with checks and cost.

    -n says how many; 3 without it. Nothing is kept, and the dataset's folder is not touched. The requests are real
    and cost what they cost; the job's caps hold. Exit codes are those of run.
    """
    flags["target"] = flags["target"] or "3"
    config = load_config(flags)
    with TemporaryDirectory(prefix="destilation-preview-") as folder:
        signals = Signals(listen=True)
        report = asyncio.run(preview(config, config.job.target, Path(folder), os.environ, signals))
        shown = _shown(config, report)
        refusals = [] if shown else pick_refusals(report.folder, where(None), MOST_REFUSALS, Random(1))[1]
    if as_json:
        output.print_json(_document(report, shown, refusals))
        return report.exit_code
    for notice in report.notices:
        print(f"note: {display_safe(notice, 300)}", file=sys.stderr)
    for each in shown:
        _print(each)
    for refused in refusals:
        _print_refusal(refused)
    for line in output.report_lines(report)[:-1]:
        print(line)
    print("  nothing was kept; to make the dataset: destilation run")
    return report.exit_code


class _Shown(Struct, frozen=True):
    """A sample with what was said for it."""

    picked: Picked
    prompt: tuple[Message, ...]
    turns: list[Turn]


def _shown(config: Config, report: Report) -> list[_Shown]:
    _, picked = pick(report.folder, where(None), report.accepted or 1, Random(1))
    said = dialogues(report.folder, {int(each.origin.get("task", 0)) for each in picked})
    found = []
    for each in picked:
        task = int(each.origin.get("task", 0))
        turns = said.get(task, [])
        prompt = prompt_of(config, each.origin, turns[0]) if turns else None
        found.append(_Shown(each, prompt or (), turns))
    return found


def _document(report: Report, shown: list[_Shown], refusals: list[PickedRefusal]) -> dict[str, Any]:
    return {
        "state": report.state,
        "cost_usd": report.metadata["cost_usd"],
        "rejected": report.metadata["rejected"],
        "samples": [
            {
                "prompt": msgspec.to_builtins(each.prompt),
                "sample": each.picked.record,
                "provenance": each.picked.origin,
                "answers": msgspec.to_builtins(each.turns),
            }
            for each in shown
        ],
        "refusals": [{"refusal": each.refusal, "answer": msgspec.to_builtins(each.answer)} for each in refusals],
    }


def _print(shown: _Shown) -> None:
    columns = pretty.terminal_width()
    head = f"#{shown.picked.number}  {pretty.origin_line(shown.picked.origin)}"
    cost = sum(turn.cost_usd for turn in shown.turns)
    head += f", {len(shown.turns)} answer{'s' * (len(shown.turns) != 1)}, ${cost:.4f}"
    print("\n".join(pretty.wrapped(head, columns)))
    side = columns // 2 - 1 if columns >= SIDE_BY_SIDE else columns
    prompt = [line for message in shown.prompt for line in pretty.field_lines(message.role, message.content, side)]
    sample = [line for name, value in shown.picked.record.items() for line in pretty.field_lines(name, value, side)]
    refused = [line for turn in shown.turns if turn.reasons for line in _refused(turn, side)]
    if side < columns:
        for left, right in zip_longest(prompt, refused + sample, fillvalue=""):
            print(f"{left.ljust(side)} │{right}".rstrip())
    else:
        print("\n".join(prompt + refused + sample))
    print()


def _refused(turn: Turn, columns: int) -> list[str]:
    return pretty.field_lines(f"attempt {turn.attempt} was refused", "\n".join(turn.reasons or ()), columns)


def _print_refusal(refused: PickedRefusal) -> None:
    columns = pretty.terminal_width()
    told = refused.refusal
    print(f"refused by the {display_safe(str(told.get('layer')), 40)} layer")
    for line in pretty.field_lines("reasons", "\n".join(map(str, told.get("reasons", []))), columns):
        print(line)
    if refused.answer is not None:
        for line in pretty.field_lines("answer", refused.answer.text, columns):
            print(line)
    print()
