"""What a watcher may tell a running engine to do, and which fact says that it was done. Knows no file, no engine.

A command is a wish: what became of it is told as an event, and that is what screens show.
"""

import difflib
import math

import msgspec
from msgspec import Struct

from destilation.core import events
from destilation.core.display import display_safe

MOST_CONCURRENCY = 10_000
MOST_TARGET = 1_000_000_000
MOST_BUDGET_USD = 1e9
MOST_WEIGHT = 1e6
KEYS = ("concurrency", "target", "budget_usd")


class CommandError(ValueError):
    """A command that cannot be read or makes no sense; the message says what is wrong and what to write."""


class Command(Struct, frozen=True, tag_field="do", forbid_unknown_fields=True):
    """One thing to do; the tag `do` names it in files."""


class Pause(Command, frozen=True, tag="pause"):
    """Ask for nothing new; what is in flight is waited for and kept."""


class Resume(Command, frozen=True, tag="resume"):
    """Go on after a pause."""


class Stop(Command, frozen=True, tag="stop"):
    """End the run: after the answers in flight, or `now`."""

    now: bool = False


class Concurrency(Command, frozen=True, tag="concurrency"):
    """How many requests may be in flight in all."""

    n: int


class Share(Command, frozen=True, tag="share"):
    """The weight of a provider in the mix, relative to the others."""

    provider: str
    weight: float


class Retire(Command, frozen=True, tag="retire"):
    """Ask a provider for nothing more."""

    provider: str


class Restore(Command, frozen=True, tag="restore"):
    """Ask a retired provider again."""

    provider: str


class Target(Command, frozen=True, tag="target"):
    """How many samples are wanted in all."""

    n: int


class Budget(Command, frozen=True, tag="budget_usd"):
    """The most that the job may cost over all its runs, in US dollars."""

    usd: float


AnyCommand = Pause | Resume | Stop | Concurrency | Share | Retire | Restore | Target | Budget
_DECODER: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


def read_command(line: bytes) -> AnyCommand:
    """The command that a line of JSON holds. Raises CommandError."""
    try:
        return checked(_DECODER.decode(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"no command: {display_safe(str(error), 120)}") from error


def checked(command: AnyCommand) -> AnyCommand:
    """The command, if its values are within bounds. Raises CommandError."""
    match command:
        case Concurrency(n):
            _bound("concurrency", n, 1, MOST_CONCURRENCY)
        case Target(n):
            _bound("target", n, 1, MOST_TARGET)
        case Budget(usd):
            _bound("budget_usd", usd, 0.000001, MOST_BUDGET_USD)
        case Share(provider, weight):
            _bound(f"{display_safe(provider, 60)}.share", weight, 0, MOST_WEIGHT)
        case _:
            pass
    return command


def parse_setting(text: str) -> AnyCommand:
    """What `KEY=VALUE` means, such as `concurrency=64`, `ollama.share=0.5`, `ollama=retired`. Raises CommandError."""
    key, equals, value = (part.strip() for part in text.partition("="))
    shown = display_safe(text, 80)
    if not equals or not key or not value:
        raise CommandError(f"{shown}: write KEY=VALUE, such as concurrency=64 or ollama.share=0.5")
    if key == "concurrency":
        return checked(Concurrency(int(_number(key, value, whole=True))))
    if key == "target":
        return checked(Target(int(_number(key, value, whole=True))))
    if key == "budget_usd":
        return checked(Budget(_number(key, value)))
    if key.endswith(".share") and key != ".share":
        return checked(Share(key.removesuffix(".share"), _number(key, value)))
    if value == "retired":
        return Retire(key)
    if value == "restored":
        return Restore(key)
    near = difflib.get_close_matches(key, KEYS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"keys are {', '.join(KEYS)}, PROVIDER.share"
    raise CommandError(f"{shown}: {hint} (a provider is set to retired or restored)")


def words_of(command: AnyCommand) -> str:
    """The command as a user writes it."""
    match command:
        case Stop(now):
            return "stop --now" if now else "stop"
        case Concurrency(n):
            return f"concurrency={n}"
        case Target(n):
            return f"target={n}"
        case Budget(usd):
            return f"budget_usd={usd:g}"
        case Share(provider, weight):
            return f"{provider}.share={weight:g}"
        case Retire(provider):
            return f"{provider}=retired"
        case Restore(provider):
            return f"{provider}=restored"
        case Resume():
            return "resume"
    return "pause"


def confirms(event: events.Event, command: AnyCommand) -> bool:
    """Whether the fact says that the command was obeyed."""
    match command, event:
        case (Pause(), events.Paused()) | (Resume(), events.Resumed()):
            return True
        case Stop(now), events.Stopping():
            return event.now or not now
        case Concurrency(n), events.ConcurrencyChanged():
            return not event.provider and event.asked == n
        case Target(n), events.TargetChanged():
            return event.asked == n
        case Budget(usd), events.BudgetChanged():
            return event.usd == usd
        case Share(provider, weight), events.ShareChanged():
            return event.share == weight and names(provider, event.provider)
        case Retire(provider), events.ProviderRetired():
            return names(provider, event.provider)
        case Restore(provider), events.ProviderRestored():
            return names(provider, event.provider)
    return False


def refuses(event: events.Event, command: AnyCommand) -> str | None:
    """Why the fact says that the command was not obeyed; None where it says no such thing."""
    if isinstance(event, events.CommandRefused) and event.command == words_of(command):
        return event.why
    return None


def names(given: str, label: str) -> bool:
    """Whether what the user gave means the entry of the mix: its label, or its provider."""
    return label == given or (bool(given) and label.startswith((f"{given}/", f"{given}@")))


def _bound(key: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise CommandError(f"{key} must be from {least:,g} to {most:,.0f}, not {value:g}")


def _number(key: str, value: str, *, whole: bool = False) -> float:
    try:
        return int(value.replace("_", "")) if whole else float(value)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise CommandError(f"{display_safe(key, 60)} must be {kind}, not {display_safe(value, 40)}") from None
