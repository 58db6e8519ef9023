"""Style sheets as CSS itself reads them: blocks, strings, selectors, declarations.

The grammar at hand knows neither nesting nor the at-rules of today. CSS Syntax needs no update for those: whatever
follows its rules is taken.
"""

import re

from destilation.checks.syntax.fault import Fault

_OPAQUE = re.compile(
    r"/\*(?:[^*]++|\*(?!/))*+\*/|\"(?:[^\"\\\n]++|\\.)*+\"|'(?:[^'\\\n]++|\\.)*+'"
    r"|\burl\([ \t\n]*+(?![\"'])(?:[^()\"'\\\s]++|\\.)*+[ \t\n]*+\)|\\.",
    re.DOTALL,
)
_UNCLOSED = re.compile(r"/\*|[\"']")
_SIGN = re.compile(r"[{}()\[\];]")
_WITHIN = re.compile(r"\([^()]*+\)|\[[^\[\]]*+\]")
_NO_SELECTOR = re.compile(r"[.#:](?=[\s,]|\Z)|[^\w\s.#:*&>+~|,%()\[\]-]")
_PROPERTY = re.compile(r"[*_$]?-{0,2}\w[\w-]*+\s*+:")
_NEXT_PROPERTY = re.compile(r"\n[ \t]*+-{0,2}[a-z][\w-]*+[ \t]*+:(?!:)")
_OPENERS = {")": "(", "]": "[", "}": "{"}


def css_fault(text: str) -> Fault | None:
    """What keeps a text from being a style sheet; None for nothing."""
    plain = _OPAQUE.sub(_blank, text)
    if open_one := _UNCLOSED.search(plain):
        return _fault(plain, open_one.start(), f"the {open_one.group()} that begins here is never closed")
    opened: list[tuple[str, int]] = []
    start = 0
    for match in _SIGN.finditer(plain):
        sign, at = match.group(), match.start()
        if sign in _OPENERS and (not opened or opened[-1][0] != _OPENERS[sign]):
            return _fault(plain, at, f"'{sign}' closes nothing that is open")
        if sign in _OPENERS:
            opened.pop()
        within = bool(opened) and opened[-1][0] != "{"
        if sign in "{};" and not within:
            piece = plain[start:at]
            told = _no_prelude(piece) if sign == "{" else _no_declaration(piece, inner=bool(opened) or sign == "}")
            if told:
                return _fault(plain, start + len(piece) - len(piece.lstrip()), told)
            start = match.end()
        if sign in "([{":
            opened.append((sign, at))
    if opened:
        sign, at = opened[-1]
        line = plain.count("\n", 0, at) + 1
        return _fault(plain, len(plain.rstrip()), f"it breaks off: the '{sign}' of line {line} is never closed")
    rest = plain[start:]
    told = _no_declaration(rest, inner=False)
    return _fault(plain, start + len(rest) - len(rest.lstrip()), told) if told else None


def _fault(plain: str, at: int, told: str) -> Fault:
    return Fault(told, plain.count("\n", 0, at) + 1, at - plain.rfind("\n", 0, at))


def _blank(match: re.Match[str]) -> str:
    """Comments made blank and texts made words, with lines and places kept."""
    token = match.group()
    sign = " " if token.startswith("/*") else "s"
    return sign * len(token) if "\n" not in token else re.sub(r"[^\n]", sign, token)


def _no_prelude(piece: str) -> str:
    """Why this cannot stand before a block; empty where it can."""
    selector = piece.strip()
    if selector.startswith(("@", "--")):
        return ""
    if not selector:
        return "a block needs a selector"
    bare, before = selector, "" if "(" in selector or "[" in selector else selector
    while bare != before:
        before, bare = bare, _WITHIN.sub("", bare)
    return f"{selector[:40]!r} is no selector" if _NO_SELECTOR.search(bare) else ""


def _no_declaration(piece: str, *, inner: bool) -> str:
    """Why this is neither a declaration nor an at-rule; empty where it is one."""
    said = piece.strip()
    if not said or said.startswith("@"):
        return ""
    if not inner or not _PROPERTY.match(said):
        return f"{said.splitlines()[0][:40]!r} is no {'declaration' if inner else 'rule'}"
    return "a ';' is missing" if not said.startswith("--") and _NEXT_PROPERTY.search(said) else ""
