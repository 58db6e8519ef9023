"""One table of the file against its shape; pydantic's findings in our words. Knows no particular table."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from destilation.config.problems import looks_secret, nearest, shown
from destilation.config.source import KeyPath, Source

T = TypeVar("T", bound=BaseModel)

_TYPES = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "true or false",
    "list_type": "an array",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


MOST_SUGGESTED = 100


def check(source: Source, model: type[T], data: Any, path: KeyPath) -> T | None:
    """The checked table, or None with every fault of it noted in the source."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = [(detail, _real_path(source, path, detail)) for detail in error.errors()]
        places = [place for _, place in details]
        for detail, place in details:
            if detail["type"] in _TYPES and any(len(each) > len(place) == _common(each, place) for each in places):
                continue  # of several shapes that a value may have, it has another, and the fault is within
            _note(source, model, path, place, detail)
        return None


def _common(one: KeyPath, other: KeyPath) -> int:
    """How many steps two places share."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _note(source: Source, model: type[BaseModel], path: KeyPath, place: KeyPath, detail: ErrorDetails) -> None:
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        _unknown(source, model, path, place, detail)
        return
    if kind == "missing":
        source.wrong(place, "missing", at="key")
        return
    source.wrong(place, _words(kind, context, detail, name))


def _words(kind: str, context: Mapping[str, Any], detail: ErrorDetails, name: str) -> str:
    given = '"***"' if looks_secret(name, detail["input"]) else shown(detail["input"])
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, not {given}"
    match kind:
        case "greater_than_equal":
            return f"must be at least {_bound(context['ge'])}, not {given}"
        case "greater_than":
            return f"must be more than {_bound(context['gt'])}, not {given}"
        case "less_than_equal":
            return f"must be at most {_bound(context['le'])}, not {given}"
        case "finite_number":
            return f"must be a finite number, not {given}"
        case "literal_error":
            return f"must be {context['expected']}, not {given}"
        case "too_short" | "string_too_short":
            return "must not be empty"
        case "wrong":
            return f"{given} {detail['msg']}" if given != '"***"' else detail["msg"]
    return f"{detail['msg'][0].lower()}{detail['msg'][1:]}"


def _bound(value: float) -> str:
    return f"{int(value) if value == int(value) else value:,}"


def _unknown(source: Source, model: type[BaseModel], path: KeyPath, place: KeyPath, detail: ErrorDetails) -> None:
    name = str(place[-1])
    known = _known(model, detail["loc"][:-1])
    if looks_secret(name, detail["input"]) and name not in known:
        variable = f"{str(path[-1]).upper() if len(path) > 1 else 'PROVIDER'}_API_KEY"
        source.wrong(
            place,
            "secrets never live in config files",
            f'export it and write api_key_env = "{variable}"',
            at="key",
        )
        return
    # No more is shown of a file that is no configuration at all, and looking for names takes its time.
    near = nearest(name, known) if len(source.problems) < MOST_SUGGESTED else None
    told = f"did you mean `{near}`?" if near else f"known here: {', '.join(sorted(known))}"
    source.wrong(place, "unknown key", told, at="key")


def _known(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The keys of the table at a place below a model."""
    for step in loc:  # some steps are not keys: places in arrays, keys of free choice, which shape of several it is
        field = model.model_fields.get(step) if isinstance(step, str) else None
        if field is not None and (inner := _model_in(field.annotation)):
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)


def _real_path(source: Source, path: KeyPath, detail: ErrorDetails) -> KeyPath:
    """The place of a finding in the file: pydantic also names the branches of a union, which no file has."""
    real, loc = path, detail["loc"]
    names_a_key = detail["type"] in ("extra_forbidden", "missing")
    for number, step in enumerate(loc):
        inside = source.get(real)
        last = number == len(loc) - 1
        known = isinstance(inside, dict) and step in inside
        known = known or (isinstance(inside, list) and isinstance(step, int))
        if known or (names_a_key and last and isinstance(inside, dict) and isinstance(step, str)):
            real = (*real, step)
    return real
