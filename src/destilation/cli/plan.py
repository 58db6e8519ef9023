"""`destilation plan`: the topics and axes that samples are, or would be, spread over."""

import os
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any, Literal

import click
import msgspec
from msgspec import Struct

from destilation.cli import output, pretty
from destilation.cli.settings import job_options, load_config
from destilation.cli.where import find_folder
from destilation.config import Config
from destilation.core.axes import Axis
from destilation.core.display import display_safe
from destilation.core.topics.shape import LEAST, widths
from destilation.core.topics.tree import Tree
from destilation.report.nodes import Node, depth_for, down_to

MOST_ROWS, MOST_VALUES = 60, 24


@click.group(epilog="\b\nExamples:\n  destilation plan show\n  destilation plan show datasets/rust-agents")
def command() -> None:
    """Show the topics and axes that samples are, or would be, spread over.

    The plan of a dataset is the file topics.txt in its folder: edit it between runs.
    """


SHOW = """\b
Examples:
  destilation plan show                              of ./config.toml, or of its dataset where there is one
  destilation plan show datasets/rust-agents
  destilation plan show -C other.toml --target 5000
  destilation plan show rust-agents --depth 1 --json
"""


@command.command(epilog=SHOW)
@click.argument("folder", required=False)
@job_options
@click.option("--depth", type=click.IntRange(1, 32), help="Levels of topics that are shown; default: what fits.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, with all topics whatever the depth.")
def show(folder: str | None, depth: int | None, as_json: bool, **flags: Any) -> None:
    """Show the tree of topics with weights and shares, the axes with their values, and how many prompts they make.

    Of FOLDER, or of what a configuration would make: nothing is sent or written, and no topics are asked for.
    """
    from destilation.launch.folder import folder_of

    place = None if folder is None else find_folder(folder)
    config = load_config(flags, place)
    planned = _planned(config, place or folder_of(config))
    if as_json:
        output.print_json(msgspec.to_builtins(planned))
        return
    columns = pretty.terminal_width() if pretty.to_people() else None
    for line in pretty.fitting(_lines(planned, depth, columns), columns):
        print(line)


class _Topic(Struct, frozen=True):
    """A topic of the plan: `weight` counts beside its siblings, `share` is that of the domain (0 to 1).

    `planned` is how many samples it is to have in the end, `accepted` how many it has.
    """

    path: tuple[str, ...]
    weight: float
    share: float
    planned: float
    accepted: int
    closed: str


class _Planned(Struct, frozen=True, kw_only=True):
    """What `plan show` tells. `source` is where topics come from: a file, the model, the user's seeds, nowhere.

    `file` is the one they stand in, None where they are still to be asked for; then `leaves`, those that may be asked
    about, is an estimate. `prompts` is how many different ones topics (or seeds) and axes make.
    """

    job: str
    domain: str
    template: str
    target: int
    source: Literal["file", "model", "seeds", "none"]
    file: str | None
    leaves: int
    closed: int
    seeds: int | None
    topics: list[_Topic]
    axes: tuple[Axis, ...]
    combinations: int
    prompts: int


def _planned(config: Config, folder: Path) -> _Planned:
    """Raises ConfigError for a file of topics or seeds that cannot be read, with the line."""
    from destilation.core.recollection import Recollection
    from destilation.core.spread import spread
    from destilation.launch.seeded import seeds_of, with_target
    from destilation.launch.topics import tree_of
    from destilation.report.nodes import nodes
    from destilation.storage.layout import TOPICS
    from destilation.storage.recollect import recollected

    seeded = seeds_of(config)
    seeds = None if seeded is None else len(seeded.supply)
    config = with_target(config, seeded)
    job, kept = config.job, folder / TOPICS
    tree = tree_of(config, folder)
    plan = spread(job, config.axes, tree)
    told = recollected(folder) if folder.is_dir() else Recollection()
    if plan is not None:
        told.tell(plan)
    found = nodes(tree, plan, told) if tree.topics else []
    ends = [leaf for leaf in tree.leaves if leaf.path]
    closed = sum(node.state == "closed" for node in found)
    leaves = len(ends) - closed if ends else prod(widths(job.target)) if seeds is None and job.topics.grow else 1
    combinations = prod(len(axis.values) for axis in config.axes)
    file = None if seeds is not None else str(kept) if kept.is_file() else job.topics.file
    return _Planned(
        job=job.name,
        domain=job.domain,
        template=job.template,
        target=job.target,
        source="seeds" if seeds is not None else "file" if file else "model" if job.topics.grow else "none",
        file=file,
        leaves=leaves,
        closed=closed,
        seeds=seeds,
        topics=[_topic(tree, node) for node in found if node.path and node.planned is not None],
        axes=config.axes,
        combinations=combinations,
        prompts=(leaves if seeds is None else seeds) * combinations,
    )


