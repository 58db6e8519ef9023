"""How different servers treat a wish for structure, and what it does to a model's reasoning. Knows no HTTP.

Each was seen in the wild: hosts that refuse `response_format`, or take it and ignore it; grammars that constrain the
first token and so leave no room to think; parsers that take the whole constrained answer for reasoning; models that
hand in a record only as a tool call; models that cannot answer without prose and fences around it.
"""

from msgspec import Struct
from msgspec.structs import replace

from destilation.mockserver.answers import Asked, Said
from destilation.mockserver.scenario import Voice

SMALL_TALK = "Certainly! That is a fine question, and I would be glad to go into it at length."


class Spoken(Struct, frozen=True):
    """What goes into the reply: text, reasoning, a tool's name where the text is its arguments, hidden tokens."""

    said: Said
    tool: str | None = None
    hidden_tokens: int = 0


def refusal(voice: Voice, asked: Asked) -> str | None:
    """Why such a server refuses the request outright; None where it does not."""
    if voice in ("rejects_schema", "tool_call_only") and asked.form in ("json_schema", "json_object"):
        return f"response_format of type {asked.form} is not supported"
    if voice in ("rejects_schema", "prose") and asked.form == "tool_call":
        return "this model does not support tools"
    return None


def spoken(voice: Voice, asked: Asked, said: Said) -> Spoken:
    """A good answer as such a server gives it."""
    constrained = asked.form in ("json_schema", "tool_call", "json_object")
    match voice:
        case "ignores_schema" if asked.form in ("json_schema", "json_object"):
            return Spoken(replace(said, text=SMALL_TALK))
        case "schema_kills_reasoning" if constrained:
            said = replace(said, reasoning=None)
        case "json_in_reasoning" if constrained:
            return Spoken(Said(text="", reasoning=f"{said.reasoning or ''}{said.text}"))
        case "tool_call_only" if asked.form != "tool_call":
            return Spoken(replace(said, text=SMALL_TALK))
        case "prose" if "{" in said.text:
            said = replace(said, text=f"Here it is:\n\n```json\n{said.text}\n```\n\nShall I write another one?")
        case "encrypted":
            return Spoken(replace(said, reasoning=None), hidden_tokens=len(said.reasoning or "") // 4)
    return Spoken(said, asked.tool if asked.form == "tool_call" else None)
