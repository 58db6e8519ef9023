"""What one look came to. Knows nothing of what was looked at."""

from typing import Literal

from msgspec import Struct

from destilation.errors import ConfigError, NoProviderError

Mark = Literal["good", "odd", "bad"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing: `good`, `odd` (works, but look at it) or `bad`, with which a run would end with `exit_code`.

    `fix` says what to do.
    """

    name: str
    mark: Mark
    text: str
    fix: str = ""
    exit_code: int = 0


def good(name: str, text: str) -> Finding:
    """All is well."""
    return Finding(name=name, mark="good", text=text)


def odd(name: str, text: str, fix: str) -> Finding:
    """Nothing stands in the way, but it may not be as it is meant."""
    return Finding(name=name, mark="odd", text=text, fix=fix)


def bad(name: str, text: str, fix: str, exit_code: int = ConfigError.exit_code) -> Finding:
    """A run would end with this exit code."""
    return Finding(name=name, mark="bad", text=text, fix=fix, exit_code=exit_code)


def exit_code_of(findings: list[Finding]) -> int:
    """0 where nothing is bad, 2 where anything of this machine or the configuration is, else 5."""
    codes = {finding.exit_code for finding in findings if finding.mark == "bad"}
    if ConfigError.exit_code in codes:
        return ConfigError.exit_code
    return NoProviderError.exit_code if codes else 0
