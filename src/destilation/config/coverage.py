"""`job.topics` and `[job.axes]`: what samples are to be about, and how they are to differ. Knows no task."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from destilation.config.model import JobTable, TopicsTable
from destilation.config.source import Source
from destilation.core.axes import BUILTIN, Axis
from destilation.core.job import AxisSpec, Topics
from destilation.core.template import PLACEHOLDERS, Template


def topics_of(source: Source, table: JobTable) -> Topics:
    """Whether the domain is divided into topics, and by whom; the path of a file is absolute."""
    told = table.topics
    if not isinstance(told, TopicsTable):
        told = TopicsTable(grow=told != "none", file=None if told in ("auto", "none") else told)
        told = told.model_copy(update={"grow": told.grow and told.file is None})
    if told.file is None:
        return Topics(grow=told.grow)
    beside = source.folder / told.file
    path = beside if beside.exists() else Path(told.file).expanduser()
    if not path.is_file():
        where = ("job", "topics", "file") if isinstance(table.topics, TopicsTable) else ("job", "topics")
        source.wrong(where, f"there is no file {told.file[:120]}", 'it is "auto", "none", or a file of topics')
    return Topics(file=str(path.absolute()), grow=told.grow)


def axes_of(source: Source, table: JobTable) -> dict[str, AxisSpec]:
    """The axes as configured: without values one is switched off."""
    found = {}
    for name, told in table.axes.items():
        values, weights = (told, []) if isinstance(told, list) else (told.values_, told.weights)
        if name in PLACEHOLDERS or name == "seed":
            source.wrong(("job", "axes", name), f'"{name}" is a placeholder already; choose another name')
        if values:
            try:
                Axis(name, tuple(values), tuple(weights))
            except ValueError as error:
                source.wrong(("job", "axes", name), str(error).removeprefix(f"axis '{name}' "))
                continue
        found[name] = AxisSpec(tuple(values), tuple(weights))
    return found


def drawn(source: Source, templates: Sequence[Template], told: Mapping[str, AxisSpec]) -> tuple[Axis, ...]:
    """The axes that tasks differ by: those of the templates, those their prompts name, and the configured ones.

    Where a prompt names one that is switched off, that is noted in the source.
    """
    usual = [name for template in templates for name in template.axes]
    named = [name for template in templates for name in template.placeholders if name in BUILTIN or name in told]
    axes = {name: BUILTIN[name] for name in (*usual, *named) if name in BUILTIN}
    axes |= {name: Axis(name, spec.values, spec.weights) for name, spec in told.items() if spec.values}
    off = {name for name, spec in told.items() if not spec.values}
    for name in off.intersection(named):
        source.wrong(("job", "axes", name), f"has no values, but the template asks for {{{{{name}}}}}")
    return tuple(axis for name, axis in axes.items() if name not in off)
