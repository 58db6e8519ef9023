"""What verbs print at their end: reports for people, one JSON document for programs."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from destilation.cli.live import duration_words
from destilation.core.display import display_safe
from destilation.core.verdict import DUPLICATES
from destilation.launch.run import Report


def print_json(document: object) -> None:
    """One JSON document on stdout."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows of cells, left-aligned in columns; the last column is not padded."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        print("  ".join([*cells, row[-1]]).rstrip())


def print_report(report: Report, stream: TextIO) -> None:
    """How a run ended: on the stream what is there, and why anything is missing; what is to be known on stderr."""
    for notice in report.notices:
        print(f"note: {display_safe(notice, 300)}", file=sys.stderr)
    for line in report_lines(report):
        print(line, file=stream)


def report_lines(report: Report) -> list[str]:
    """The lines of `print_report`."""
    made = report.accepted - report.began_with
    rate = 60 * made / report.seconds if report.seconds > 0 else 0.0
    state = "" if report.state == "met" else f"   {report.state.replace('_', ' ')}"
    lines = [
        f"{report.folder.name}  {report.accepted:,} / {report.target:,} samples   "
        f"{duration_words(report.seconds)}   {rate:,.0f}/min   ${_number(report.metadata, 'cost_usd'):.2f}{state}"
    ]
    lines += share_lines(report.metadata)
    lines += reason_lines(report.reasons, int(_number(report.metadata, "attempts")))
    lines += [f"  {display_safe(label, 60)}: {display_safe(why, 300)}" for label, why in report.retired.items()]
    if report.state == "short":
        lines.append(_short_line(report))
    elif report.state != "met":
        lines.append(f"  {report.target - report.accepted:,} missing; the same command continues")
    lines.append(f"  {os.path.relpath(report.folder / 'samples.jsonl')}")
    return lines


def share_lines(metadata: Mapping[str, object]) -> list[str]:
    """What the shares of the mix came to, where it has several entries."""
    providers = metadata.get("providers")
    counts = {label: int(each["accepted"]) for label, each in providers.items()} if isinstance(providers, dict) else {}
    total = sum(counts.values())
    if len(counts) < 2 or not total:
        return []
    shares = ", ".join(f"{display_safe(label, 60)} {100 * count / total:.1f}%" for label, count in counts.items())
    return [f"  shares of the samples: {shares}"]


def reason_lines(reasons: Mapping[str, int], attempts: int) -> list[str]:
    """A table of why answers were refused, most frequent first."""
    if not reasons:
        return []
    refused = sum(reasons.values())
    lines = [f"  refused {refused:,} of {attempts:,} answers:"]
    for code, count in sorted(reasons.items(), key=lambda pair: -pair[1]):
        lines.append(f"    {count:>8,}  {100 * count / max(attempts, 1):5.1f}%  {code.replace('_', ' ')}")
    return lines


def _short_line(report: Report) -> str:
    twins = sum(report.reasons.get(code, 0) for code in DUPLICATES)
    refused = sum(report.reasons.values())
    why = report.cause.partition(";")[0] or "almost everything was refused"
    if twins * 2 > refused and not report.cause:
        why = f"duplicates exhausted what the mix has to say ({100 * twins / refused:.0f}% of refusals)"
    return f"  stopped short: {report.accepted:,} of {report.target:,}; {why}; see: destilation coverage"


def _number(document: Mapping[str, Any], key: str) -> float:
    value = document.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
