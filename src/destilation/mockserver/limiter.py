"""The server's side of rate limits: admits or refuses, and tells the truth about what is left."""

from collections import deque
from email.utils import formatdate

from destilation.mockserver.scenario import Scenario


class Limiter:
    """Counts requests and tokens a minute. Times are seconds since the start of the server."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._log: deque[float] = deque()
        self._level = scenario.rpm / 60 * scenario.burst_s
        self._tokens = scenario.tpm / 60 * scenario.burst_s
        self._at = 0.0

    def admit(self, now: float) -> float | None:
        """None when admitted (and counted); else the seconds after which it would be."""
        scenario, rpm = self._scenario, self._scenario.rpm_at(now)
        self._fill(now, rpm)
        wait = 0.0
        if scenario.tpm and self._tokens <= 0:
            wait = -self._tokens / (scenario.tpm / 60) + 1e-3
        if rpm:
            wait = max(wait, self._wait(now, rpm))
        if wait > 0:
            return wait
        self._log.append(now)
        self._level -= 1
        return None

    def took(self, tokens: int) -> None:
        """An answer took so many tokens."""
        self._tokens -= tokens

    def headers(self, now: float) -> dict[str, str]:
        """What is left, as OpenAI says it."""
        rpm = self._scenario.rpm_at(now)
        if not rpm or not self._scenario.limit_headers:
            return {}
        self._fill(now, rpm)
        limit, left, reset = rpm, rpm - len(self._log), 60.0
        if self._scenario.window == "bucket":
            limit = max(1.0, rpm / 60 * self._scenario.burst_s)
            left, reset = self._level, max(0.0, limit - self._level) / (rpm / 60)
        elif self._log:
            reset = self._log[0] + 60 - now if self._scenario.window == "sliding" else 60 - now % 60
        return {
            "x-ratelimit-limit-requests": str(int(limit)),
            "x-ratelimit-remaining-requests": str(max(0, int(left))),
            "x-ratelimit-reset-requests": f"{max(0.0, reset):.3f}s",
        }

    def _fill(self, now: float, rpm: float) -> None:
        scenario = self._scenario
        passed, self._at = now - self._at, now
        self._level = min(max(1.0, rpm / 60 * scenario.burst_s), self._level + passed * rpm / 60)
        self._tokens = min(scenario.tpm / 60 * scenario.burst_s, self._tokens + passed * scenario.tpm / 60)
        begin = now - 60 if scenario.window == "sliding" else now - now % 60 - 1e-9
        while self._log and self._log[0] <= begin:
            self._log.popleft()

    def _wait(self, now: float, rpm: float) -> float:
        if self._scenario.window == "bucket":
            return (1 - self._level) / (rpm / 60) if self._level < 1 - 1e-9 else 0.0
        if len(self._log) < rpm:
            return 0.0
        return self._log[0] + 60 - now if self._scenario.window == "sliding" else 60 - now % 60


def wait_headers(how: str, wait: float, epoch: float) -> dict[str, str]:
    """The wait in one of the forms that servers use; `epoch` is now in seconds since 1970."""
    match how:
        case "seconds":
            return {"Retry-After": str(int(wait) + 1)}
        case "float":
            return {"Retry-After": f"{wait:.3f}"}
        case "date":
            return {"Retry-After": formatdate(epoch + int(wait) + 1, usegmt=True)}
        case "ms":
            return {"retry-after-ms": f"{wait * 1000:.0f}"}
    return {}
