"""Commands: what they look like in a file and on the command line, what is refused, which fact confirms them."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core import control, events
from destilation.core.control import CommandError, confirms, names, parse_setting, read_command, refuses, words_of

COMMANDS: list[control.AnyCommand] = [
    control.Pause(),
    control.Resume(),
    control.Stop(),
    control.Stop(now=True),
    control.Concurrency(64),
    control.Share("ollama", 0.5),
    control.Retire("far/m"),
    control.Restore("far/m"),
    control.Target(20_000),
    control.Budget(2.5),
]
ANSWERS: list[events.Event] = [
    events.Paused(reason="u"),
    events.Resumed(reason="u"),
    events.Stopping(reason="u", now=False),
    events.Stopping(reason="u", now=True),
    events.ConcurrencyChanged(provider="", limit=60, reason="u", asked=64),
    events.ShareChanged(provider="ollama/x", share=0.5),
    events.ProviderRetired(provider="far/m", error="u"),
    events.ProviderRestored(provider="far/m@judge"),
    events.TargetChanged(target=20_010, asked=20_000),
    events.BudgetChanged(usd=2.5, spent_usd=1.0),
]


@pytest.mark.parametrize("command", COMMANDS, ids=words_of)
def test_a_command_survives_the_file(command: control.AnyCommand) -> None:
    """What a watcher writes is what the engine reads."""
    assert read_command(msgspec.json.encode(command)) == command


@pytest.mark.parametrize("command", COMMANDS[4:], ids=words_of)
def test_words_are_what_a_user_may_type(command: control.AnyCommand) -> None:
    """The words of a setting parse to the same command."""
    assert parse_setting(words_of(command)) == command


def test_words_of_verbs() -> None:
    """Those without a value are named as their verbs."""
    assert [words_of(command) for command in COMMANDS[:4]] == ["pause", "resume", "stop", "stop --now"]


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=[words_of(command) for command in COMMANDS])
def test_each_command_has_its_fact(number: int) -> None:
    """The answer confirms its own command, and of the others only a gentler stop."""
    confirmed = [place for place, command in enumerate(COMMANDS) if confirms(ANSWERS[number], command)]
    assert confirmed == ([2, 3] if number == 3 else [number])


def test_a_fact_of_another_is_no_answer() -> None:
    """A limit found for one provider, or another value, does not confirm what was asked."""
    found = events.ConcurrencyChanged(provider="far", limit=64, reason="found")
    assert not confirms(found, control.Concurrency(64))
    assert not confirms(events.BudgetChanged(usd=3.0, spent_usd=0.0), control.Budget(2.5))
    assert not confirms(events.ShareChanged(provider="olla", share=0.5), control.Share("ollama", 0.5))


def test_a_refusal_says_why() -> None:
    """It is that of a command with the same words, and of no other."""
    refused = events.CommandRefused(command="target=3", why="more are in")
    assert refuses(refused, control.Target(3)) == "more are in"
    assert refuses(refused, control.Target(4)) is None
    assert refuses(ANSWERS[0], control.Target(3)) is None


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"junk", "no command"),
        (b"{}", "no command"),
        (b'{"do":"format_disk"}', "no command"),
        (b'{"do":"pause","x":1}', "no command"),
        (b'{"do":"target","n":1.5}', "no command"),
        (b'{"do":"target","n":0}', "target must be from 1 to 1,000,000,000, not 0"),
        (b'{"do":"concurrency","n":10001}', "concurrency must be from 1 to 10,000"),
        (b'{"do":"budget_usd","usd":-1}', "budget_usd must be from"),
        (b'{"do":"share","provider":"a","weight":-1}', "a.share must be from 0"),
        (b"[" * 5_000, "no command"),
        (b"\xff\xfe", "no command"),
    ],
)
def test_what_is_no_command(line: bytes, wanted: str) -> None:
    """Junk, unknown commands and values out of bounds are told apart and refused."""
    with pytest.raises(CommandError, match="^" + wanted):
        read_command(line)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nonsense", "write KEY=VALUE"),
        ("=5", "write KEY=VALUE"),
        ("target=", "write KEY=VALUE"),
        ("target=many", "target must be a whole number, not many"),
        ("concurrency=2.5", "concurrency must be a whole number"),
        ("budget_usd=nan", "budget_usd must be from"),
        ("ollama.share=lots", "ollama.share must be a number"),
        ("taget=5", "did you mean target?"),
        (".share=5", "keys are concurrency, target, budget_usd"),
        ("x\x1b[2J=5", r"x\\x1b\[2J=5: keys are"),
    ],
)
def test_what_is_no_setting(text: str, wanted: str) -> None:
    """A mistake is named, and what to write instead."""
    with pytest.raises(CommandError, match=wanted):
        parse_setting(text)


def test_a_setting_may_have_spaces_and_underscores() -> None:
    """As people write numbers."""
    assert parse_setting(" target = 20_000 ") == control.Target(20_000)


def test_names_of_providers() -> None:
    """The provider's name means all its entries; a label means itself."""
    assert names("far", "far")
    assert names("far", "far/m")
    assert names("far", "far@judge")
    assert not names("far", "farther")
    assert not names("", "/m")


def complaint(act: Callable[[], object]) -> str:
    """What an act is refused with; "fine" where it is not."""
    try:
        act()
    except CommandError as error:
        return str(error)
    return "fine"


@given(st.binary(max_size=200))
def test_hostile_lines_are_refused_in_words(line: bytes) -> None:
    """Whatever bytes stand in the file, they are a command or a CommandError that can be shown."""
    assert complaint(lambda: read_command(line)).isprintable()


@given(st.text(max_size=60))
def test_hostile_settings_are_refused_in_words(text: str) -> None:
    """Whatever is typed, it is a command or a CommandError."""
    assert complaint(lambda: parse_setting(text))
