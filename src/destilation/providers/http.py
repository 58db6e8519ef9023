"""One pooled HTTP client for all providers; foreign failures become ours here, and only here.

The one file that knows aiohttp. It trusts no server: bodies are bounded while they are read and never
decompressed, every call has a total deadline, redirects and cookies are not followed, and neither proxy nor
certificates are taken from the environment.
"""

import math
import ssl
import sys
import time
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from destilation.core.job import RemoteSpec
from destilation.errors import ProviderError, TransientProviderError, UnusableProviderError
from destilation.providers.transport import Peer, Reply
from destilation.version import __version__

MOST_BYTES = 8 * 1024 * 1024
# Below the 5 idle seconds after which llama.cpp, uvicorn and Node close: fewer requests meet a dead connection.
_KEEP_ALIVE_S = 4.0
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": f"destilation/{__version__}",
}


class Http:
    """The pool of connections. Made on first use, within the running loop; `close` ends it.

    `resend` says whether a request whose kept connection turns out to be dead is sent again at once. Under a
    spend cap it is not: each request that may have been charged for must be counted.
    """

    def __init__(self, *, resend: bool = True) -> None:
        self._resend = resend
        self._session: aiohttp.ClientSession | None = None
        self._trust: dict[str | None, ssl.SSLContext] = {}
        self._ways: dict[tuple[int, str, str], _Way] = {}

    async def post(self, peer: Peer, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a JSON body. Raises TransientProviderError or UnusableProviderError when no reply came."""
        return await self._call("POST", peer, path, headers, body)

    async def get(self, peer: Peer, path: str, headers: Mapping[str, str]) -> Reply:
        """Fetch a page. Raises TransientProviderError or UnusableProviderError when no reply came."""
        return await self._call("GET", peer, path, headers, None)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _call(self, method: str, peer: Peer, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        try:
            reply = await self._send(self._way(method, peer, path, headers), body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _ours(error, peer) from None
        if 300 <= reply.status < 400:
            raise _redirected(reply, peer)
        return reply

    def _way(self, method: str, peer: Peer, path: str, headers: Mapping[str, str]) -> "_Way":
        """What all requests of a peer to a path have in common."""
        key = id(peer), method, path
        known = self._ways.get(key)
        if known is None or known.headers is not headers:
            known = self._ways[key] = self._new_way(method, peer, path, headers)
        return known

    def _new_way(self, method: str, peer: Peer, path: str, headers: Mapping[str, str]) -> "_Way":
        spec = peer.spec
        try:
            url = URL(peer.url(path))
        except ValueError as error:
            raise aiohttp.InvalidURL(spec.base_url) from error
        form = {"Content-Type": "application/json"} if method == "POST" else {}
        options = {
            "allow_redirects": False,
            "proxy": spec.proxy,
            "ssl": self._trusted(peer) if spec.base_url.startswith("https:") else True,
            "headers": CIMultiDict({**_HEADERS, **peer.headers(), **headers, **form}),
            "timeout": _deadlines(spec, spec.timeout_s),
        }
        return _Way(peer, headers, method, url, options)

    async def _send(self, way: "_Way", body: bytes | None) -> Reply:
        """The reply; asked once more, at once, when a kept connection turns out to be dead (RFC 9112, 9.3.1)."""
        course = SimpleNamespace(reused=False, answered=False)
        began = time.monotonic()
        _course.set(course)
        try:
            return await self._exchange(way, body, course)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if not self._resend or not course.reused or course.answered or _answer_began(error):
                raise
        return await self._exchange(way.within(began + way.peer.spec.timeout_s - time.monotonic()), body, course)

    async def _exchange(self, way: "_Way", body: bytes | None, course: SimpleNamespace) -> Reply:
        session = self._pool()
        async with session.request(way.method, way.url, data=body, **way.options) as response:
            course.answered = True
            encoding = response.headers.get("Content-Encoding", "").strip().lower()
            if encoding not in ("", "identity"):
                raise _UnreadableError(f"the reply is compressed ({encoding}), which was not asked for")
            received = bytearray()
            async for piece in response.content.iter_any():
                received += piece
                if len(received) > MOST_BYTES:
                    raise _UnreadableError(f"the reply is larger than {MOST_BYTES >> 20} MiB")
            # Of a header that came twice the last counts.
            found = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, found, bytes(received), time.time())

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # How many requests are in flight is the engine's business: no second limit here.
                connector=_Connector(limit=0, keepalive_timeout=_KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            )
        return self._session

    def _trusted(self, peer: Peer) -> ssl.SSLContext:
        """What certificates are checked against: the configured file, else those of the system."""
        ca_file = peer.spec.ca_file
        if ca_file not in self._trust:
            try:
                self._trust[ca_file] = _from_file(ca_file) if ca_file else _from_system()
            except OSError as error:
                cause = error.strerror or "no certificate in it"
                raise UnusableProviderError(
                    f"{peer.name}: cannot use ca_file {peer.safe(str(ca_file))}: {cause}"
                ) from None
        return self._trust[ca_file]


class _UnreadableError(ValueError):
    """A reply that is not read to its end."""


class _Way(NamedTuple):
    """The peer and the headers asked for, kept so that no others get their ids, and what was made of them.

    That has the key in it, so nothing of it is shown.
    """

    peer: Peer
    headers: Mapping[str, str]
    method: str
    url: URL
    options: Mapping[str, Any]

    def within(self, seconds: float) -> "_Way":
        """The same, with so many seconds left for all of it. Raises TimeoutError where there are none."""
        if seconds <= 0:
            raise TimeoutError
        return self._replace(options={**self.options, "timeout": _deadlines(self.peer.spec, seconds)})

    def __repr__(self) -> str:
        return f"_Way({self.method})"


def _deadlines(spec: RemoteSpec, total_s: float) -> aiohttp.ClientTimeout:
    # Without the threshold each but the shortest is rounded up to a whole second of the loop's clock.
    return aiohttp.ClientTimeout(
        total=total_s, connect=spec.connect_timeout_s, sock_read=spec.read_timeout_s, ceil_threshold=math.inf
    )


_course: ContextVar[SimpleNamespace] = ContextVar("_course")


class _Connector(aiohttp.TCPConnector):
    """Notes for whoever connects whether the connection was used before. Tracing tells, too, at 20 times the cost."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used: WeakSet[object] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - as the connector has it
    ) -> aiohttp.connector.Connection:
        connection = await super().connect(req, traces, timeout)
        _course.get().reused = connection.protocol in self._used
        self._used.add(connection.protocol)
        return connection


