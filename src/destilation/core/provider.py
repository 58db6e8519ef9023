"""The contract with a model: a Prompt goes out, a Completion comes back. Knows no protocol and no network."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Protocol

from msgspec import Struct

from destilation.core.pacing.allowance import Allowance
from destilation.core.task import Task

TEXT = "text"
Role = Literal["system", "user", "assistant"]


class Message(Struct, frozen=True):
    """One turn of a conversation."""

    role: Role
    content: str


class Shape(Struct, frozen=True, dict=True):
    """The record wanted back: a name of at most 64 of [a-zA-Z0-9_-] and its JSON Schema."""

    name: str
    schema: Mapping[str, object]

    @cached_property
    def size(self) -> int:
        """How long the schema is, in characters."""
        return len(str(self.schema))


class Wording(Struct, frozen=True):
    """One way of saying a prompt: messages, and the record wanted back. No shape: plain text is wanted."""

    messages: tuple[Message, ...]
    shape: Shape | None


class Prompt(Struct, frozen=True):
    """What we say: messages and the shape of the record wanted. `seed` (31 bits) makes it repeatable.

    `native` is how a model is asked that shows its own reasoning: then the record does not ask for it. None: the
    reasoning is not wanted. With `native_only` a model without reasoning of its own will not do. `stage` is the
    stage of the job that asks, and `again` is whether it asked before and refused the answer. `records` is how many
    records are asked for at once, `besides` what the messages say after the template's own words.
    """

    task: Task
    attempt: int
    messages: tuple[Message, ...]
    shape: Shape | None
    seed: int
    native: Wording | None = None
    native_only: bool = False
    stage: str = ""
    again: bool = False
    records: int = 1
    besides: str = ""

    def wording(self, *, native: bool) -> Wording:
        """How to say it to a model that reasons natively, or to one that does not."""
        return self.native if native and self.native is not None else Wording(self.messages, self.shape)


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
    that answered, as the reply named it; `hidden` says how it kept its reasoning to itself. `body` is the reply as
    received (one line of JSON in the dialect named by `dialect`), from which all the rest can be read again, but for
    `mode`, how it was asked for, `beside`, whether the server is known to send reasoning beside the answer, and
    `allowance`, what it said is left of its limits at that moment.
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
    hidden: str | None = None
    beside: bool = False
    allowance: Allowance | None = None


class Way(Struct, frozen=True):
    """How a model is asked: a rung of the ladder, whether its own reasoning is taken, and why not the best one."""

    rung: str = "json_schema"
    reasoning: str | None = None
    why: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As a report tells it."""
        reasoning = {None: "", "native": ", its own reasoning"}.get(self.reasoning, f", reasoning {self.reasoning}")
        why = f" ({'; '.join(self.why)})" if self.why else ""
        return f"{self.rung}{reasoning}{why}"


class Provider(Protocol):
    """A model backend.

    `sure` is false while the way of asking is being found out: then one request at a time is sent. `way` names
    the way, and says why it is not the first choice.

    `complete` raises TransientProviderError (ask again), RefusedPromptError (never this prompt) or
    UnusableProviderError (never this provider); an answer that is merely bad is a Completion.
    """

    @property
    def label(self) -> str:
        """`provider/model`, as events and tables name it."""

    @property
    def way(self) -> Way:
        """How it is asked, as far as is known."""

    def sure(self, prompt: Prompt) -> bool:
        """Whether it is known how to ask for such a prompt."""

    async def complete(self, prompt: Prompt) -> Completion:
        """Ask once."""
