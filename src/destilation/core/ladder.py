"""Which way of asking a model understands, found by stepping down. Knows no protocol and no network.

Servers differ: some take a JSON Schema, some take it as a tool, some only promise JSON, some know none of it.
A refusal that talks about the way of asking costs one step, and so does an answer that shows that the way was
ignored; a step is never taken back.

A schema can also silence a model: many servers constrain the first token, so that nothing is thought before it,
or put the record where the reasoning belongs. So a model that shows no reasoning under a schema is asked once
without. Shows it some then, the schema is left out for good (the form is told in words, and checked here); shows
it none, it has none to show: then the schema comes back, and the reasoning is asked for in the record.
"""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from destilation.core.parsing import find_record, voices
from destilation.core.provider import Completion, Way, Wording
from destilation.core.verdict import Reason

Mode = Literal["json_schema", "tool_call", "json_object", "prompt"]

MODES: tuple[Mode, ...] = ("json_schema", "tool_call", "json_object", "prompt")
MOST_TRIALS = 6
MOST_IGNORED = 3

# Statuses with which a server says that it does not know response_format: llama-cpp-python uses 500.
_STATUSES = frozenset({400, 404, 422, 500, 501})
_ABOUT_MODE = re.compile(
    r"response[_ ]?format|json[_ ]?schema|json[_ ]?object|json mode|structured[_ ]outputs?|guided[_ ]|grammar|schema"
    r"|invalid format|requested parameters|\btools?\b|tool[_ ]choice|function[_ -]?call",
    re.IGNORECASE,
)


class Asked(Struct, frozen=True):
    """How one request was made: the rung, and whether the model's own reasoning was relied upon."""

    mode: Mode
    native: bool


class Ladder:
    """How one model of one server is asked for one kind of prompt.

    `wants_reasoning` says that the prompts can be answered with the model's own reasoning; `sure` is whether
    the way is found, `beside` whether reasoning was seen beside an answer.
    """

    def __init__(self, *, wants_reasoning: bool = False) -> None:
        self.mode: Mode = MODES[0]
        self.native = wants_reasoning
        self.sure = not wants_reasoning
        self.beside = False
        self._wanted = wants_reasoning
        self._why: list[str] = []
        self._silent: Mode | None = None
        self._followed = False
        self._ignored = 0
        self._heard = 0

    @property
    def asked(self) -> Asked:
        """How the next request is made."""
        return Asked(self.mode, self.native)

    @property
    def untried(self) -> bool:
        """Whether nothing was asked this way yet."""
        return not self._heard and not self._why

    @property
    def way(self) -> Way:
        """What was found out so far."""
        reasoning = None if not self._wanted else "native" if self.native else "in the answer"
        return Way(self.mode, reasoning, tuple(self._why))

    def refused(self, mode: Mode, status: int | None, message: str) -> bool:
        """A request sent in `mode` was refused; whether the same prompt may be asked again in `self.mode`.

        Of many requests refused together only the first costs a step.
        """
        if mode == MODES[-1] or status not in _STATUSES or not _ABOUT_MODE.search(message):
            return False
        if mode == self.mode:
            self._step("is refused")
        return True

    def heard(self, asked: Asked, wording: Wording, completion: Completion) -> None:
        """Learn from the answer to a request made like that; one that was cut off or declined teaches nothing."""
        self.beside = self.beside or bool((completion.reasoning or "").strip())
        if asked != self.asked or self._followed:
            return
        self._heard += 1
        if completion.finish_reason in ("length", "content_filter") or completion.refusal:
            self.sure = self.sure or self._heard >= MOST_TRIALS
            return
        reasoning, answer = voices(completion.text, completion.reasoning, _names(wording))
        if asked.native and reasoning is None:
            self._unreasoned(wording, completion.hidden)
        elif _follows(wording, answer):
            self._found(wording)
        else:
            self._unfollowed(wording)

    def _found(self, wording: Wording) -> None:
        if self.native and self._silent is not None and wording.shape is not None:
            self._why.append(f"{self._silent} silences its reasoning, so the form is told in words")
        self._followed = self.sure = True

    def _unfollowed(self, wording: Wording) -> None:
        self._ignored += 1
        if wording.shape is None or self.mode == MODES[-1]:
            self.sure = True
        elif not self.sure or self._ignored >= MOST_IGNORED:
            self._step("is ignored")

    def _unreasoned(self, wording: Wording, hidden: str | None) -> None:
        if wording.shape is not None and self._silent is None and self.mode != MODES[-1]:
            self._silent, self.mode = self.mode, MODES[-1]
            return
        self.mode = self._silent or self.mode
        self.native = False
        self._why.append(f"{hidden or 'shows no reasoning of its own'}, so the answer is asked for it")

    def _step(self, what: str) -> None:
        self._why.append(f"{self.mode} {what}")
        self.mode = MODES[MODES.index(self.mode) + 1]
        self._ignored = 0


def _names(wording: Wording) -> tuple[str, ...]:
    properties = {} if wording.shape is None else wording.shape.schema["properties"]
    return tuple(properties) if isinstance(properties, Mapping) else ()


def _follows(wording: Wording, answer: str) -> bool:
    if wording.shape is None:
        return bool(answer.strip())
    names = _names(wording)
    record = find_record(answer, names)
    return not isinstance(record, Reason) and all(name in record for name in names)
