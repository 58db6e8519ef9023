"""A provider behind HTTP: one prompt out, one judged reply back. Knows no dialect and no HTTP library.

What differs between servers is a Dialect: the body of a request and the reading of a reply.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from destilation.core.concessions import Concessions, Nicety
from destilation.core.job import Share
from destilation.core.ladder import Asked, Ladder
from destilation.core.pacing.allowance import Allowance, allowance
from destilation.core.provider import TEXT, Completion, Prompt, Way, Wording
from destilation.errors import ProviderError, TransientProviderError, UnusableProviderError
from destilation.providers.complaint import Complaint, complaint_of
from destilation.providers.document import parse
from destilation.providers.faults import Refusal, status_meant
from destilation.providers.openai_reply import estimate
from destilation.providers.transport import Peer, Reply, Transport

_HEAD_BYTES = 400
_KEYS: Mapping[Nicety, tuple[str, ...]] = {
    "max_tokens": ("max_tokens",),
    "think": ("think", "reasoning"),
    "seed": ("seed", "options"),
}


class Dialect(Protocol):
    """How one kind of server is spoken to."""

    @property
    def path(self) -> str:
        """Where prompts go, below `base_url`."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """What is sent beside the key."""
        ...

    def body(self, prompt: Prompt, asked: Asked, without: Collection[Nicety]) -> dict[str, object]:
        """The request for a prompt, made in that way."""
        ...

    def complaint_about(self, document: object) -> Complaint | None:
        """The error in a reply with a good status."""
        ...

    def completion_in(self, document: object, line: bytes) -> Completion:
        """The answer in a reply; raises TransientProviderError for another shape."""
        ...

    async def fault(self, refusal: Refusal, transport: Transport) -> ProviderError:
        """What a refusal means; more may be asked of the server to explain it."""
        ...


class Memory(Struct, frozen=True):
    """What was learnt about one model of one server; all entries of a mix that ask it share this."""

    plain: Ladder
    reasoned: Ladder
    concessions: Concessions

    def ladder(self, prompt: Prompt) -> Ladder:
        """The one for such prompts: what silences a model's reasoning matters only where it is wanted."""
        return self.plain if prompt.native is None else self.reasoned


class RemoteProvider:
    """Asks one model of one server. Steps down to what the server understands, within the same call."""

    def __init__(
        self, transport: Transport, peer: Peer, share: Share, label: str, dialect: Dialect, memory: Memory
    ) -> None:
        self._transport = transport
        self._peer = peer
        self._share = share
        self._label = label
        self._dialect = dialect
        self._memory = memory

    @property
    def label(self) -> str:
        """How events and tables name it."""
        return self._label

    @property
    def way(self) -> Way:
        """How it is asked, as far as is known."""
        return (self._memory.plain if self._memory.reasoned.untried else self._memory.reasoned).way

    def sure(self, prompt: Prompt) -> bool:
        """Whether it is known how to ask for such a prompt."""
        return self._memory.ladder(prompt).sure

    async def complete(self, prompt: Prompt) -> Completion:
        """Ask once; again at once only where the server refused the way of asking."""
        ladder = self._memory.ladder(prompt)
        while True:
            asked, without = ladder.asked, frozenset(self._memory.concessions.made)
            if prompt.native_only and not asked.native:
                raise UnusableProviderError(f"{self._label}: {ladder.way.why[-1]}, which job.reasoning rules out")
            body = self._dialect.body(prompt, asked, without)
            answer = await self._ask(body)
            if not isinstance(answer, Refusal):
                wording = prompt.wording(native=asked.native)
                ladder.heard(asked, wording, answer[0])
                return self._settled(*answer, wording, asked, beside=ladder.beside)
            if not self._steps_down(answer, ladder, asked, body, without):
                raise await self._dialect.fault(answer, self._transport)

    async def _ask(self, body: Mapping[str, object]) -> tuple[Completion, Allowance | None] | Refusal:
        encoded = msgspec.json.encode(body)
        reply = await self._transport.post(self._peer, self._dialect.path, self._dialect.headers, encoded)
        if not 200 <= reply.status < 300:
            return self._refusal(reply, reply.status, complaint_of(reply.body))
        try:
            document, line = parse(reply.body)
            complaint = self._dialect.complaint_about(document)
            if complaint is not None:
                return self._refusal(reply, status_meant(complaint, reply.status), complaint)
            return self._dialect.completion_in(document, line), allowance(reply.headers, reply.received)
        except TransientProviderError as error:
            raise self._unreadable(reply, error) from None

    def _refusal(self, reply: Reply, status: int, complaint: Complaint) -> Refusal:
        return Refusal(
            peer=self._peer,
            model=self._share.model,
            status=status,
            headers=reply.headers,
            received=reply.received,
            complaint=complaint,
            begun=200 <= reply.status < 300,
        )

    def _unreadable(self, reply: Reply, error: TransientProviderError) -> TransientProviderError:
        head = self._peer.safe(reply.body.strip()[:_HEAD_BYTES].decode("utf-8", "replace"))
        kind = self._peer.safe(reply.content_type) or "no content type"
        told = f": {head}" if head else ""
        return TransientProviderError(
            f"{self._peer.name}: {self._peer.safe(str(error))} (status {reply.status}, {kind}){told}",
            status=reply.status,
            lost=True,
        )

    def _steps_down(
        self, refusal: Refusal, ladder: Ladder, asked: Asked, body: Collection[str], without: Collection[Nicety]
    ) -> bool:
        words = refusal.complaint.all_words
        sent = [name for name, keys in _KEYS.items() if name not in without and any(key in body for key in keys)]
        conceded = self._memory.concessions.refused(sent, refusal.status, words)
        return conceded or ladder.refused(asked.mode, refusal.status, words)

    def _settled(
        self, completion: Completion, left: Allowance | None, wording: Wording, asked: Asked, *, beside: bool
    ) -> Completion:
        """The completion with what the reply's body does not tell: mode, price, tokens in where unreported, limits."""
        usage, price = completion.usage, self._share.price or self._peer.spec.price
        if usage.estimated and not usage.tokens_in:
            said = sum(len(message.content) for message in wording.messages)
            usage = replace(usage, tokens_in=estimate(said))
        if usage.cost_usd is None and price is not None:
            usage = replace(usage, cost_usd=price.cost(usage.tokens_in, usage.tokens_out))
        mode = TEXT if wording.shape is None else asked.mode
        model = completion.model or self._share.model
        return replace(completion, mode=mode, usage=usage, model=model, beside=beside, allowance=left)


def merged(body: Mapping[str, object], extra: Mapping[str, object], fixed: Mapping[str, object]) -> dict[str, object]:
    """The body with the user's own parameters; objects are joined one level deep, and `fixed` wins over all."""
    whole: dict[str, object] = dict(body)
    for name, value in extra.items():
        ours = whole.get(name)
        whole[name] = {**ours, **value} if isinstance(ours, dict) and isinstance(value, dict) else value
    return {**whole, **fixed}
