"""`destilation coverage`: what a dataset is about, and where it is thin or repeats itself."""

from collections.abc import Iterable, Mapping
from typing import Any

import click
import msgspec

from destilation.cli import output, pretty
from destilation.cli.where import find_folder
from destilation.core.display import display_safe, redact
from destilation.report.nodes import Node, depth_for, down_to
from destilation.report.pairs import Pair
from destilation.report.survey import Covered
from destilation.report.topics import topic_words
from destilation.report.values import AxisValues

MOST_ROWS, MOST_VALUES, MOST_CLOSED = 60, 24, 20
_TEXT = 160  # characters of each text of a pair

EPILOG = """\b
Examples:
  destilation coverage
  destilation coverage datasets/rust-agents --depth 1
  destilation coverage datasets/rust-agents --json > coverage.json
  destilation coverage rust-agents --seed 7      other samples are compared
"""


@click.command(epilog=EPILOG)
@click.argument("folder", required=False)
@click.option("--depth", type=click.IntRange(0, 32), help="Levels of topics that are shown; default: what fits.")
@click.option("--seed", default=1, show_default=True, help="Which samples are drawn to be compared.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, with all topics whatever the depth.")
def command(folder: str | None, depth: int | None, seed: int, as_json: bool) -> None:
    """Show what a dataset covers: topics and axes beside their plan, what is thin, and which samples are most alike.

    Works while the job runs. Of large datasets the samples that are compared are drawn at random, and it says so.
    "accepted" is the share of a topic's answers that became samples; "due" is what a topic would have if all were as
    far as the dataset is, and one with less than half of that is thin. FOLDER defaults to the job of ./config.toml.
    """
    from destilation.launch.look import look
    from destilation.report.survey import survey

    place = find_folder(folder)
    covered = survey(place, seed=seed)
    seen = look(place)
    if as_json:
        output.print_json(document(place.name, covered, running=seen.running))
        return
    columns = pretty.terminal_width() if pretty.to_people() else None
    for line in lines(place.name, seen.metadata or {}, covered, depth=depth, columns=columns):
        print(line)


def document(name: str, covered: Covered, *, running: bool) -> dict[str, object]:
    """All of it for programs."""
    leaves = covered.leaves
    counts = {"leaves": len(leaves), "closed": sum(node.state == "closed" for node in leaves)}
    return {"folder": name, "running": running, **counts, **msgspec.to_builtins(covered)}


def lines(
    name: str, metadata: Mapping[str, Any], covered: Covered, *, depth: int | None, columns: int | None
) -> Iterable[str]:
    """All of it in words; `columns` wide, None: as wide as it takes."""
    return pretty.fitting(_lines(name, metadata, covered, depth, columns), columns)


def _lines(
    name: str, metadata: Mapping[str, Any], covered: Covered, depth: int | None, columns: int | None
) -> Iterable[str]:
    of = f" of {covered.target:,}" if covered.target else ""
    about = display_safe(redact(str(metadata.get("domain", ""))), 120)
    yield f"{display_safe(name, 80)}  {covered.samples:,}{of} samples{f' about {about}' if about else ''}"
    yield from _topics(covered, depth, columns)
    for axis in covered.axes:
        yield from _axis(axis, columns)
    yield from _thin(covered)
    told = covered.diversity
    yield ""
    yield f"how alike they are (of {told.texts:,} samples, 0 to 1)"
    yield f"  distinct-1 {told.distinct_1:.3f}  distinct-2 {told.distinct_2:.3f}  distinct-3 {told.distinct_3:.3f}"
    yield f"  similarity of two {told.alike:.3f}, of each and its nearest {told.nearest:.3f}"
    for pair in covered.pairs.closest:
        yield from _pair(pair)
    if not covered.pairs.closest and covered.pairs.compared > 1:
        yield f"  no two of {covered.pairs.compared:,} compared samples are as much as 50% alike"
    for note in covered.notes:
        yield f"note: {note}"


def _topics(covered: Covered, depth: int | None, columns: int | None) -> Iterable[str]:
    found = covered.topics
    if len(found) == 1:
        yield ""
        yield f"no topics: all samples are of the domain as a whole{_kept(found[0])}"
        return
    depth = depth_for(found, MOST_ROWS) if depth is None else depth
    shown: list[Node] = []
    strays: list[Node] = []
    for node in down_to(found, depth):
        (strays if node.state in ("gone", "unplanned") and node.path else shown).append(node)
    heads = ("topic", "samples", "planned", "accepted", "duplicates", "")
    table = [heads, *(_row(node) for node in shown), *(_row(node) for node in strays[:MOST_ROWS])]
    yield ""
    yield from pretty.figures(table, columns)
    deeper = sum(node.state not in ("gone", "unplanned") for node in found) - len(shown)
    if deeper:
        yield f"  {deeper:,} topics below these count with them; to see them: --depth {depth + 1}"
    if len(strays) > MOST_ROWS:
        yield f"  {len(strays) - MOST_ROWS:,} topics more that are in no tree; all: --json"
    closed = [node for node in covered.leaves if node.state == "closed"]
    if closed:
        yield ""
        yield f"closed: {len(closed):,} of {len(covered.leaves):,} leaves; nothing more is asked about them"
        for node in closed[:MOST_CLOSED]:
            yield f"  {topic_words(node.path)}: {node.closed}"
        if len(closed) > MOST_CLOSED:
            yield f"  and {len(closed) - MOST_CLOSED:,} more; all: --json"


def _kept(node: Node) -> str:
    answers = node.accepted + node.refused
    return f"; of {answers:,} answers {node.refused:,} were refused, {node.duplicates:,} as duplicates"


def _row(node: Node) -> tuple[str, ...]:
    words = topic_words(node.path) if node.state in ("gone", "unplanned") else node.path[-1] if node.path else "all"
    mark = {"closed": "closed", "gone": "not in topics.txt"}.get(node.state, "thin" if node.thin else "")
    indent = "  " * (len(node.path) - 1 if node.planned is not None else 0)
    return (
        indent + display_safe(redact(words), 200),
        f"{node.accepted:,}",
        "-" if node.planned is None else f"{node.planned:,.0f}",
        "-" if node.acceptance is None else f"{node.acceptance:.0%}",
        f"{node.duplicates:,}",
        mark,
    )


def _axis(axis: AxisValues, columns: int | None) -> Iterable[str]:
    rows = [
        (
            display_safe(redact(value.value), 200),
            f"{value.samples:,}",
            "-" if value.due is None else f"{value.due:,.0f}",
            "thin" if value.thin else "",
        )
        for value in axis.values[:MOST_VALUES]
    ]
    yield ""
    yield from pretty.figures([(display_safe(axis.axis, 64), "samples", "due", ""), *rows], columns)
    if len(axis.values) > MOST_VALUES:
        yield f"  {len(axis.values) - MOST_VALUES:,} values more; all: --json"


def _thin(covered: Covered) -> Iterable[str]:
    if covered.thin:
        yield ""
        yield "thin: less than half of what is due as far as the dataset is"
        for node in covered.thin:
            yield f"  {topic_words(node.path)}: {node.accepted:,}, due {node.due or 0:,.0f}"


def _pair(pair: Pair) -> Iterable[str]:
    yield f"  {pair.alike:.0%} alike: samples {pair.first:,} and {pair.second:,}"
    for text in pair.texts:
        yield f"    {display_safe(redact(' '.join(text.split())), _TEXT)}"