def _topic(tree: Tree, node: Node) -> _Topic:
    topic = tree.at(node.path)
    weight = 1.0 if topic is None else topic.weight
    return _Topic(node.path, weight, node.share or 0.0, node.planned or 0.0, node.accepted, node.closed)


def _lines(planned: _Planned, depth: int | None, columns: int | None) -> Iterable[str]:
    about = f"{display_safe(planned.template, 80)} about {display_safe(planned.domain, 120)}"
    yield f"{display_safe(planned.job, 80)}  {planned.target:,} samples of {about}"
    yield f"  {_source(planned)}"
    if planned.topics:
        yield ""
        yield from _tree(planned.topics, depth, columns)
    for axis in planned.axes:
        yield ""
        yield from _axis(axis, columns)
    yield ""
    yield f"  {_prompts(planned)}"
    yield f"  {_how(planned)}"


def _source(planned: _Planned) -> str:
    if planned.source == "seeds":
        return f"no topics: seeds say what the samples are about, {planned.seeds or 0:,} at most"
    if planned.source == "file":
        closed = f", {planned.closed:,} more are closed" if planned.closed else ""
        return f"topics of {_place(planned.file)}: {planned.leaves:,} leaves to ask about{closed}"
    if planned.source == "model" and planned.target >= LEAST:
        return f"topics: none yet; the first request of a run asks the model for them, about {planned.leaves:,} leaves"
    why = f"below {LEAST} samples nothing is divided" if planned.source == "model" else 'topics = "none"'
    return f"topics: the domain as a whole ({why})"


def _tree(topics: list[_Topic], depth: int | None, columns: int | None) -> Iterable[str]:
    levels = [Node(path=each.path, state="open") for each in topics]
    depth = depth_for([Node(path=(), state="open"), *levels], MOST_ROWS) if depth is None else depth
    shown = {node.path for node in down_to(levels, depth)}
    rows = [
        (
            "  " * (len(each.path) - 1) + display_safe(each.path[-1], 200),
            f"{each.weight:g}",
            f"{each.share:.1%}",
            f"{each.planned:,.0f}",
            f"{each.accepted:,}",
            f"closed: {display_safe(each.closed, 60)}" if each.closed else "",
        )
        for each in topics
        if each.path in shown
    ]
    # The remark may run over the right edge of a table that fits: it comes last.
    yield from pretty.figures([("topic", "weight", "share", "planned", "there", ""), *rows], columns)
    if len(rows) < len(topics):
        yield f"  {len(topics) - len(rows):,} topics below these count with them; to see them: --depth {depth + 1}"


def _axis(axis: Axis, columns: int | None) -> Iterable[str]:
    weights = axis.weights or (1.0,) * len(axis.values)
    values = list(zip(axis.values, weights, strict=True))[:MOST_VALUES]
    rows = [(display_safe(value, 200), f"{weight:g}", f"{weight / sum(weights):.1%}", "") for value, weight in values]
    yield from pretty.figures([(display_safe(axis.name, 64), "weight", "share", ""), *rows], columns)
    if len(axis.values) > MOST_VALUES:
        yield f"  {len(axis.values) - MOST_VALUES:,} values more; all: --json"


def _prompts(planned: _Planned) -> str:
    if planned.seeds is None:
        estimate = "about " if planned.source == "model" and not planned.file and planned.leaves > 1 else ""
        what = f"{estimate}{planned.leaves:,} leaves"
    else:
        what = f"{planned.seeds:,} of seeds"
    told = f"different prompts: {what} x {planned.combinations:,} combinations of axes = {planned.prompts:,}"
    if planned.seeds is None and planned.prompts < planned.target:
        return f"{told}, fewer than the target of {planned.target:,}: add topics or axes, or prompts come again"
    return told


def _how(planned: _Planned) -> str:
    axes = "values and weights of axes: [job.axes] in the configuration"
    if planned.source == "file":
        return (
            f"to change it, edit {_place(planned.file)} between runs: a topic a line, two spaces deeper what belongs "
            f"to it, ' * 2' at the end for a weight, '[closed: why]' to ask no more; {axes}"
        )
    if planned.source == "model":
        return f'to give your own topics: topics = "topics.txt" in [job]; {axes}'
    return axes


def _place(file: str | None) -> str:
    near = os.path.relpath(file or "")
    return display_safe(near if not near.startswith("..") else str(file), 200)
