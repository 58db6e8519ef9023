"""`[job.seeds]`: which file, which of its columns, and what is done with them. Reads no seed."""

from pathlib import Path

from destilation.config.model import FIELD_NAME, SeedsTable
from destilation.config.problems import suggestion
from destilation.config.source import KeyPath, Source
from destilation.core.evolve import MOVES
from destilation.core.job import Seeds
from destilation.core.seed_mode import RECIPES, TEXT, Recipe
from destilation.core.template import Template

_PATH = ("job", "seeds")


def seeds_of(source: Source, table: SeedsTable | None, template: Template) -> Seeds | None:
    """The file of seeds, its path absolute, which column stands for which name, and how many samples one gives."""
    if table is None:
        return None
    recipe = RECIPES.get(table.mode)
    columns = _answered(source, table, template) if recipe is None else _made_from(table, template, recipe)
    for name in columns:
        if not FIELD_NAME.fullmatch(name):
            what = "must be 1 to 64 of A-Z a-z 0-9 _ and not begin with a digit"
            source.wrong((*_PATH, "columns", name), what, at="key")
    return Seeds(
        file=beside(source, table.file),
        columns=columns,
        rounds=table.rounds,
        mode=table.mode,
        per_seed=_per_seed(source, table, recipe),
        ways=tuple(table.ways),
        shuffle=table.shuffle,
        on_bad=table.on_bad,
        passage_chars=table.passage_chars,
    )


def beside(source: Source, file: str) -> str:
    """The absolute path of a file that is named in the configuration: beside that, else where the command is given."""
    near = source.folder / file
    return str((near if near.exists() else Path(file).expanduser()).absolute())


def _answered(source: Source, table: SeedsTable, template: Template) -> dict[str, str]:
    """The columns of seeds that are fields of the sample."""
    given = () if template.given is None else template.given.fields
    columns = dict(table.columns) or {name: name for name in template.seeds or given}
    for name in template.columns:
        columns.setdefault(name, name)
    if not columns:
        fields = ", ".join(field.name for field in template.fields)
        what = f'template "{template.id}" does not say what it is given'
        source.wrong(_PATH, what, f'name it: columns = {{ {fields.split(", ")[0]} = "column of the file" }}')
    return columns


def _made_from(table: SeedsTable, template: Template, recipe: Recipe) -> dict[str, str]:
    """The columns of seeds that samples are made from; what would be answered is what is evolved and varied."""
    columns, subject = dict(table.columns), recipe.columns[0]
    usual = template.given.fields[0] if template.given is not None else None
    if subject == TEXT and subject not in columns:
        own = next((name for name in template.columns if name not in recipe.given), "text")
        columns[subject] = columns.pop(usual, usual) if usual is not None else columns.get(own, own)
    for name in (subject, *template.seeds, *template.columns):
        if name == subject or name not in recipe.given:
            columns.setdefault(name, name)
    return columns


def _per_seed(source: Source, table: SeedsTable, recipe: Recipe | None) -> int:
    """How many samples are made of a seed, with what is wrong with that noted in the source."""
    names = [way.id for way in MOVES]
    for place, name in enumerate(table.ways):
        path: KeyPath = (*_PATH, "ways", place)
        if table.mode != "evolve":
            source.wrong(path, f'is not for mode = "{table.mode}"', 'ways are for mode = "evolve"')
        elif name not in names:
            what = f'there is no way "{name[:60]}"{suggestion(name, names)}'
            source.wrong(path, what, f"known: {', '.join(names)}")
        elif name in table.ways[:place]:
            source.wrong(path, f'"{name}" is named twice')
    most = 1 if recipe is None else len(table.ways) or recipe.most
    if table.per_seed is not None and table.per_seed > most:
        help = "a text is answered once; see the other modes" if recipe is None else ""
        source.wrong((*_PATH, "per_seed"), f'must be at most {most} where mode = "{table.mode}"', help)
    return table.per_seed or (1 if recipe is None else min(recipe.per_seed, most))
