"""Rows held against a tokenizer and a chat template, where the user has named them."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from destilation.errors import ConfigError
from destilation.exports.conversation import Conversation, Entry
from destilation.exports.format import Format, Row
from destilation.exports.lengths import Lengths, Ruler, plain_text
from destilation.exports.rendering import ChatTemplate, RenderError, missing, template_in, turns_of
from destilation.exports.style import Style


class Rendered(Struct):
    """What a chat template made of the rows: how many it kept whole, refused, and of which parts it lost."""

    whole: int = 0
    refused: dict[str, int] = {}
    lost: dict[str, int] = {}


class Measure:
    """Counts tokens (over a limit: `longer`) and what a template loses. Raises ConfigError for files that are none."""

    def __init__(self, tokenizer: Path | None, limit: int | None, template: Path | None) -> None:
        if limit is not None and tokenizer is None:
            raise ConfigError("--max-tokens and --drop-longer need --tokenizer, a tokenizer.json")
        self._ruler = None if tokenizer is None else Ruler(tokenizer, limit)
        self._template: ChatTemplate | None = None if template is None else template_in(template)
        self._rendered = Rendered()

    @property
    def lengths(self) -> Lengths | None:
        """Of the rows that were measured; None where there is no tokenizer."""
        return None if self._ruler is None else self._ruler.lengths()

    @property
    def rendered(self) -> Rendered | None:
        """What became of them; None where there is no template."""
        return None if self._template is None else self._rendered

    def longer(self, form: Format, style: Style, entry: Entry, told: Conversation, row: Row, *, drop: bool) -> bool:
        """Whether a row is over the limit, and to be dropped for it; it is counted only where it stays."""
        if self._template is None and self._ruler is None:
            return False
        turns, tools = ([], None) if form.flat else turns_of(row, told, style)
        text = plain_text(turns) if turns else "\n".join(entry.text(name) for name in entry.record)
        rendered = self._try(turns, tools) if turns else ""
        if self._ruler is None:
            return False
        length = self._ruler.length(rendered or text)
        if drop and not self._ruler.fits(length):
            return True
        self._ruler.note(length)
        return False

    def _try(self, turns: list[Any], tools: list[Any] | None) -> str:
        """What the template makes of a row, with what it lost taken note of; empty where it refuses."""
        if self._template is None:
            return ""
        seen = self._rendered
        try:
            text = self._template.render(turns, tools)
        except RenderError as error:
            seen.refused[str(error)] = seen.refused.get(str(error), 0) + 1
            return ""
        lost = missing(turns, text)
        seen.whole += not lost
        for part in lost:
            seen.lost[part] = seen.lost.get(part, 0) + 1
        return text
