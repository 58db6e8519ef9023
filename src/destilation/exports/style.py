"""What the user may choose about the rows of an export, and how it shows. Knows no format."""

import re
from typing import Literal

from msgspec import Struct

from destilation.exports.conversation import Conversation, Entry, Turn, UnfitError

Reasoning = Literal["field", "thinking", "think", "none"]
Arguments = Literal["object", "string"]
_THINK = re.compile(r"<think(?:ing)?>\n?(.*?)\n?</think(?:ing)?>\n{0,2}", re.DOTALL)


class Style(Struct, frozen=True, kw_only=True):
    """How rows are written.

    `reasoning`: beside the content under the format's own key (`field`) or under `thinking`, before it in `think`
    tags, or left out (`none`). `system`: None for the sample's own system turn, else the text of all (empty: no such
    turn). `arguments` of tool calls: an object, or its JSON text. With `provenance` each row tells where it is from.
    """

    reasoning: Reasoning
    arguments: Arguments = "string"
    system: str | None = None
    provenance: bool = False

    def system_of(self, told: Conversation) -> str:
        """The text of the first turn; empty: there is none."""
        return told.system if self.system is None else self.system

    def content(self, turn: Turn) -> str:
        """What is said, with the reasoning in tags before it where that is the style. Raises UnfitError.

        A reader takes the first end of a block for its end, so reasoning that holds one cannot be put between tags;
        nor may an answer without reasoning begin like one with it.
        """
        if self.reasoning != "think" or not turn.thinks:
            return turn.content
        if not turn.reasoning:
            if turn.content.startswith(("<think>", "<thinking>")):
                raise UnfitError("its answer begins with a think tag and it has no reasoning")
            return turn.content
        if "</think" in turn.reasoning:
            raise UnfitError("its reasoning holds the end of a think tag")
        return f"<think>\n{turn.reasoning}\n</think>\n\n{turn.content}"

    def beside(self, turn: Turn, key: str) -> dict[str, str]:
        """The reasoning under a key of its own where that is the style; `key` is the format's."""
        if self.reasoning not in ("field", "thinking") or not turn.thinks:
            return {}
        # Without a key a content that begins with a think tag would be read as reasoning.
        if not turn.reasoning and not turn.content.startswith(("<think>", "<thinking>")):
            return {}
        return {"thinking" if self.reasoning == "thinking" else key: turn.reasoning}

    def origin(self, entry: Entry) -> dict[str, str]:
        """Where a row comes from, as columns, where that is wanted."""
        if not self.provenance:
            return {}
        return {"id": entry.id, "provider": entry.provider, "model": entry.model, "topic": entry.topic}


def without_think(text: str) -> tuple[str, str]:
    """(reasoning, answer) of a text that was written in the style `think`; the reasoning is empty where none is."""
    match = _THINK.match(text)
    return ("", text) if match is None else (match.group(1), text[match.end() :])
