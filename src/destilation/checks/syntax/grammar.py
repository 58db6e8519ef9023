"""Code parsed by tree-sitter, and where its first fault is. Knows what trees look like, not what any language means.

The grammars are those of tree-sitter-language-pack (extra `code`), which ships them all and loads nothing from
elsewhere. They can be made to crash or to take hours: see reader.py.
"""

import importlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from destilation.checks.syntax.fault import Fault

GRAMMARS = frozenset(
    (
        "bash", "c", "cpp", "csharp", "go", "haskell", "html", "java", "javascript", "kotlin",
        "lua", "php", "python", "r", "ruby", "rust", "scala", "sql", "swift", "tsx", "typescript", "yaml",
    )
)  # fmt: skip
_MOST_QUOTED = 40
_MOST_NODES = 20_000
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_QUOTES = ('"', "'", "`", "'''", '"""')
# What models leave in code that is none, in any language.
_DEBRIS = re.compile(r"^[ \t]*(\.\.\.|\u2026|(?:```|~~~)[\w+#-]*)[ \t]*;?[ \t]*$", re.MULTILINE)


@cache
def grammars_installed() -> bool:
    """Whether the extra `code` is there."""
    return importlib.util.find_spec("tree_sitter_language_pack") is not None


@cache
def _parser(language: str) -> Any:
    return importlib.import_module("tree_sitter_language_pack").get_parser(language)


def tree_of(text: str, language: str) -> tuple[Any, bytes]:
    """The root of the tree, and the bytes that its places count in."""
    data = text.encode("utf-8", "replace")
    return _parser(language).parse(data).root_node, data


def grammar_fault(text: str, language: str) -> Fault | None:
    """What the grammar of the language finds wrong first; None for nothing."""
    root, data = tree_of(text, language)
    return first_fault(root, data) if root.has_error else None


def nodes(root: Any) -> Iterator[Any]:
    """Every node from a root on, in the order of the text, up to a bound."""
    cursor = root.walk()
    for _ in range(_MOST_NODES):
        yield cursor.node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def words(node: Any, data: bytes) -> str:
    """The beginning of what a node spans: its first line, quoted and cut."""
    start = node.start_byte
    line = data[start : min(node.end_byte, start + 4 * _MOST_QUOTED)].decode("utf-8", "replace").split("\n")[0]
    return line.strip()[:_MOST_QUOTED]


def first_fault(root: Any, data: bytes) -> Fault:
    """The first place that the grammar could not make sense of, or where it had to make something up."""
    text = data.decode("utf-8", "replace")
    if debris := _DEBRIS.search(text):
        return Fault(f"{debris.group(1)!r} is no code", text.count("\n", 0, debris.start(1)) + 1)
    node = _innermost(root)
    line, column = node.start_point[0] + 1, node.start_point[1] + 1
    if node.is_missing:
        return Fault(f"'{node.type}' is missing", line, column)
    if node.start_point[0] == node.end_point[0] or not node.child_count:
        said = words(node, data)
        return Fault(f"unexpected {said!r}" if said else "it breaks off", line, column)
    return _unfinished(node, data)


def _innermost(root: Any) -> Any:
    """The first node that is an error or missing and has no such node in it; else the last with an error in it."""
    cursor, found = root.walk(), root
    further = cursor.goto_first_child()
    for _ in range(_MOST_NODES):
        if not further:
            break
        node = cursor.node
        if node.type == "ERROR" or node.has_error or node.is_missing:
            found, further = node, cursor.goto_first_child()
        else:
            further = cursor.goto_next_sibling()
    return found


def _unfinished(node: Any, data: bytes) -> Fault:
    """What is not complete in an error that spans lines: a text, a bracket, or whatever it begins with."""
    last = node.child(node.child_count - 1)
    ahead = node.child(node.child_count - 2) if node.child_count > 1 else node
    if ahead.type in _QUOTES and last.end_point[0] > ahead.start_point[0]:
        return Fault("the text that begins here is never closed", ahead.start_point[0] + 1, ahead.start_point[1] + 1)
    open_ones: list[Any] = []
    for each in nodes(node):
        if each.type in ("(", "[", "{"):
            open_ones.append(each)
        elif each.type in _CLOSERS and open_ones and open_ones[-1].type == _CLOSERS[each.type]:
            open_ones.pop()
    if open_ones:
        opened = open_ones[-1]
        told = f"it breaks off: the '{opened.type}' of line {opened.start_point[0] + 1} is never closed"
        return Fault(told, node.end_point[0] + 1)
    told = f"what begins with {words(node, data)!r} in line {node.start_point[0] + 1} is not complete, or wrong here"
    return Fault(told, last.start_point[0] + 1)