def _answer_began(error: Exception) -> bool:
    """Whether a part of the reply's head had come: aiohttp then gives it in place of a text."""
    return isinstance(error, aiohttp.ServerDisconnectedError) and not isinstance(error.message, str)


def _from_file(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(Path(ca_file).expanduser()))


def _from_system() -> ssl.SSLContext:
    """The system's certificates by OpenSSL's own paths, which SSL_CERT_FILE and SSL_CERT_DIR do not move."""
    paths = ssl.get_default_verify_paths()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    if sys.platform == "win32" or not (file.is_file() or folder.is_dir()):
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(
        cafile=str(file) if file.is_file() else None, capath=str(folder) if folder.is_dir() else None
    )
    return context


def _redirected(reply: Reply, peer: Peer) -> ProviderError:
    host = urlsplit(reply.headers.get("location", "")).netloc or "another path"
    return UnusableProviderError(
        f"{peer.name}: base_url answers with a redirect to {peer.safe(host)}; set it to the final address",
        status=reply.status,
    )


# The first class that fits tells the cause; `{host}` is the server, `{why}` what the system said.
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (_UnreadableError, "{why}"),
    (aiohttp.ConnectionTimeoutError, "no connection to {host} within {spec.connect_timeout_s:g} s"),
    (aiohttp.SocketTimeoutError, "{host} sent nothing for {spec.read_timeout_s:g} s"),
    (TimeoutError, "no complete reply from {host} within {spec.timeout_s:g} s"),
    (
        aiohttp.ClientConnectorDNSError,
        "the name of {host} cannot be resolved; check base_url and the network",
    ),
    (aiohttp.ClientConnectorCertificateError, "the certificate of {host} is not trusted: {why}; see ca_file"),
    (aiohttp.ClientSSLError, "no TLS connection to {host}: {why}"),
    (aiohttp.ClientProxyConnectionError, "cannot connect to the proxy: {why}"),
    (aiohttp.ClientHttpProxyError, "the proxy refused the connection to {host}: {why}"),
    (aiohttp.ClientConnectorError, "cannot connect to {host}: {why}; is the server running there?"),
    (aiohttp.ServerDisconnectedError, "{host} closed the connection before it answered"),
    (aiohttp.ClientPayloadError, "{host} broke off in the middle of its reply"),
    (aiohttp.ClientResponseError, "{host} does not answer in valid HTTP: {why}"),
    (OSError, "the connection to {host} broke: {why}"),
    (aiohttp.ClientError, "the request to {host} failed: {why}"),
)
# Failures before a request was sent: the server cannot have charged for it.
_NOT_SENT = (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError)
_NEVER = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)


def _ours(error: Exception, peer: Peer) -> ProviderError:
    """The foreign failure as one of ours, in one line."""
    host = urlsplit(peer.spec.base_url).netloc.rpartition("@")[2]
    why = peer.safe(_why(error))
    if isinstance(error, _NEVER):
        return UnusableProviderError(f"{peer.name}: base_url or proxy is not a usable address")
    for kind, cause in _CAUSES:
        if isinstance(error, kind):
            words = cause.format(host=host, why=why, spec=peer.spec)
            return TransientProviderError(f"{peer.name}: {words}", lost=not isinstance(error, _NOT_SENT))
    return UnusableProviderError(f"{peer.name}: the request to {host} cannot be sent: {why}")


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(getattr(error.certificate_error, "verify_message", "")) or "certificate verification failed"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{error.status} {error.message}".partition("\n")[0].rstrip(":")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
