"""Python by its own parser, and by the grammar where the text is newer than the interpreter."""

import ast
import re
import sys
import warnings

from destilation.checks.syntax.fault import Fault
from destilation.checks.syntax.grammar import grammar_fault, grammars_installed

# What Python has learnt since 3.11: type parameters, `type` statements, free quotes in f-strings, t-strings.
_NEWER = re.compile(
    r"^[ \t]*(?:class|(?:async )?def) \w+\[|^[ \t]*type \w+[^=\n]*+=|\b[rR]?[fFtT][rR]?(?:\"[^\"\n]*\{|'[^'\n]*\{)",
    re.MULTILINE,
)


def python_fault(text: str) -> Fault | None:
    """What keeps a text from being Python of this interpreter, or of a newer one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        if sys.version_info < (3, 14) and _is_newer(text):
            return None
        return Fault(error.msg, error.lineno or 0, max(error.offset or 0, 0))
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        return Fault(f"it cannot be parsed: {error or type(error).__name__}")
    return None


def _is_newer(text: str) -> bool:
    """Whether it has the looks of newer Python, and the grammar, which is lenient, takes it."""
    return _NEWER.search(text) is not None and grammars_installed() and grammar_fault(text, "python") is None
