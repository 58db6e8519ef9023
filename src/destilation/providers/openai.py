"""OpenAI's chat completions, as spoken by OpenAI and every compatible server. Knows no HTTP."""

from collections.abc import Collection, Mapping

from destilation.core.concessions import Nicety
from destilation.core.job import OpenAISpec, OpenRouterSpec, Share
from destilation.core.ladder import Asked, Mode
from destilation.core.provider import Completion, Prompt, Shape, Wording
from destilation.errors import ProviderError, UnusableProviderError
from destilation.providers.check import (
    Check,
    failed,
    fetch,
    key_line,
    limit_lines,
    names_in,
    nearest,
    not_found,
    offered,
    reached,
)
from destilation.providers.complaint import Complaint
from destilation.providers.faults import Refusal, fault
from destilation.providers.openai_reply import complaint_about, completion_in
from destilation.providers.remote import merged
from destilation.providers.transport import Peer, Transport

TOOL = "Hand in the finished record."


class OpenAI:
    """Requests and replies of one entry of the mix."""

    path = "/chat/completions"
    headers: Mapping[str, str] = {}
    dialect = "openai"

    def __init__(self, spec: OpenAISpec | OpenRouterSpec, share: Share) -> None:
        self._spec = spec
        self._share = share

    def body(self, prompt: Prompt, asked: Asked, without: Collection[Nicety]) -> dict[str, object]:
        """The request; `extra` of the share may add to it, but not stream: the reply is read whole."""
        share, wording = self._share, prompt.wording(native=asked.native)
        wanted: dict[str, object] = {
            # OpenAI's newer models refuse the old name of this limit, most other servers know no other.
            "max_completion_tokens" if "max_tokens" in without else "max_tokens": share.max_tokens,
            "temperature": share.temperature,
            "top_p": share.top_p,
            "seed": None if "seed" in without else prompt.seed,
        }
        wanted |= {} if wording.shape is None else form(wording.shape, asked.mode)
        wanted |= self._own(wording, asked, reasons=prompt.native is not None and asked.native, without=without)
        given = {name: value for name, value in wanted.items() if value is not None}
        messages = [{"role": message.role, "content": message.content} for message in wording.messages]
        return merged(given, share.extra, {"model": share.model, "messages": messages, "stream": False})

    def _own(self, wording: Wording, asked: Asked, *, reasons: bool, without: Collection[Nicety]) -> dict[str, object]:
        """What a relative of the dialect adds; `reasons` says that the model's own reasoning is wanted."""
        return {}

    def complaint_about(self, document: object) -> Complaint | None:
        """The error in a reply with a good status."""
        return complaint_about(document)

    def completion_in(self, document: object, line: bytes) -> Completion:
        """The answer in a reply; raises TransientProviderError for another shape."""
        return completion_in(document, line, self.dialect)

    async def fault(self, refusal: Refusal, transport: Transport) -> ProviderError:
        """What a refusal means; a model that is not there is told with those that are."""
        return await with_models(fault(refusal), refusal, transport)


async def with_models(found: ProviderError, refusal: Refusal, transport: Transport) -> ProviderError:
    """The fault; where it is that there is no such model, with the nearest that there is."""
    if not refusal.lacks_model or not isinstance(found, UnusableProviderError):
        return found
    try:
        models = names_in((await fetch(transport, refusal.peer, "/models")).document, "data", "models")
    except ProviderError:
        return found
    return (
        UnusableProviderError(f"{found}; {nearest(refusal.model, models)}", status=refusal.status) if models else found
    )


def form(shape: Shape, mode: Mode) -> dict[str, object]:
    """How the shape is asked for on a rung of the ladder.

    As a tool: any tool is required and there is but one, for a tool named in `tool_choice` is not enforced everywhere.
    """
    if mode == "json_schema":
        schema = {"name": shape.name, "strict": True, "schema": dict(shape.schema)}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    if mode == "tool_call":
        function = {"name": shape.name, "description": TOOL, "parameters": dict(shape.schema)}
        tools = [{"type": "function", "function": function}]
        return {"tools": tools, "tool_choice": "required", "parallel_tool_calls": False}
    return {"response_format": {"type": "json_object"}} if mode == "json_object" else {}


async def check(transport: Transport, peer: Peer, model: str | None) -> Check:
    """Whether the server answers, takes the key and has the model; never raises."""
    try:
        page = await fetch(transport, peer, "/models")
    except ProviderError as error:
        if error.status in (404, 405):
            return failed(error, "there is no list of models below base_url, which usually ends in /v1")
        return failed(error)
    models = names_in(page.document, "data", "models")
    lines = (reached(peer, page.seconds), key_line(peer))
    if model is None:
        ok, last = True, offered(models)
    elif model in models or f"models/{model}" in models:
        ok, last = True, f"model '{model}' found"
    elif len(models) == 1:
        ok, last = True, f"only '{peer.safe(models[0])}' is offered; such a server answers to any name"
    else:
        ok, last = False, not_found(model, models, "offered")
    return Check(ok=ok, lines=(*lines, last, *limit_lines(peer, page)), latency_s=page.seconds, models=models)
