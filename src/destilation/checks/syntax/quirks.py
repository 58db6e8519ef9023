"""What the grammars get wrong, language by language: they forgive some faults, and lag behind some languages.

Knows trees and texts. A text that a grammar refuses is looked at again with what it cannot know put in its terms.
"""

import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from destilation.checks.syntax.fault import Fault
from destilation.checks.syntax.grammar import first_fault, grammar_fault, nodes, tree_of, words

_DIALECTS = ("", "postgres", "mysql", "sqlite", "tsql", "oracle", "snowflake", "bigquery", "duckdb")
_MOST_SQL = 5_000
# Words of the shell that a command cannot begin with, where nothing is open that they belong to.
_STRAY = frozenset(("fi", "done", "esac", "then", "do", "else", "elif", "}"))
_ALL = "<x-all>"
_LEFT_OPEN = frozenset(
    (
        "area", "base", "body", "br", "caption", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html", "img",
        "input", "li", "link", "meta", "optgroup", "option", "p", "param", "rp", "rt", "source", "tbody", "td", "tfoot",
        "th", "thead", "tr", "track", "wbr",
    )
)  # fmt: skip
_AMPERSAND = re.compile(r"&(?![\w#])")
_RAW_TEXT = re.compile(r"(<(textarea|title)\b[^<>]*>)((?:[^<]++|<(?!/\2\b))*+)", re.IGNORECASE)
# In C and C++: macros that stand alone or loop, bit fields without a name or with a value, packs of bases, arguments
# that are types or default to nothing.
_MENDED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^[ \t]*[A-Z_][A-Z0-9_]+(?:\([^()\n]*\))?[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"\b\w{0,40}for_?each\w{0,40}\([^;{}()\n]*+\)(?=\s*+\{)", re.IGNORECASE), "while (1)"),
    (re.compile(r"(?<=,)\s*+struct\s++\w++(?=\s*+[,)])"), " a_type"),
    (re.compile(r",(\s*+):(?=\s*+\d)"), r",\1_:"),
    (re.compile(r":\s*+\d++(?=\s*+=)"), ""),
    (re.compile(r"(?<=[\w)])\.\.\.(?=\s*+[{;])"), ""),
    (re.compile(r"=(\s*+)\{\s*+\}(?=\s*+[,)])"), r"=\g<1>0"),
)


def _php(text: str, language: str) -> Fault | None:
    """As it stands, or as a fragment without its opening tag."""
    if "<?" in text:
        return grammar_fault(text, language)
    fault = grammar_fault(f"<?php\n{text}", language)
    return fault and Fault(fault.message, max(fault.line - 1, 1), fault.column)


def _c(text: str, language: str) -> Fault | None:
    fault = grammar_fault(text, language)
    if fault is None:
        return None
    mended = text
    for pattern, better in _MENDED:
        mended = pattern.sub(better, mended)
    return None if mended != text and grammar_fault(mended, language) is None else fault


def _bash(text: str, language: str) -> Fault | None:
    root, data = tree_of(text, language)
    if root.has_error:
        return first_fault(root, data)
    for node in nodes(root):
        if node.type == "command_name" and (word := words(node, data)) in _STRAY:
            return _at(node, f"'{word}' ends nothing that was begun")
    return None


def _javascript(text: str, language: str) -> Fault | None:
    root, data = tree_of(text, language)
    return first_fault(root, data) if root.has_error else next(_crossed_tags(root, data), None)


def _typescript(text: str, language: str) -> Fault | None:
    """TypeScript or TSX: they differ in what angle brackets mean."""
    fault = _javascript(text, language)
    return fault and _javascript(text, "tsx") and fault


def _crossed_tags(root: Any, data: bytes) -> Iterator[Fault]:
    """Elements of JSX that are closed under another name."""
    if b"</" not in data:
        return
    for node in nodes(root):
        if node.type == "jsx_element":
            first, last = node.children[0], node.children[-1]
            names = [each.child_by_field_name("name") for each in (first, last)]
            opened, closed = (b"" if name is None else name.text for name in names)
            if opened != closed:
                yield _at(last, f"{words(last, data)} closes {words(first, data)}")


def _html(text: str, language: str) -> Fault | None:
    """What the grammar says, and the tags without their other half, which it forgives.

    End tags that may be left out are so to the grammar only where something encloses them: so something does.
    """
    plain = _RAW_TEXT.sub(lambda match: match[1] + re.sub(r"[^\n]", " ", match[3]), _AMPERSAND.sub("+", text))
    root, data = tree_of(f"{_ALL}{plain}</{_ALL[1:]}", language)
    fault = first_fault(root, data) if root.has_error else next(_lone_tags(root, data), None)
    return fault and Fault(fault.message, fault.line, fault.column - len(_ALL) * (fault.line == 1))


def _lone_tags(root: Any, data: bytes) -> Iterator[Fault]:
    for node in nodes(root):
        if node.type == "erroneous_end_tag":
            yield _at(node, f"nothing is open for {words(node, data)}")
        elif node.type == "start_tag" and node.parent.child(node.parent.child_count - 1).type != "end_tag":
            name = node.child(1).text.decode("utf-8", "replace").lower()
            if name not in _LEFT_OPEN:
                yield _at(node, f"<{name[:40]}> is never closed")


def _sql(text: str, language: str) -> Fault | None:
    """Refused is only what no dialect takes: the grammar knows one, sqlglot many."""
    fault = grammar_fault(text, language)
    if fault is None or len(text) > _MOST_SQL or importlib.util.find_spec("sqlglot") is None:
        return None
    return None if any(_takes(text, dialect) for dialect in _DIALECTS) else fault


def _takes(text: str, dialect: str) -> bool:
    """Whether a dialect of SQL knows every statement; what it only passes through as words it does not know."""
    import logging

    import sqlglot
    from sqlglot import exp

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        statements = sqlglot.parse(text, dialect=dialect or None)
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        return False
    known = (exp.Query, exp.DDL, exp.DML, exp.Create, exp.Drop, exp.Alter, exp.Command, exp.Set, exp.Transaction)
    more = (exp.Commit, exp.Rollback, exp.Use, exp.Pragma, exp.Describe, exp.Merge, exp.TruncateTable, exp.Grant)
    return all(each is None or isinstance(each, (*known, *more)) for each in statements)


def _at(node: Any, told: str) -> Fault:
    return Fault(told, node.start_point[0] + 1, node.start_point[1] + 1)


QUIRKS: Mapping[str, Callable[[str, str], Fault | None]] = {
    "bash": _bash,
    "c": _c,
    "cpp": _c,
    "html": _html,
    "javascript": _javascript,
    "php": _php,
    "sql": _sql,
    "tsx": _javascript,
    "typescript": _typescript,
}
