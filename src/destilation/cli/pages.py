"""The verbs with their flags, as data: what completion, the manual and docs/verbs.md are made from."""

import inspect
from collections.abc import Iterator

import click
from msgspec import Struct

from destilation.cli.app import VERBS, root


class Flag(Struct, frozen=True):
    """A flag: its names (the long one first), what it takes (empty: nothing), the values there are, what it does."""

    names: tuple[str, ...]
    takes: str
    choices: tuple[str, ...]
    help: str


class Page(Struct, frozen=True):
    """A verb, or a verb of a verb, by its words; `inner` are the verbs below it, `values` what its argument may be
    where that is one of a few.

    `help` is in paragraphs, `examples` in lines as the epilog has them.
    """

    words: str
    line: str
    arguments: tuple[str, ...]
    flags: tuple[Flag, ...]
    inner: tuple[str, ...]
    values: tuple[str, ...]
    help: str
    examples: tuple[str, ...]


def pages() -> list[Page]:
    """Every verb in the order of the table, each followed by those below it. Imports them all."""
    context = click.Context(root)
    found: list[Page] = []
    for verb in VERBS:
        command = root.get_command(context, verb)
        assert command is not None
        found += _pages(verb, VERBS[verb][1], command)
    return found


def _pages(words: str, line: str, command: click.Command) -> Iterator[Page]:
    inner = command.commands if isinstance(command, click.Group) else {}
    yield Page(
        words,
        line,
        tuple(_argument(each) for each in command.params if isinstance(each, click.Argument)),
        tuple(_flag(each) for each in command.params if isinstance(each, click.Option) and not each.hidden),
        tuple(inner),
        tuple(choice for each in command.params if isinstance(each, click.Argument) for choice in _choices(each)),
        inspect.cleandoc(command.help or "").replace("\b\n", ""),
        tuple((command.epilog or "").replace("\b", "").strip().splitlines()),
    )
    for name, each in inner.items():
        yield from _pages(f"{words} {name}", each.get_short_help_str(200), each)


def _argument(argument: click.Argument) -> str:
    name = (argument.metavar or argument.name or "").upper().strip("[]")
    name += "..." if argument.nargs < 0 and not name.endswith("...") else ""
    return name if argument.required else f"[{name}]"


def _flag(option: click.Option) -> Flag:
    names = (*sorted(option.opts, key=lambda name: -len(name)), *option.secondary_opts)
    choices = _choices(option)
    takes = "" if option.is_flag or option.count else option.metavar or "|".join(choices) or _kind(option)
    return Flag(names, takes, choices, option.help or "")


def _choices(parameter: click.Parameter) -> tuple[str, ...]:
    return tuple(parameter.type.choices) if isinstance(parameter.type, click.Choice) else ()


def _kind(option: click.Option) -> str:
    return {"integer": "N", "integer range": "N", "float": "X", "path": "PATH"}.get(option.type.name, "TEXT")
