"""The contract with a model: a Prompt goes out, a Completion comes back. Knows no protocol and no network."""

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

from destilation.core.pacing.allowance import Allowance
from destilation.core.task import Task

Role = Literal["system", "user", "assistant"]


class Message(Struct, frozen=True):
    """One turn of a conversation."""

    role: Role
    content: str


class Shape(Struct, frozen=True):
    """The record wanted back: a name of at most 64 of [a-zA-Z0-9_-] and its JSON Schema."""

    name: str
    schema: Mapping[str, object]


class Prompt(Struct, frozen=True):
    """What we say: messages and the shape of the record wanted. `seed` (31 bits) makes it repeatable."""

    task: Task
    attempt: int
    messages: tuple[Message, ...]
    shape: Shape
    seed: int


class Usage(Struct, frozen=True):
    """The tokens an answer took; `reasoning` is a part of `tokens_out`. `cost_usd` is None when not reported.

    `estimated` marks counts that were guessed from lengths because the reply had none.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    reasoning: int = 0
    cost_usd: float | None = None
    estimated: bool = False


class Completion(Struct, frozen=True, kw_only=True):
    """What a model said, whatever the dialect it was said in.

    `text` is the answer, `reasoning` the native trace beside it; `finish_reason` is the server's word
    (`stop`, `length`, `content_filter`, ...); `refusal` is the model's own refusal text. `model` is the one
    that answered, as the reply named it. `body` is the reply as received (one line of JSON in the dialect
    named by `dialect`), from which all the rest can be read again, but for `allowance`: what the server said is
    left of its limits at that moment.
    """

    text: str
    dialect: str
    body: bytes
    model: str
    finish_reason: str = "stop"
    reasoning: str | None = None
    refusal: str | None = None
    usage: Usage = Usage()
    mode: str = "json_schema"
    allowance: Allowance | None = None


class Provider(Protocol):
    """A model backend.

    `complete` raises TransientProviderError (ask again), RefusedPromptError (never this prompt) or
    UnusableProviderError (never this provider); an answer that is merely bad is a Completion.
    """

    @property
    def label(self) -> str:
        """`provider/model`, as events and tables name it."""

    async def complete(self, prompt: Prompt) -> Completion:
        """Ask once."""
