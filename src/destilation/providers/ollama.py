"""Ollama's native /api/chat: the OpenAI style of Ollama cannot set the context length. Knows no HTTP.

Source: Ollama's docs/api.md and api/types.go.
"""

from collections.abc import Collection, Mapping

from destilation.core.concessions import Nicety
from destilation.core.job import OllamaSpec, Share
from destilation.core.ladder import Asked, Mode
from destilation.core.provider import Completion, Prompt, Shape
from destilation.errors import ProviderError, UnusableProviderError
from destilation.providers.check import Check, failed, fetch, names_in, not_found, offered, reached
from destilation.providers.complaint import Complaint, complaint_in
from destilation.providers.faults import Refusal, fault
from destilation.providers.ollama_reply import completion_in
from destilation.providers.openai import TOOL
from destilation.providers.remote import merged
from destilation.providers.transport import Peer, Transport


class Ollama:
    """Requests and replies of one entry of the mix."""

    path = "/api/chat"
    headers: Mapping[str, str] = {}

    def __init__(self, spec: OllamaSpec, share: Share) -> None:
        self._spec = spec
        self._share = share

    def body(self, prompt: Prompt, asked: Asked, without: Collection[Nicety]) -> dict[str, object]:
        """The request. A prompt too long for `num_ctx` is to be an error: by default Ollama cuts it silently."""
        share, spec, wording = self._share, self._spec, prompt.wording(native=asked.native)
        wanted = prompt.native is not None and asked.native
        options = {
            "num_ctx": spec.num_ctx,
            "num_predict": share.max_tokens,
            "temperature": share.temperature,
            "top_p": share.top_p,
            "seed": prompt.seed,
        }
        given: dict[str, object] = {
            "think": False if "think" in without else wanted if spec.think is None else spec.think,
            "truncate": False,
            "keep_alive": _duration(spec.keep_alive),
            "options": {name: value for name, value in options.items() if value is not None},
        }
        if wording.shape is not None:
            given |= _form(wording.shape, asked.mode)
        messages = [{"role": message.role, "content": message.content} for message in wording.messages]
        return merged(given, share.extra, {"model": share.model, "messages": messages, "stream": False})

    def complaint_about(self, document: object) -> Complaint | None:
        """The error in a reply with a good status."""
        return complaint_in(document)

    def completion_in(self, document: object, line: bytes) -> Completion:
        """The answer in a reply; raises TransientProviderError for another shape."""
        return completion_in(document, line)

    async def fault(self, refusal: Refusal, transport: Transport) -> ProviderError:
        """What a refusal means; a model that is not there is told with those that are."""
        if refusal.status != 404 or "model" not in refusal.complaint.all_words:
            return fault(refusal)
        try:
            models = _models((await fetch(transport, refusal.peer, "/api/tags")).document)
        except ProviderError:
            return fault(refusal)
        model = refusal.peer.safe(refusal.model)
        return UnusableProviderError(
            f"{refusal.peer.name}: {not_found(refusal.model, models, 'installed')}; get it with: ollama pull {model}",
            status=refusal.status,
        )


def _form(shape: Shape, mode: Mode) -> dict[str, object]:
    """How the shape is asked for on a rung of the ladder. A tool cannot be made obligatory."""
    if mode == "json_schema":
        return {"format": dict(shape.schema)}
    if mode == "tool_call":
        function = {"name": shape.name, "description": TOOL, "parameters": dict(shape.schema)}
        return {"tools": [{"type": "function", "function": function}]}
    return {"format": "json"} if mode == "json_object" else {}


def _duration(text: str) -> str | int:
    """Ollama takes a bare number of seconds as a number only."""
    return int(text) if text.removeprefix("-").isdecimal() else text


def _models(document: object) -> tuple[str, ...]:
    return names_in(document, "models")


def _tagged(model: str) -> str:
    """The name with its tag, as Ollama lists it."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


async def check(transport: Transport, peer: Peer, model: str | None) -> Check:
    """Whether Ollama runs and has the model; never raises."""
    try:
        page = await fetch(transport, peer, "/api/tags")
    except ProviderError as error:
        return failed(error, "is Ollama running? Start it with: ollama serve")
    models = _models(page.document)
    if model is None:
        ok, last = bool(models), offered(models, "installed")
    elif _tagged(model) in {_tagged(name) for name in models}:
        ok, last = True, f"model '{model}' is installed"
    else:
        ok, last = False, f"{not_found(model, models, 'installed')}; get it with: ollama pull {model}"
    return Check(ok=ok, lines=(reached(peer, page.seconds), last), latency_s=page.seconds, models=models)
