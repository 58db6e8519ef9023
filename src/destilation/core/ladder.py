"""Which way of asking for JSON a server understands, found by stepping down. Knows no protocol and no network.

Servers differ: some take a JSON Schema, some only promise JSON, some know neither. A refusal that talks about
the way of asking costs one step; a step is never taken back.
"""

import re
from typing import Literal

Mode = Literal["json_schema", "json_object", "prompt"]

MODES: tuple[Mode, ...] = ("json_schema", "json_object", "prompt")

# Statuses with which a server says that it does not know response_format: llama-cpp-python uses 500.
_STATUSES = frozenset({400, 404, 422, 500, 501})
_ABOUT_MODE = re.compile(
    r"response[_ ]?format|json[_ ]?schema|json[_ ]?object|json mode|structured[_ ]outputs?|guided[_ ]|grammar|schema"
    r"|invalid format|requested parameters",
    re.IGNORECASE,
)


class Ladder:
    """The mode in use for one model of one server: json_schema, then json_object, then the prompt alone."""

    def __init__(self) -> None:
        self.mode: Mode = MODES[0]

    def refused(self, mode: Mode, status: int | None, message: str) -> bool:
        """A request sent in `mode` was refused; whether the same prompt may be asked again in `self.mode`.

        Of many requests refused together only the first costs a step.
        """
        if mode == MODES[-1] or status not in _STATUSES or not _ABOUT_MODE.search(message):
            return False
        if mode == self.mode:
            self.mode = MODES[MODES.index(mode) + 1]
        return True
