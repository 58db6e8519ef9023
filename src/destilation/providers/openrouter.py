"""OpenRouter: OpenAI's dialect with routing, its own errors, and the cost in the reply. Knows no HTTP.

Source: OpenRouter's documentation (provider selection, errors, limits, app attribution).
"""

from collections.abc import Collection, Mapping

import msgspec

from destilation.core.concessions import Nicety
from destilation.core.job import OpenRouterSpec, Share
from destilation.core.ladder import Asked
from destilation.core.provider import Wording
from destilation.errors import ProviderError, UnusableProviderError
from destilation.providers.check import (
    Check,
    Page,
    failed,
    fetch,
    key_line,
    limit_lines,
    names_in,
    not_found,
    offered,
    reached,
)
from destilation.providers.document import mapping_at, text_at
from destilation.providers.faults import Refusal, fault
from destilation.providers.openai import OpenAI, with_models
from destilation.providers.transport import Peer, Transport


class OpenRouter(OpenAI):
    """Requests and replies of one entry of the mix."""

    headers: Mapping[str, str] = {"X-OpenRouter-Title": "Destilation"}
    dialect = "openrouter"

    def __init__(self, spec: OpenRouterSpec, share: Share) -> None:
        super().__init__(spec, share)
        self._distillable = spec.enforce_distillable_text

    def _own(self, wording: Wording, asked: Asked, *, reasons: bool, without: Collection[Nicety]) -> dict[str, object]:
        """Routing and reasoning. Where parameters are not required, a host drops a response_format it does not know."""
        required = {} if wording.shape is None or asked.mode == "prompt" else {"require_parameters": True}
        reasoning = {"reasoning": {"enabled": True}} if reasons and "think" not in without else {}
        return {"provider": {**required, "enforce_distillable_text": self._distillable}, **reasoning}

    async def fault(self, refusal: Refusal, transport: Transport) -> ProviderError:
        """What a refusal means; a 404 may come from our own constraints."""
        found = fault(refusal)
        availability = refusal.complaint.availability
        code = text_at(availability, "code")
        if refusal.status != 404 or not isinstance(found, UnusableProviderError):
            return await with_models(found, refusal, transport)
        constrained = code in ("constraint_filtered", "privacy_restricted") or "no endpoints" in (
            refusal.complaint.all_words
        )
        if not constrained:
            return await with_models(found, refusal, transport)
        model = refusal.peer.safe(refusal.model)
        excluded = availability.get("excluded_by")
        by = f"; excluded by {refusal.peer.safe(msgspec.json.encode(excluded).decode())}" if excluded else ""
        hint = (
            "; its author may not permit distillation: choose another model, or set enforce_distillable_text = false "
            "where you have the right"
            if self._distillable
            else "; check the privacy settings of the account"
        )
        return UnusableProviderError(
            f"{refusal.peer.name} has no host left for '{model}' under the constraints of the request "
            f"({refusal.status}){refusal.said}{by}{hint}",
            status=refusal.status,
        )


async def check(transport: Transport, peer: Peer, model: str | None) -> Check:
    """Whether the key is good, what credit it has, and whether the model exists; never raises."""
    try:
        key = await fetch(transport, peer, "/key")
        listing = await fetch(transport, peer, "/models")
    except ProviderError as error:
        return failed(error)
    models = names_in(listing.document, "data")
    ok, credit = _credit(key)
    if model is None:
        last = offered(models)
    elif model in models or model.partition(":")[0] in models:
        last = f"model '{model}' found"
    else:
        ok, last = False, not_found(model, models, "offered")
    return Check(
        ok=ok,
        lines=(reached(peer, key.seconds), key_line(peer), credit, last, *limit_lines(peer, key)),
        latency_s=key.seconds,
        models=models,
    )


def _credit(page: Page) -> tuple[bool, str]:
    """What the key may still spend, in US dollars."""
    data = mapping_at(page.document, "data") if isinstance(page.document, dict) else {}
    left, used = data.get("limit_remaining"), data.get("usage")
    spent = f", ${used:.2f} used" if isinstance(used, int | float) else ""
    if not isinstance(left, int | float):
        return True, f"the key has no limit of its own{spent}"
    return left > 0, f"credit left on the key: ${left:.2f}{spent}"
