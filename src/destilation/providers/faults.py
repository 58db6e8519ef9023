"""What a refusal means: ask again, never this prompt, or never this provider. Knows no network.

Refusals are told apart by meaning first and by status second, for servers use statuses loosely: a spent
quota comes as 429, a full budget as 402, a wrong parameter as 500. Each message says what to do.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from destilation.core.retry_after import clamped, retry_after
from destilation.errors import (
    ProviderError,
    RefusedPromptError,
    TransientProviderError,
    UnusableProviderError,
)
from destilation.providers.complaint import Complaint
from destilation.providers.transport import Peer

_OVERLOADED = frozenset({429, 503, 529})
_AGAIN = frozenset({408, 409, 424, 425, 499})
_MODERATED = re.compile(
    r"moderation|flagged|content[_ ](?:policy|filter|management)|safety|prohibited[_ ]content|jailbreak"
)
_NO_CREDIT = re.compile(r"insufficient[_ ](?:quota|balance|credit|funds)|billing|exceeded your current quota")
_NO_MODEL = re.compile(
    r"model[_ ]not[_ ]found|unknown model|invalid model|no such model|not a valid model"
    r"|model .{0,200}(?:not found|does not exist|not available|is not supported)|model_deprecated"
)
_NO_KEY = re.compile(r"api[_ ]key[_ ](?:not valid|invalid)|invalid[_ ](?:api[_ ])?key|incorrect api key|authentication")
_TOO_LONG = re.compile(r"context[_ ](?:length|size|window)|exceed_context|maximum context|too many tokens|too long")
_BUSY = re.compile(r"rate[_ ]?limit|overloaded|too many requests|server busy|queue is full|resource_exhausted")


class Refusal(Struct, frozen=True, kw_only=True):
    """A request that was not answered: who was asked for which model, and what the server said about it.

    `begun` is true where the reply itself had a good status, so that the model may have worked on it.
    """

    peer: Peer
    model: str
    status: int
    headers: Mapping[str, str]
    received: float
    complaint: Complaint
    begun: bool = False

    @property
    def wait(self) -> float | None:
        """Seconds that the server asked for; None when it asked for none."""
        told = self.complaint.availability.get("retry_after")
        if isinstance(told, int | float) and not isinstance(told, bool):
            return clamped(float(told))
        return retry_after(self.headers, self.received)

    @property
    def said(self) -> str:
        """The server's own words, safe to show, with a colon before them; empty when it said nothing."""
        text = self.peer.safe(self.complaint.message.strip() or self.complaint.words.strip())
        return f": {text}" if text else ""

    def mentions(self, meaning: re.Pattern[str]) -> bool:
        """Whether the server's words have that meaning."""
        return meaning.search(self.complaint.all_words) is not None

    @property
    def lacks_model(self) -> bool:
        """Whether what is refused is the model's name."""
        return self.status in (400, 404, 410, 422) and self.mentions(_NO_MODEL)

    def unusable(self, what: str) -> UnusableProviderError:
        """This provider is of no use as it is."""
        return UnusableProviderError(f"{self.peer.name} {what} ({self.status}){self.said}", status=self.status)

    def refused(self, what: str) -> RefusedPromptError:
        """This prompt is of no use with this provider."""
        return RefusedPromptError(f"{self.peer.name} {what} ({self.status}){self.said}", status=self.status)

    def transient(self, what: str, *, throttled: bool = False) -> TransientProviderError:
        """Worth asking again. An error under a good status may have cost something: the model had begun."""
        return TransientProviderError(
            f"{self.peer.name} {what} ({self.status}){self.said}",
            status=self.status,
            retry_after=self.wait,
            throttled=throttled,
            lost=self.begun,
        )


def fault(refusal: Refusal) -> ProviderError:
    """The error that a refusal means."""
    retryable = refusal.complaint.availability.get("retryable")
    if retryable is True:
        return refusal.transient("is not available now", throttled=True)
    for rule in (_of_the_account, _of_the_prompt, _of_the_model):
        if (found := rule(refusal)) is not None:
            return found
    status = refusal.status
    if status in _OVERLOADED or (status >= 500 and refusal.mentions(_BUSY)):
        return refusal.transient("is overloaded" if status != 429 else "limits the rate", throttled=True)
    if status >= 500 or status in _AGAIN:
        return refusal.transient("failed")
    if status < 400:
        return refusal.transient("answered with an error")
    if status in (405, 407):
        return refusal.unusable("cannot be asked at this address; check base_url and proxy")
    return refusal.refused("refused the request")


def status_meant(complaint: Complaint, status: int) -> int:
    """The status of a complaint that came with a good one: the one it names, else the one its words mean."""
    if complaint.status is not None:
        return complaint.status
    meant = (
        (_NO_CREDIT, 402),
        (_NO_KEY, 401),
        (_NO_MODEL, 404),
        (_TOO_LONG, 400),
        (_MODERATED, 400),
        (_BUSY, 429),
    )
    return next((code for words, code in meant if words.search(complaint.all_words)), status)


def _of_the_account(refusal: Refusal) -> ProviderError | None:
    """Keys and credit."""
    status, variable = refusal.status, refusal.peer.spec.api_key_env
    if status == 401 or (status in (400, 403) and refusal.mentions(_NO_KEY)):
        return refusal.unusable(
            f"refused the key in {variable}" if variable else "wants a key; name its variable with api_key_env"
        )
    if status == 402 and refusal.wait is not None:
        return refusal.transient("has its budget in flight used up", throttled=True)
    if status == 402 or (status in (403, 429) and refusal.mentions(_NO_CREDIT)):
        return refusal.unusable("has no credit left; top up the account or raise the limit of the key")
    return None


def _of_the_prompt(refusal: Refusal) -> ProviderError | None:
    """Moderation and length."""
    metadata = refusal.complaint.metadata
    moderated = "flagged_input" in metadata or "reasons" in metadata or refusal.mentions(_MODERATED)
    if refusal.status in (400, 403, 422) and moderated:
        return refusal.refused("refused the content of the prompt")
    if refusal.status == 413 or (refusal.status in (400, 422) and refusal.mentions(_TOO_LONG)):
        return refusal.refused("finds the prompt too long for the model; shorten it or lower max_tokens")
    return None


def _of_the_model(refusal: Refusal) -> ProviderError | None:
    """Rights, addresses and models."""
    if refusal.status == 403:
        return refusal.unusable("forbids the request; check what the key and the region may use")
    if refusal.lacks_model:
        return refusal.unusable(f"does not offer the model '{refusal.peer.safe(refusal.model)}'; check its name")
    if refusal.status in (404, 410):
        return refusal.unusable("has nothing at this address; check base_url and the model")
    return None
