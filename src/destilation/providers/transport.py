"""What adapters need of a network: post a body, get a page. Knows no HTTP library and no dialect."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from destilation.core.display import display_safe, redact
from destilation.core.job import RemoteSpec
from destilation.providers.secret import Secret


class Peer(Struct, frozen=True, kw_only=True):
    """A server and how to reach it: the spec, and the key for it where one is wanted."""

    spec: RemoteSpec
    key: Secret | None = None

    @property
    def name(self) -> str:
        """The provider's name, with which every message about it begins."""
        return self.spec.name

    def url(self, path: str) -> str:
        """The address of a path below `base_url`; keys go to no other."""
        return self.spec.base_url.rstrip("/") + path

    def headers(self) -> dict[str, str]:
        """What proves who asks."""
        return {} if self.key is None else {"Authorization": f"Bearer {self.key.reveal()}"}

    def safe(self, text: str) -> str:
        """Foreign text fit for a message: one line, at most 200 characters, no key in it."""
        return display_safe(redact(text, () if self.key is None else (self.key.reveal(),)))


class Reply(Struct, frozen=True):
    """One HTTP reply, whatever its status. Header names are lower case; `received` is seconds since 1970."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: float

    @property
    def content_type(self) -> str:
        """The media type without its parameters, empty when none was named."""
        return self.headers.get("content-type", "").partition(";")[0].strip()


class Transport(Protocol):
    """The network. Raises TransientProviderError or UnusableProviderError where no reply came."""

    async def post(self, peer: Peer, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a JSON body; the reply of any status but a redirect."""
        ...

    async def get(self, peer: Peer, path: str, headers: Mapping[str, str]) -> Reply:
        """Fetch a page; the reply of any status but a redirect."""
        ...
