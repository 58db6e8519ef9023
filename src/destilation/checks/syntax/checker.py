"""What the gate asks about notations: the language of a code field, and the faults of any field that declares one."""

from collections.abc import Sequence

from destilation.checks.syntax.code import code_fault
from destilation.checks.syntax.formats import format_fault
from destilation.checks.syntax.language import language_of
from destilation.core.fields import Field
from destilation.core.verdict import Reason


class Syntax:
    """Every check of the syntactic layer that takes a grammar."""

    def language(self, field: Field, text: str, fence: str | None, hint: str) -> str | None:
        """The language of a code field; what nobody knows stays as the fence has it."""
        return language_of(text, declared=field.language, fence=fence, hint=hint) or fence

    def faults(self, field: Field, text: str, language: str | None) -> Sequence[Reason]:
        """What is wrong, worded for whoever wrote it; nothing where the notation cannot be checked."""
        if field.format == "code":
            fault = code_fault(text, language) if language else None
            return [Reason("syntax_error", f"field '{field.name}' is no valid {language}: {fault}")] if fault else []
        fault = format_fault(text, field.format)
        told = field.format.upper() if field.format in ("json", "xml", "url") else field.format
        return [Reason(f"bad_{field.format}", f"field '{field.name}' is no valid {told}: {fault}")] if fault else []
