"""Texts in a declared notation: JSON, XML, Markdown, LaTeX, regular expressions, URLs, dates. No dependency.

Only clear faults are told: what some reader of the notation takes is taken.
"""

import importlib
import json
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import date, datetime
from urllib.parse import urlsplit
from xml.parsers import expat

from destilation.checks.syntax.fault import Fault

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TABLE = re.compile(r"\s*+\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)+\|?\s*+")
_SPAN = re.compile(r"\\verb\*?([^\sA-Za-z*]).{0,200}?\1|\\\\|(?<!\\)%[^\n]*")
_VERBATIM = re.compile(r"\\begin\{(verbatim|lstlisting|minted)\}")
_TOKENS = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}|\\(left|right)(?![A-Za-z])|\\[\[\]()]|\\.|\$\$?|[{}]", re.DOTALL)
_CLOSERS = {"}": "{", "\\]": "\\[", "\\)": "\\("}
# Parsed, not compiled: compiling wide classes without case takes minutes.
_regex_parser = importlib.import_module("re._parser")
_MOST_URL = 8_000
_MOST_REGEX = 20_000
# What other readers of patterns know, in the terms of ours.
_FOREIGN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\(\?<([A-Za-z_$][\w$]*)>"), r"(?P<\1>"),
    (re.compile(r"\\[kg](?:<(\w+)>|\{([A-Za-z_]\w*)\})"), r"(?P=\1\2)"),
    (re.compile(r"\\[pP]\{[^{}]*\}|\\u\{[0-9a-fA-F]+\}|\\x\{[0-9a-fA-F]+\}|\\[hHRXKGN]"), "a"),
    (re.compile(r"\\[zZ]"), r"\\Z"),
    (re.compile(r"\(\?(?:R|[-+]?\d+|&\w+|P>\w+)\)"), "(?:a)"),
    (re.compile(r"\[\^\]"), "[a]"),
)
# What our reader refuses and others take: flags anywhere, a name used again.
_TAKEN_ELSEWHERE = ("global flags not at the start", "redefinition of group name")
_HOST = re.compile(r"(?:[^\s./:@?#]{1,63}\.)*[^\s./:@?#]{1,63}\.?|\[[0-9a-fA-F:.]+\]")


def format_fault(text: str, notation: str) -> Fault | None:
    """What keeps a text from being what its field declares; None where nothing does, or for an unknown notation."""
    check = _CHECKS.get(notation)
    return None if check is None else check(text)


def json_fault(text: str) -> Fault | None:
    """Strict JSON: no key twice, no NaN."""

    def pairs(found: list[tuple[str, object]]) -> None:
        keys = [key for key, _ in found]
        if len(set(keys)) != len(keys):
            raise ValueError("a key occurs twice in one object")

    def constant(name: str) -> None:
        raise ValueError(f"{name} is no JSON number")

    try:
        json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        return Fault(error.msg, error.lineno, error.colno)
    except (ValueError, RecursionError) as error:
        return Fault(str(error))
    return None


def xml_fault(text: str) -> Fault | None:
    """Well-formed XML; entities of its own are refused, for they can grow without end or lead elsewhere."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ValueError("it declares entities")

    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = lambda *_: 0
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        return Fault(expat.errors.messages[error.code], error.lineno, error.offset + 1)
    except ValueError as error:
        return Fault(str(error))
    return None


def markdown_fault(text: str) -> Fault | None:
    """A fence that is never closed, or a table whose rows have more cells than its head."""
    fence, opened, columns = "", 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if mark:
            fence, opened = mark.group(1), number
        elif "|" not in line:
            columns = 0
        elif _TABLE.fullmatch(line):
            columns = _cells(line)
        elif columns and _cells(line) > columns:
            return Fault(f"the row has {_cells(line)} cells, the table {columns}", number)
    return Fault("a code fence is never closed", opened) if fence else None


def _cells(line: str) -> int:
    plain = re.sub(r"\\\||`[^`]*`", "", line).strip()
    return len(plain.removeprefix("|").removesuffix("|").split("|"))


def latex_fault(text: str) -> Fault | None:
    """Braces, environments and math that do not match; comments and verbatim text are skipped."""
    blank = _SPAN.sub(lambda match: " " * len(match.group()), _without_verbatim(text))
    stack: list[tuple[str, int]] = []
    line, at = 1, 0
    for match in _TOKENS.finditer(blank):
        line += blank.count("\n", at, match.start())
        at = match.start()
        fault = _latex_step(stack, match, line)
        if fault is not None:
            return fault
    if stack:
        return Fault(f"{stack[-1][0]} is never closed", stack[-1][1])
    return None


def _without_verbatim(text: str) -> str:
    parts, at = [], 0
    for match in _VERBATIM.finditer(text):
        if match.start() < at:
            continue
        closing = f"\\end{{{match.group(1)}}}"
        end = text.find(closing, match.end())
        if end < 0:
            break
        parts += [text[at : match.start()], "\n" * text.count("\n", match.start(), end)]
        at = end + len(closing)
    return "".join((*parts, text[at:]))


def _latex_step(stack: list[tuple[str, int]], match: re.Match[str], line: int) -> Fault | None:
    token, side = match.group(), match.group(1) or match.group(3)
    if side in ("begin", "left") or token in ("{", "\\[", "\\("):
        stack.append((f"\\begin{{{match.group(2)}}}" if side == "begin" else token, line))
        return None
    if token in ("$", "$$"):
        if stack and stack[-1][0] == token:
            stack.pop()
        else:
            stack.append((token, line))
        return None
    opened = f"\\begin{{{match.group(2)}}}" if side == "end" else "\\left" if side == "right" else _CLOSERS.get(token)
    if opened is None:
        return None
    if not stack or stack[-1][0] != opened:
        return Fault(f"{token} closes nothing that is open" if not stack else f"{token} closes {stack[-1][0]}", line)
    stack.pop()
    return None


def regex_fault(text: str) -> Fault | None:
    """A pattern that neither Python nor, as far as can be told, JavaScript, PCRE, Java or .NET takes."""
    if len(text) > _MOST_REGEX:
        return Fault(f"it is longer than {_MOST_REGEX // 1000},000 characters")
    pattern = text.strip()
    if literal := re.fullmatch(r"/(.+)/[a-zA-Z]*", pattern, re.DOTALL):
        pattern = literal.group(1)
    for foreign, ours in _FOREIGN:
        pattern = foreign.sub(ours, pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _regex_parser.parse(pattern)
    except re.error as error:
        if any(each in error.msg for each in _TAKEN_ELSEWHERE):
            return None
        return Fault(error.msg, error.lineno or 1, error.colno or 1)
    except (RecursionError, OverflowError) as error:
        return Fault(str(error))
    return None


def url_fault(text: str) -> Fault | None:
    """An absolute URL with a host."""
    url = text.strip()
    if len(url) > _MOST_URL:
        return Fault(f"it is longer than {_MOST_URL // 1000},000 characters")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return Fault(str(error))
    if parts.scheme == "mailto":
        return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", parts.path) else Fault("it names no address")
    if parts.scheme not in ("http", "https", "ftp"):
        return Fault("it must begin with https://, http://, ftp:// or mailto:")
    if not parts.hostname or not _HOST.fullmatch(parts.netloc.rpartition("@")[2].partition(":")[0] or parts.netloc):
        return Fault("it names no valid host")
    return Fault("it holds white space") if re.search(r"\s", url) else None


def date_fault(text: str) -> Fault | None:
    """A day, a month, a year or a moment as ISO 8601 writes it, that exists."""
    plain = text.strip()
    if match := _DATE.fullmatch(plain):
        year, month, day = (int(part or 1) for part in match.groups())
        try:
            date(year, month, day)
        except ValueError as error:
            return Fault(str(error))
        return None
    try:
        datetime.fromisoformat(plain)
    except ValueError:
        return Fault("it is no date as ISO 8601 writes it: YYYY-MM-DD")
    return None


_CHECKS: Mapping[str, Callable[[str], Fault | None]] = {
    "json": json_fault,
    "xml": xml_fault,
    "markdown": markdown_fault,
    "latex": latex_fault,
    "regex": regex_fault,
    "url": url_fault,
    "date": date_fault,
}
