"""How many requests may be in flight: per provider, and in all. Knows the process's own limits."""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from destilation.config import Config
from destilation.core.job import MockSpec, OllamaSpec, ProviderSpec, RemoteSpec

MOCK_LIMIT, LOCAL_LIMIT, REMOTE_LIMIT = 256, 8, 64
RESERVED_FILES = 64


def limit_of(spec: ProviderSpec, concurrency: int | None) -> int:
    """Requests in flight to one provider: as configured, else the job's, else by where it runs.

    A server on this machine queues what it cannot serve at once, so it gets few.
    """
    if spec.max_concurrency is not None:
        return spec.max_concurrency
    if concurrency is not None:
        return concurrency
    if isinstance(spec, MockSpec):
        return MOCK_LIMIT
    local = isinstance(spec, OllamaSpec) or (isinstance(spec, RemoteSpec) and is_loopback(spec.base_url))
    return LOCAL_LIMIT if local else REMOTE_LIMIT


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def workers_of(config: Config, limits: Sequence[int]) -> tuple[int, str | None]:
    """How many workers a job gets, and a notice where the open-file limit allows fewer than wanted."""
    wanted = min(config.job.concurrency or sum(limits), config.job.target)
    allowed = max(1, _open_files() - RESERVED_FILES)
    if wanted <= allowed or all(isinstance(spec, MockSpec) for spec in config.providers.values()):
        return wanted, None
    return (
        allowed,
        f"{allowed} requests in flight instead of {wanted}: the limit of open files allows no more",
    )


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
