"""What is wrong with a configuration, shown where it stands in the file. Knows no key of it."""

import difflib
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from destilation.core.display import display_safe, redact
from destilation.errors import ConfigError

MOST_TOLD = 20
_SECRET_NAME = re.compile(r"(?:^|_)(?:api_?key|key|token|secret|password|authorization)(?:$|_)", re.IGNORECASE)
_USER_INFO = re.compile(r"//[^/@\s]+@")
_SECRET_VALUE = re.compile(r"sk-[\w-]{6,}|[A-Za-z0-9_-]{32,}")
_VALUE = re.compile(r"=\s*(.*)$", re.DOTALL)


class Place(Struct, frozen=True):
    """Where something stands: line and column from 1, and how many characters to point at."""

    line: int
    column: int
    length: int = 1


class Problem(Struct, frozen=True):
    """One thing that is wrong with the dotted `key`; `help` says what to do; `place` is None outside a file."""

    key: str
    what: str
    help: str = ""
    place: Place | None = None
    origin: str = ""


def suggestion(word: str, known: Iterable[str], *, mark: str = "'") -> str:
    """`, did you mean 'x'?` for the known word that is nearest, else nothing."""
    near = nearest(word, known)
    return f", did you mean {mark}{near}{mark}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is nearest to a mistyped one."""
    found = difflib.get_close_matches(word.lower(), {name.lower(): name for name in known}, n=1, cutoff=0.6)
    return next((name for name in known if name.lower() == found[0]), None) if found else None


def looks_secret(name: str, value: object) -> bool:
    """Whether a value must not be shown: by its key's name, or by what it looks like."""
    if name.endswith("_env"):
        return isinstance(value, str) and value.startswith("sk-")
    if _SECRET_NAME.search(name):
        return True
    if not isinstance(value, str):
        return False
    return bool(_SECRET_VALUE.fullmatch(value) or _USER_INFO.search(value)) or redact(value) != value


def shown(value: object) -> str:
    """A value for a message: short, on one line, never a secret."""
    if isinstance(value, str):
        return '"***"' if looks_secret("", value) else display_safe(f'"{value}"', 60)
    return display_safe(repr(value), 60)


def complain(problems: Sequence[Problem], file: str, text: str) -> ConfigError:
    """The one error that tells them, in the order of the file; of very many the first."""
    # Stages without a mix of their own share that of the job, and what is wrong with it.
    found = dict.fromkeys(problems)
    ordered = sorted(found, key=lambda each: (each.place is None, each.place.line if each.place else 0))
    lines = text.splitlines()
    blocks = [_block(problem, file, lines) for problem in ordered[:MOST_TOLD]]
    count = f"{len(ordered):,} error{'s' if len(ordered) > 1 else ''}"
    first = f", of which these are the first {MOST_TOLD}" if len(ordered) > MOST_TOLD else ""
    return ConfigError("\n".join([*blocks, f"{file}: {count}{first}. Nothing was run."]))


def _block(problem: Problem, file: str, lines: Sequence[str]) -> str:
    key = f"{problem.key}: " if problem.key else ""
    head = f"error: {key}{problem.what}"
    if problem.place is None:
        where = f"  ({problem.origin})" if problem.origin else ""
        return f"{head}{where}" + (f".  help: {problem.help}" if problem.help else "")
    place = problem.place
    number = str(place.line)
    gap = " " * len(number)
    source = _source(problem, lines[place.line - 1] if place.line <= len(lines) else "")
    caret = " " * (place.column - 1) + "^" * max(1, min(place.length, 40))
    told = f" help: {problem.help}" if problem.help else ""
    return f"{head}\n{gap}--> {file}:{place.line}:{place.column}\n{gap} |\n{number} | {source}\n{gap} | {caret}{told}"


def _source(problem: Problem, line: str) -> str:
    """The line as it stands, without what may be a secret."""
    name = problem.key.rsplit(".", 1)[-1]
    match = _VALUE.search(line)
    if match and (looks_secret(name, match.group(1).strip("\"' ")) or "sk-" in match.group(1)):
        line = line[: match.start()] + '= "***"'
    return display_safe(line.expandtabs(1), 160)
