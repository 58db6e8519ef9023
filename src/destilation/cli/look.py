"""The flags of `[ui]`, and the tables `[ui]` and `[hooks]` of a folder that is shown or continued."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from destilation.config import Hooks, Override, Ui, load_ui, parse_setting

Command = TypeVar("Command", bound=Callable[..., Any])
OURS = Path("config.toml")


def ascii_option(command: Command) -> Command:
    """Adds `--ascii`."""
    return click.option("--ascii", "plain", is_flag=True, help="Draw with ASCII only.")(command)


def notify_option(command: Command) -> Command:
    """Adds `--notify`."""
    words = "Call you at the end, and when the budget runs low."
    return click.option("--notify", type=click.Choice(["bell", "desktop", "off"]), help=words)(command)


def look_overrides(plain: bool, notify: str | None = None) -> list[Override]:
    """What these flags say."""
    found = [Override("ui.ascii", True, "--ascii")] if plain else []
    return found if notify is None else [*found, Override("ui.notify", notify, "--notify")]


def load_look(overrides: list[Override], settings: tuple[str, ...] = ()) -> tuple[Ui, Hooks]:
    """As `./config.toml` has them, where there is one; a dataset folder may come from elsewhere, and has no say."""
    given = [*overrides, *(parse_setting(text) for text in settings if text.startswith(("ui.", "hooks.")))]
    return load_ui(OURS if OURS.exists() else None, overrides=given, env=os.environ)
