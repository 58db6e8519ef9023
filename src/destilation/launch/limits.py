"""How many requests may be in flight: per provider, and in all. Knows the process's own limits."""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from destilation.config import Config
from destilation.core.control import MOST_CONCURRENCY
from destilation.core.job import MockSpec, OllamaSpec, ProviderSpec, RemoteSpec, Share
from destilation.core.pacing.governor import Limits

MOCK_WINDOW, LOCAL_WINDOW, REMOTE_WINDOW = 256, 8, 256
MOST_WINDOW = 1_000
RESERVED_FILES = 64


def limits_of(spec: ProviderSpec, share: Share, concurrency: int | None) -> Limits:
    """What is known of one entry of the mix before it is asked.

    Requests in flight: as many as the job says, at once; else few at first where the server runs on this
    machine and queues what it cannot serve, more where it is far away, and up to `max_concurrency`.
    """
    most = spec.max_concurrency or concurrency or MOST_WINDOW
    guess = share.max_tokens / 4
    if isinstance(spec, MockSpec):
        most = spec.max_concurrency or concurrency or MOCK_WINDOW
        return Limits(
            first=most, most=most, rpm=spec.rpm, tpm=spec.tpm, free=True, call_tokens=guess, told=spec.max_concurrency
        )
    first = concurrency or (LOCAL_WINDOW if is_local(spec) else REMOTE_WINDOW)
    return Limits(
        first=min(first, most),
        most=most,
        rpm=spec.rpm,
        tpm=spec.tpm,
        free=concurrency is not None,
        call_tokens=guess,
        told=spec.max_concurrency,
    )


def is_local(spec: ProviderSpec) -> bool:
    """Whether a provider runs on this machine: the mock, Ollama, anything at a loopback address."""
    if isinstance(spec, RemoteSpec):
        return isinstance(spec, OllamaSpec) or is_loopback(spec.base_url)
    return True


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def workers_of(config: Config, limits: Sequence[int]) -> tuple[int, str | None]:
    """How many workers a job gets, and a notice where the open-file limit allows fewer than wanted."""
    wanted = min(config.job.concurrency or sum(limits), config.job.target)
    allowed = most_workers(config)
    if wanted <= allowed:
        return wanted, None
    return (
        allowed,
        f"{allowed} requests in flight instead of {wanted}: the limit of open files allows no more",
    )


def most_workers(config: Config) -> int:
    """How many requests may ever be in flight: as many as connections can be open. The mock needs none."""
    if all(isinstance(spec, MockSpec) for spec in config.providers.values()):
        return MOST_CONCURRENCY
    return max(1, _open_files() - RESERVED_FILES)


def _open_files() -> int:
    """The number of files this process may hold open, after raising the soft limit as far as it goes."""
    if sys.platform == "win32":
        return 8192
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return 65_536 if soft == resource.RLIM_INFINITY else soft
