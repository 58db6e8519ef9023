"""`[ui]` and `[hooks]`: what the dashboard looks like, and what is told to whom. No part of the job or its folder."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct
from pydantic import AfterValidator, BeforeValidator, Field

from destilation.config.check import check
from destilation.config.model import File, Table, wrong
from destilation.config.problems import suggestion
from destilation.config.source import Override, Source, from_environment

THEMES = ("auto", "dark", "light")
CHARTS = ("blocks", "braille")
NOTICES = ("bell", "desktop", "off")
FACTS = ("event", "job", "folder", "state", "exit_code", "accepted", "target", "cost_usd", "budget_used")
"""What a hook's command may name in braces."""


class Ui(Struct, frozen=True):
    """How the dashboard is drawn, `fps` times a second, and how the user is called.

    With `ascii` nothing beyond ASCII is drawn, but for what models and servers said.
    """

    theme: Literal["auto", "dark", "light"] = "auto"
    fps: int = 4
    chart: Literal["blocks", "braille"] = "blocks"
    ascii: bool = False
    notify: Literal["bell", "desktop", "off"] = "bell"


class Hooks(Struct, frozen=True):
    """Commands, each a program and its arguments: at the end of a run, and when most of the budget is spent."""

    on_finish: tuple[str, ...] = ()
    on_budget: tuple[str, ...] = ()


def _one_of(value: object, known: Sequence[str]) -> object:
    if not isinstance(value, str) or value not in known:
        near = suggestion(value, known) if isinstance(value, str) else ""
        raise wrong(f"is none of {', '.join(known)}{near}")
    return value


def _theme(value: object) -> object:
    return _one_of(value, THEMES)


def _chart(value: object) -> object:
    return _one_of(value, CHARTS)


def _notify(value: object) -> object:
    return _one_of(value, NOTICES)


def _argument(text: str) -> str:
    for name in re.findall(r"\{(\w*)\}", text):
        if name not in FACTS:
            raise wrong(f"has {{{name[:40]}}}, which is no fact of a run{suggestion(name, FACTS)}: {', '.join(FACTS)}")
    if "\0" in text:
        raise wrong("must not have a zero byte")
    return text


Command = Annotated[list[Annotated[str, AfterValidator(_argument)]], Field(min_length=1, max_length=100)]


class UiTable(Table):
    """`[ui]`."""

    theme: Annotated[Literal["auto", "dark", "light"], BeforeValidator(_theme)] = "auto"
    fps: Annotated[int, Field(ge=1, le=30)] = 4
    chart: Annotated[Literal["blocks", "braille"], BeforeValidator(_chart)] = "blocks"
    ascii: bool = False
    notify: Annotated[Literal["bell", "desktop", "off"], BeforeValidator(_notify)] = "bell"


class HooksTable(Table):
    """`[hooks]`."""

    on_finish: Command | None = None
    on_budget: Command | None = None


def ui_of(source: Source, file: File) -> tuple[Ui, Hooks]:
    """Both tables; what is wrong with them is noted in the source."""
    ui, hooks = check(source, UiTable, file.ui, ("ui",)), check(source, HooksTable, file.hooks, ("hooks",))
    if ui is None or hooks is None:
        return Ui(), Hooks()
    return Ui(**ui.model_dump()), Hooks(tuple(hooks.on_finish or ()), tuple(hooks.on_budget or ()))


def load_ui(
    path: Path | None, *, overrides: Sequence[Override] = (), env: Mapping[str, str] | None = None
) -> tuple[Ui, Hooks]:
    """The two tables of a file (None: none), and nothing else of it. Raises ConfigError."""
    source = Source(path, [*from_environment(env or {}), *overrides])
    file = check(source, File, source.data, ())
    source.finish()
    assert file is not None
    found = ui_of(source, file)
    source.finish()
    return found
