"""Which field of a sample plays which part in a conversation. Knows no template and no training format."""

from msgspec import Struct


class Roles(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The names of fields, empty where there is none.

    `user` is what is asked; what is answered are `code` (a fence is put around it) and `assistant` after it.
    `reasoning` comes before either. Where tools are used, the reasoning leads to the `tool_call`, which the
    `tool_response` answers, and the rest comes after that. `system` is a turn before all others; `topic` is what
    splits may be stratified by.
    """

    user: str
    assistant: str = ""
    code: str = ""
    reasoning: str = ""
    tool_call: str = ""
    tool_response: str = ""
    system: str = ""
    topic: str = ""
