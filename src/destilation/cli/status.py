"""`destilation status`: how far a dataset is, live or at rest."""

from collections.abc import Mapping
from typing import Any

import click

from destilation.cli import output
from destilation.cli.live import duration_words
from destilation.cli.where import find_folder
from destilation.core.display import display_safe
from destilation.errors import ConfigError


@click.command(epilog="\b\nExamples:\n  destilation status\n  destilation status datasets/rust-agents --json")
@click.argument("folder", required=False)
@click.option("--json", "as_json", is_flag=True, help="The object of metadata.json.")
def command(folder: str | None, as_json: bool) -> None:
    """Show how far a dataset is. FOLDER defaults to the job of ./config.toml."""
    from destilation.launch.look import look

    place = find_folder(folder)
    seen = look(place)
    if seen.metadata is None:
        raise ConfigError(f"{place} has no readable metadata.json; the next run makes it anew: destilation run {place}")
    if as_json:
        output.print_json(seen.metadata)
        return
    for line in status_lines(seen.metadata, running=seen.running):
        print(line)


def status_lines(document: Mapping[str, Any], *, running: bool) -> list[str]:
    """The document in words."""
    state = _state(document, running=running)
    attempts = document.get("attempts", 0)
    lines = [
        f"{display_safe(str(document.get('job')), 80)}  {document.get('accepted', 0):,} / "
        f"{document.get('target', 0):,} samples   {state}",
        f"  {display_safe(str(document.get('template')), 80)} about {display_safe(str(document.get('domain')), 120)}",
        f"  {duration_words(float(document.get('elapsed_s', 0)))} of work, "
        f"{document.get('throughput_per_minute', 0):,.0f}/min, ${document.get('cost_usd', 0):.2f}, "
        f"{attempts:,} answers, {document.get('accepted_first_try', 0):,} accepted at the first attempt",
    ]
    refused = document.get("rejected", {}).items()
    reasons = {f"{layer}: {code}": count for layer, codes in refused for code, count in codes.items()}
    lines += output.share_lines(document)
    lines += output.reason_lines(reasons, attempts)
    lines += _acceptance_lines(document)
    for label, provider in document.get("providers", {}).items():
        lines.append(_provider_line(label, provider))
    return lines


def _acceptance_lines(document: Mapping[str, Any]) -> list[str]:
    """How many answers of each model were accepted, stage by stage, where there are several of either."""
    rows = document.get("acceptance", [])
    if len(rows) < 2:
        return []
    return ["  accepted of the answers:"] + [
        f"    {display_safe(row['stage'], 40) or document.get('template')}: {display_safe(row['provider'], 60)} "
        f"({display_safe(row['model'], 60)}) {row['rate']:.1%} of {row['answers']:,}"
        for row in rows
    ]


def _state(document: Mapping[str, Any], *, running: bool) -> str:
    state = str(document.get("state"))
    if running:
        return "running"
    return "stopped without saying so; run it again to continue" if state == "running" else state.replace("_", " ")


def _provider_line(label: str, provider: Mapping[str, Any]) -> str:
    latency = provider.get("latency_s", {})
    line = (
        f"  {display_safe(label, 60)}: {provider.get('requests', 0):,} requests, "
        f"{provider.get('accepted', 0):,} accepted, "
        f"{provider.get('rejected', 0):,} refused, {provider.get('errors', 0):,} errors, "
        f"{provider.get('throttled', 0):,} throttled, "
        f"p50 {latency.get('p50', 0):.2f}s p95 {latency.get('p95', 0):.2f}s, "
        f"${provider.get('cost_usd', 0):.2f}"
    )
    if way := provider.get("way"):
        line += f"; asked by {display_safe(str(way), 200)}"
    retired = provider.get("retired")
    return f"{line}; retired: {display_safe(str(retired), 200)}" if retired else line
