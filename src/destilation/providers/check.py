"""Whether a provider can be used: what is common to the checks of all kinds. Knows no dialect.

A check costs nothing: it reads lists, it generates nothing.
"""

import difflib
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from destilation.core.display import display_safe
from destilation.core.job import Price
from destilation.core.pacing.allowance import Allowance, allowance
from destilation.errors import ProviderError, TransientProviderError
from destilation.providers.complaint import complaint_of
from destilation.providers.document import mapping_at, parse, text_at
from destilation.providers.faults import Refusal, fault
from destilation.providers.transport import Peer, Transport

_MOST_NAMED = 5


class Check(Struct, frozen=True, kw_only=True):
    """What was found: `ok`, the lines that say it to the user, the latency, the models on offer."""

    ok: bool
    lines: tuple[str, ...]
    latency_s: float | None = None
    models: tuple[str, ...] = ()


class Page(Struct, frozen=True):
    """A fetched document, the seconds it took, and what its headers say is left of the limits."""

    document: Any
    seconds: float
    left: Allowance | None = None


async def fetch(
    transport: Transport, peer: Peer, path: str, model: str = "", headers: Mapping[str, str] | None = None
) -> Page:
    """Read a page of JSON. Raises ProviderError, with the same meanings as for prompts."""
    began = time.perf_counter()
    reply = await transport.get(peer, path, headers or {})
    seconds = time.perf_counter() - began
    if not 200 <= reply.status < 300:
        complaint = complaint_of(reply.body)
        raise fault(
            Refusal(
                peer=peer,
                model=model,
                status=reply.status,
                headers=reply.headers,
                received=reply.received,
                complaint=complaint,
            )
        )
    try:
        document, _ = parse(reply.body)
    except TransientProviderError as error:
        raise TransientProviderError(f"{peer.name}: {error}; check base_url", status=reply.status) from None
    return Page(document, seconds, allowance(reply.headers, reply.received))


def failed(error: ProviderError, *hints: str) -> Check:
    """The check of a provider that cannot be used."""
    return Check(ok=False, lines=(str(error), *hints))


def reached(peer: Peer, seconds: float) -> str:
    """The line that says that it answers."""
    host = urlsplit(peer.spec.base_url).netloc.rpartition("@")[2]
    return f"answers at {host} in {seconds * 1000:.0f} ms"


def limit_lines(peer: Peer, page: Page) -> tuple[str, ...]:
    """What is known of the limits: those that are configured, those that the server told just now."""
    spec, left = peer.spec, page.left
    told = {"requests/min": spec.rpm, "tokens/min": spec.tpm, "in flight": spec.max_concurrency}
    lines = ["configured limits: " + ", ".join(f"{value:g} {name}" for name, value in told.items() if value)]
    if left is not None:
        parts = [("requests", left.requests), ("tokens", left.tokens)]
        said = [
            f"{each.remaining:g} {name} left for {each.reset_s:g} s" + (f" of {each.limit:g}" if each.limit else "")
            for name, each in parts
            if each is not None
        ]
        lines.append("the server says: " + ", ".join(said))
    elif not any(told.values()):
        return ("limits: none told, so they are found while a job runs",)
    return tuple(line for line in lines if not line.endswith(": "))


def key_line(peer: Peer) -> str:
    """The line about the key that went with the request."""
    return f"the key in {peer.spec.api_key_env} is accepted" if peer.key is not None else "no key is sent"


def names_in(document: object, *lists: str) -> tuple[str, ...]:
    """The names of the models in a listing: the `id` or `name` of the objects in the first list found."""
    rows: object = document
    if isinstance(document, dict):
        rows = next((document[name] for name in lists if isinstance(document.get(name), list)), None)
    found = (
        [text_at(row, "id", "name", "model") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return tuple(name for name in found if name)


def listed_price(document: object, model: str) -> Price | None:
    """The price of a model in a listing as OpenRouter writes it: strings, US dollars per token."""
    rows = document.get("data") if isinstance(document, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and text_at(row, "id") == model:
            pricing = mapping_at(row, "pricing")
            per_token = [_dollars(pricing.get(name)) for name in ("prompt", "completion", "request")]
            if per_token[0] is None or per_token[1] is None or per_token[2]:
                return None
            return Price(per_token[0] * 1e6, per_token[1] * 1e6)
    return None


def _dollars(value: object) -> float | None:
    if not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def not_found(model: str, models: Sequence[str], verb: str) -> str:
    """The line about a model that is not on offer, with the nearest names or a few others."""
    return f"model '{display_safe(model, 80)}' not found; {nearest(model, models, verb)}"


def nearest(model: str, models: Sequence[str], verb: str = "offered") -> str:
    """The question whether the model of the nearest name was meant, else a few that there are."""
    near = difflib.get_close_matches(model, models, n=1)
    return f"did you mean '{display_safe(near[0], 80)}'?" if near else offered(models, verb)


def offered(models: Sequence[str], verb: str = "offered") -> str:
    """What there is, the first few by name."""
    if not models:
        return f"no model is {verb}"
    more = f" and {len(models) - _MOST_NAMED} more" if len(models) > _MOST_NAMED else ""
    return f"{verb}: " + ", ".join(display_safe(name, 80) for name in models[:_MOST_NAMED]) + more
