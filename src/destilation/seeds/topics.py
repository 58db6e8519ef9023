"""A user's file of topics as a Tree: an outline, a list of bullets, JSON, TOML or YAML. Knows no sample."""

import importlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from destilation.core.job import Job
from destilation.core.topics import outline
from destilation.core.topics.plain import tree_of
from destilation.core.topics.tree import TopicError, Tree
from destilation.errors import ConfigError

_BULLET = re.compile(r"([ \t]*)[-*+](?:[ \t]+(.*))?")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_TAB = 4


def topics_for(job: Job, kept: Path) -> Tree:
    """A job's tree: as its folder keeps it in the file `kept`, else as the user's own file has it.

    Without either the domain is not divided, nor where the user's seeds say what samples are about. Raises ConfigError
    as `read_topics`.
    """
    if job.seeds is not None:
        return Tree()
    if kept.is_file():
        return read_topics(kept)
    return Tree() if job.topics.file is None else read_topics(Path(job.topics.file))


def read_topics(path: Path) -> Tree:
    """The topics that a file names. Raises ConfigError with the file and the line, or the path to what is wrong."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ConfigError(f"{path}: unknown kind of file '{path.suffix}'; known: {', '.join(_READERS)}")
    try:
        tree = reader(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8 (byte {error.start} of the file); convert it first") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deep") from None
    except ImportError:
        raise ConfigError(f"{path}: YAML needs another package: pip install 'destilation[yaml]'") from None
    except TopicError as error:
        where = path if error.line is None else f"{path}:{error.line}"
        raise ConfigError(f"{where}: {error.what}") from None
    if not tree.topics:
        raise ConfigError(f"{path}: names no topics")
    return tree


def _outline(text: str) -> Tree:
    """An outline, or a list of bullets: then every line that says something has one."""
    lines = text.split("\n")
    said = {number: line.rstrip() for number, line in enumerate(lines, 1) if not re.fullmatch(r"\s*(#.*)?", line)}
    bullets = {number: match for number, line in said.items() if (match := _BULLET.fullmatch(line))}
    if not bullets:
        return outline.parse(text)
    for number in said:
        if number not in bullets:
            raise TopicError(f"begins with no bullet, as line {min(bullets)} does", number)
    return outline.parse(_unbulleted(len(lines), bullets))


def _unbulleted(count: int, bullets: Mapping[int, re.Match[str]]) -> str:
    """The outline that the bullets make, on the same lines. Whatever stands further to the right is a level deeper."""
    lines = [""] * count
    margins: list[int] = []
    for number, match in bullets.items():
        margin = len(match.group(1).expandtabs(_TAB))
        above = [each for each in margins if each < margin]
        if margins and margin < margins[-1] and margin not in margins:
            raise TopicError("is indented like no line above it", number)
        margins = [*above, margin]
        name = (match.group(2) or "").strip()
        if not name:
            raise TopicError("has no name", number)
        lines[number - 1] = " " * outline.STEP * len(above) + re.sub(r"^(?=[#*+-])", r"\\", name)
    return "\n".join(lines)


def _json(text: str) -> Tree:
    try:
        return _tree(json.loads(text, object_pairs_hook=_once))
    except json.JSONDecodeError as error:
        raise TopicError(f"is no JSON: {error.msg} (column {error.colno})", error.lineno) from None


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a mapping, no key of which may come twice."""
    for key, times in Counter(key for key, _ in pairs).most_common(1):
        if times > 1:
            raise TopicError(f"'{key}' is there twice")
    return dict(pairs)


def _toml(text: str) -> Tree:
    try:
        return _tree(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        match = _AT_LINE.search(str(error))
        line = int(match.group(1)) if match else None
        raise TopicError(f"is no TOML: {_AT_LINE.sub('', str(error))}", line) from None


def _yaml(text: str) -> Tree:
    yaml = importlib.import_module("yaml")
    try:
        return _tree(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise TopicError(f"is no YAML: {what}", None if mark is None else mark.line + 1) from None


def _tree(data: Any) -> Tree:
    """The tree of a document, which may have all of it under the one key `topics`."""
    if isinstance(data, dict) and list(data) == ["topics"]:
        data = data["topics"]
    return tree_of(data)


_READERS: Mapping[str, Callable[[str], Tree]] = {
    ".txt": _outline,
    ".md": _outline,
    ".json": _json,
    ".toml": _toml,
    ".yaml": _yaml,
    ".yml": _yaml,
}
