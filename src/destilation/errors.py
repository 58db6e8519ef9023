"""What can go wrong, named by the boundary it crossed. Knows nothing about who raises or catches it.

Each class carries the exit code of the process; the message is the one sentence that the user sees.
"""


class DestilationError(Exception):
    """A failure with one sentence for the user; `exit_code` is what the process ends with."""

    exit_code = 1


class ConfigError(DestilationError):
    """The user asked for something that cannot be: nothing was sent, nothing was written."""

    exit_code = 2


class FolderInUseError(ConfigError):
    """Another process writes to the dataset folder."""


class FolderMismatchError(ConfigError):
    """The dataset folder was made by another job (template, domain)."""


class DamagedError(DestilationError):
    """A dataset file is damaged where it must not be repaired silently."""

    exit_code = 6


class StorageError(DestilationError):
    """The disk refused; everything up to the last good line is there."""

    exit_code = 7


class CheckError(DestilationError):
    """A check of the user's own failed: no verdict can be had. Everything that was paid for is kept."""


class ScreenError(DestilationError):
    """A program on the screen broke: what and where, and no value of anything. What it showed goes on."""


class SpendCapError(DestilationError):
    """What may be spent is spent, or too little is left for another request."""

    exit_code = 4


class NoProviderError(DestilationError):
    """No provider is left that could be asked."""

    exit_code = 5


class ProviderError(DestilationError):
    """A provider gave no usable answer. `status` is the HTTP status, None when there was no reply."""

    exit_code = 5

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TransientProviderError(ProviderError):
    """Worth asking again: a network fault, an overloaded or broken server.

    `retry_after` is the wait in seconds that the server asked for, None when it named none.
    `throttled` is true when the server refused for rate or load, false when it failed. `lost` is true when
    the request may have been worked on, and charged for.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        throttled: bool = False,
        lost: bool = False,
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after
        self.throttled = throttled
        self.lost = lost


class UnusableProviderError(ProviderError):
    """This provider will refuse every request: wrong key, unknown model, no credit, wrong address."""


class RefusedPromptError(ProviderError):
    """This provider will refuse this one prompt however often it is asked: moderation, too long."""
