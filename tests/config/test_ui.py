"""`[ui]` and `[hooks]`: what they say, what is wrong with them, and that they are no part of a job or its folder."""

from pathlib import Path
from typing import Any

import pytest

from destilation.config import Hooks, Ui, dump, load, load_ui
from destilation.errors import ConfigError

WHOLE = """
[ui]
theme = "light"
fps = 10
chart = "braille"
ascii = true
notify = "desktop"
[hooks]
on_finish = ["notify-send", "{job}: {state}"]
on_budget = ["beep"]
"""


def written(tmp_path: Path, text: str) -> Path:
    """A configuration."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_every_key(tmp_path: Path) -> None:
    """Each is read, alone and with a job."""
    path = written(tmp_path, WHOLE)
    ui = Ui(theme="light", fps=10, chart="braille", ascii=True, notify="desktop")
    hooks = Hooks(("notify-send", "{job}: {state}"), ("beep",))
    assert load_ui(path) == (ui, hooks)
    config = load(path)
    assert (config.ui, config.hooks) == (ui, hooks)


def test_defaults_and_the_environment(tmp_path: Path) -> None:
    """Nothing is needed; a variable overrides the file."""
    assert load_ui(None) == (Ui(), Hooks())
    path = written(tmp_path, WHOLE)
    assert load_ui(path, env={"DESTILATION_UI__THEME": "dark", "DESTILATION_UI__FPS": "2"})[0].theme == "dark"


def test_they_are_no_part_of_a_job(tmp_path: Path) -> None:
    """The digest is the same without them, and a folder that is given away runs nobody's commands."""
    with_them, without = load(written(tmp_path, WHOLE)), load(written(tmp_path, ""))
    assert with_them.digest == without.digest
    assert "notify-send" not in dump(with_them)
    assert "theme" not in dump(with_them)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[ui]\ntheme = "drak"', "did you mean 'dark'?"),
        ("[ui]\ntheme = 1", "ui.theme: 1 is none of auto, dark, light"),
        ("[ui]\nfps = 0", "ui.fps: must be at least 1, not 0"),
        ("[ui]\nfps = 31", "ui.fps: must be at most 30, not 31"),
        ('[ui]\nfps = "4"', "ui.fps: must be an integer"),
        ('[ui]\nchart = "brail"', "did you mean 'braille'?"),
        ("[ui]\nascii = 1", "ui.ascii: must be true or false, not 1"),
        ('[ui]\nnotify = "dekstop"', "did you mean 'desktop'?"),
        ("[ui]\nasci = true", "did you mean `ascii`?"),
        ("[uii]\nascii = true", "did you mean `ui`?"),
        ("[hooks]\non_finnish = []", "did you mean `on_finish`?"),
        ('[hooks]\non_finish = "beep"', "hooks.on_finish: must be an array"),
        ("[hooks]\non_finish = []", "hooks.on_finish: must not be empty"),
        ('[hooks]\non_budget = ["x", "{jb}"]', "did you mean 'job'?"),
        ('[hooks]\non_budget = ["x", 3]', "must be a string"),
        ('[hooks]\non_budget = ["a\\u0000b"]', "must not have a zero byte"),
    ],
)
def test_what_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    """One line with the key, and what may be meant; with or without a job."""
    path = written(tmp_path, text)
    readers: tuple[Any, ...] = (load, load_ui)
    for read in readers:
        with pytest.raises(ConfigError) as caught:
            read(path)
        assert told in str(caught.value)
        assert f"--> {path}:2:" in str(caught.value) or "uii" in text
