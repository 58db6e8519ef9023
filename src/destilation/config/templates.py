"""`[[templates]]` into Templates: types, placeholders, ids. Knows the file only through its Source."""

import re
from typing import Any, get_args

from destilation.config.check import check
from destilation.config.model import FIELD_NAME, NAME
from destilation.config.problems import suggestion
from destilation.config.source import KeyPath, Source
from destilation.config.template_model import FieldTable, TemplateTable
from destilation.core import catalogue
from destilation.core.axes import BUILTIN
from destilation.core.fields import Field, Kind, Type
from destilation.core.roles import Roles
from destilation.core.template import PLACEHOLDERS, PlaceholderError, Template, placeholders

KINDS: tuple[str, ...] = get_args(Kind)
MOST_FIELDS = 1_000
MOST_NESTED = 16
_ENUM_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}


def templates_of(source: Source, tables: list[dict[str, Any]]) -> tuple[Template, ...]:
    """The user's own templates; what is wrong with them is noted in the source."""
    found: dict[str, Template] = {}
    for number, table in enumerate(tables):
        path: KeyPath = ("templates", number)
        checked = check(source, TemplateTable, table, path)
        if checked is None:
            continue
        template = _template(source, checked, path)
        if checked.id in found:
            source.wrong((*path, "id"), f'"{checked.id}" is the id of another template too')
        elif catalogue.find(checked.id):
            source.wrong((*path, "id"), f'"{checked.id}" is the id of a built-in template; choose another')
        found.setdefault(checked.id, template)
    return tuple(found.values())


def _template(source: Source, table: TemplateTable, path: KeyPath) -> Template:
    if not NAME.fullmatch(table.id):
        source.wrong((*path, "id"), "must be 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit")
    fields = _fields(source, table.fields_, (*path, "schema"), 1)
    names = [field.name for field in fields]
    for place, name in enumerate(table.dedup_fields):
        if name not in names:
            what = f'"{name}" is no field of this template{suggestion(name, names)}'
            source.wrong((*path, "dedup_fields", place), what)
    axes = source.get(("job", "axes"))
    known = [*PLACEHOLDERS, *BUILTIN, *(axes if isinstance(axes, dict) else ())]
    known += [field.name for field in fields if field.source == "seed"]
    for key in ("system_prompt", "user_prompt_pattern"):
        _pattern(source, getattr(table, key), (*path, key), known)
    _sources(source, fields, (*path, "schema"))
    if not table.user_prompt_pattern.strip():
        source.wrong((*path, "user_prompt_pattern"), "must not be empty")
    return Template(
        id=table.id,
        description=table.description,
        fields=fields,
        system_prompt=table.system_prompt,
        user_prompt_pattern=table.user_prompt_pattern,
        dedup_fields=tuple(table.dedup_fields),
        export=_export(source, table, fields, (*path, "export")),
    )


def _export(source: Source, table: TemplateTable, fields: tuple[Field, ...], path: KeyPath) -> Roles | None:
    if table.export is None:
        return None
    roles: dict[str, str] = table.export.model_dump(exclude_defaults=True)
    known = {field.name: field for field in fields}
    for role, name in roles.items():
        if name not in known:
            what = f'"{name[:60]}" is no field of this template{suggestion(name, known)}'
            source.wrong((*path, role), what, f"its fields: {', '.join(known)}")
        elif role == "tool_call" and known[name].format != "tool_call":
            source.wrong((*path, role), f'"{name}" must have format = "tool_call"')
    if not roles.get("assistant") and not roles.get("code"):
        source.wrong(path, "names no field that is the answer", "add assistant, or code")
    return Roles(**roles)


def _sources(source: Source, fields: tuple[Field, ...], path: KeyPath) -> None:
    """What the sources of the fields have to do with each other."""
    sources = [field.source for field in fields]
    if fields and not {"json", "text", "reasoning"} & set(sources):
        source.wrong(path, "no field of this template would be asked for")
    if "text" in sources and (sources.count("text") > 1 or "json" in sources):
        source.wrong(path, 'a field with source = "text" takes the whole answer, so no other may be asked for')
    if sources.count("reasoning") > 1:
        source.wrong(path, 'only one field can have source = "reasoning"')


