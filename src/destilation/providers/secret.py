"""A key that shows itself to nobody by accident. Knows no provider."""

from collections.abc import Mapping
from typing import NoReturn

from destilation.errors import ConfigError


class Secret:
    """Text that prints, formats and logs as `***`; only `reveal` gives it, and only adapters call that."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not stored")


def secret_from(env: Mapping[str, str], variable: str, provider: str) -> Secret:
    """The key in an environment variable. Raises ConfigError, naming the variable, where there is none fit."""
    text = env.get(variable, "").strip(" ")
    if not text:
        state = "empty" if variable in env else "not set"
        raise ConfigError(
            f"provider '{provider}' needs a key, but the environment variable {variable} is {state}; "
            f"set it with: export {variable}=..."
        )
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(
            f"the key of provider '{provider}' in {variable} holds a line end, a blank or another character that "
            f"no key has; set it again with: export {variable}=..."
        )
    return Secret(text)