def _pattern(source: Source, pattern: str, path: KeyPath, known: list[str]) -> None:
    try:
        placeholders(pattern, [*known, *_columns(pattern)])
    except PlaceholderError as error:
        before = pattern[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        where = f" (line {line}, column {column} of the text)"
        near = suggestion(error.name, known) if error.name else ""
        source.wrong(path, f"{error}{where}{near}", f"known: {', '.join(sorted(known))}")


def _columns(pattern: str) -> list[str]:
    """The placeholders that name a column of the user's seeds."""
    return [f"seed.{name}" for name in re.findall(r"\{\{\s*seed\.([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}", pattern)]


def _fields(source: Source, tables: list[dict[str, Any]], path: KeyPath, depth: int) -> tuple[Field, ...]:
    if not tables:
        source.wrong(path, "a template needs at least one field" if depth == 1 else "has no fields")
    if len(tables) > MOST_FIELDS:
        source.wrong(path, f"has {len(tables):,} fields, at most {MOST_FIELDS:,} are allowed")
        return ()
    if depth > MOST_NESTED:
        source.wrong(path, f"is nested more than {MOST_NESTED} levels deep")
        return ()
    fields: dict[str, Field] = {}
    for number, table in enumerate(tables):
        here: KeyPath = (*path, number)
        checked = check(source, FieldTable, table, here)
        if checked is None:
            continue
        if not FIELD_NAME.fullmatch(checked.name):
            source.wrong((*here, "name"), "must be 1 to 64 of A-Z a-z 0-9 _ and not begin with a digit")
        if checked.name in fields:
            source.wrong((*here, "name"), f'there is another field named "{checked.name}"')
        kind = _type(source, checked, here, depth)
        if checked.format != "text" and checked.type != "string":
            source.wrong((*here, "format"), f'"{checked.format}" is for fields of type string')
        if checked.source in ("text", "reasoning", "seed") and checked.type != "string":
            source.wrong((*here, "source"), f'"{checked.source}" is for fields of type string')
        if checked.language is not None and checked.format != "code":
            source.wrong((*here, "language"), 'is for fields with format = "code"')
        if depth > 1 and not (checked.source == "json" and checked.in_sample):
            source.wrong((*here, "source"), "is for the fields of the template, not for those inside an object")
        fields[checked.name] = Field(
            checked.name,
            kind,
            checked.description,
            checked.required,
            checked.format,
            checked.in_sample,
            checked.source,
            checked.language,
        )
    return tuple(fields.values())


def _type(source: Source, table: FieldTable, path: KeyPath, depth: int) -> Type:
    if table.type not in KINDS:
        near = suggestion(table.type, KINDS)
        source.wrong((*path, "type"), f'unknown type "{table.type[:60]}"{near}', f"known: {', '.join(KINDS)}")
        return Type("string")
    _misplaced(source, table, path)
    if table.min is not None and table.max is not None and table.min > table.max:
        source.wrong((*path, "min"), f"is more than max ({table.max:g})")
    inner = None if table.items is None else _items(source, table.items, (*path, "items"), depth)
    nested = _fields(source, table.fields, (*path, "fields"), depth + 1) if table.fields is not None else ()
    kind: Any = table.type
    return Type(kind, tuple(table.enum or ()), inner, nested, table.min, table.max)


def _misplaced(source: Source, table: FieldTable, path: KeyPath) -> None:
    wanted = _ENUM_TYPES.get(table.type)
    for value in table.enum or ():
        if wanted is None or isinstance(value, bool) or not isinstance(value, wanted):
            source.wrong((*path, "enum"), f"{value!r} is no {table.type}")
            break
    if table.enum == []:
        source.wrong((*path, "enum"), "must not be empty")
    if table.items is not None and table.type != "array":
        source.wrong((*path, "items"), "is for fields of type array")
    if table.fields is not None and table.type != "object":
        source.wrong((*path, "fields"), "is for fields of type object")
    if table.type in ("boolean", "object") and not (table.min is None and table.max is None):
        source.wrong((*path, "min" if table.min is not None else "max"), f"is not for type {table.type}")


def _items(source: Source, items: str | dict[str, Any], path: KeyPath, depth: int) -> Type:
    if depth >= MOST_NESTED:
        source.wrong(path, f"is nested more than {MOST_NESTED} levels deep")
        return Type("string")
    if isinstance(items, str):
        if items not in KINDS:
            near = suggestion(items, KINDS)
            source.wrong(path, f'unknown type "{items[:60]}"{near}', f"known: {', '.join(KINDS)}")
            return Type("string")
        kind: Any = items
        return Type(kind)
    checked = check(source, FieldTable, {"name": "item", **items}, path)
    return Type("string") if checked is None else _type(source, checked, path, depth + 1)
