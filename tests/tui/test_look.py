"""The look that a user chose: theme, pace, chart, ASCII, how to be called; and how the screen breaks."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from textual.color import Color

from destilation.config import Ui
from destilation.core import events
from destilation.errors import ScreenError
from destilation.storage.disk import Disk
from destilation.storage.lock import Lock
from destilation.tui.app import Cockpit
from destilation.tui.feed import Feed
from destilation.tui.shell import ASCII, Ascii, place_of, speaks_utf8, theme_of
from tests.e2e.test_dashboard import Terminal, wait_until
from tests.tui.job import START, line_of, make_job
from tests.tui.test_hostile import drawn

Compare = Callable[..., bool]
CANARY = "canary-4f1d-of-a-key"


def screen(tmp_path: Path, look: Ui, size: tuple[int, int] = (120, 40)) -> tuple[str, Cockpit]:
    """What is drawn, and by which dashboard."""
    folder = make_job(tmp_path / "rust-agents")

    async def main() -> tuple[str, Cockpit]:
        cockpit = Cockpit(Feed(folder, lambda: START + 300.0), look=look)
        async with cockpit.run_test(size=size) as pilot:
            await pilot.pause()
            return drawn(cockpit), cockpit

    return asyncio.run(main())


def test_braille(tmp_path: Path) -> None:
    """The plot is drawn of dots."""
    text, _ = screen(tmp_path, Ui(chart="braille"))
    assert any(0x2801 <= ord(sign) <= 0x28FF for sign in text)
    assert "█" not in text


def test_blocks(tmp_path: Path) -> None:
    """It is of blocks where nobody says otherwise."""
    text, _ = screen(tmp_path, Ui())
    assert "█" in text
    assert not any(0x2801 <= ord(sign) <= 0x28FF for sign in text)


@pytest.mark.parametrize("chart", ["blocks", "braille"])
def test_ascii(chart: Any, tmp_path: Path, snap_compare: Compare) -> None:
    """Nothing on the screen is beyond ASCII; what is told by signs is still told."""
    folder = make_job(tmp_path / "rust-agents")
    cockpit = Cockpit(Feed(folder, lambda: START + 300.0), look=Ui(ascii=True, chart=chart))
    assert snap_compare(cockpit, terminal_size=(80, 24))


def test_ascii_is_ascii(tmp_path: Path) -> None:
    """Every sign that we draw has one, of the same width."""
    strips: list[str] = []
    folder = make_job(tmp_path / "rust-agents")

    async def main() -> None:
        cockpit = Cockpit(Feed(folder, lambda: START + 300.0), owner=True, look=Ui(ascii=True))
        async with cockpit.run_test(size=(120, 40)) as pilot:
            for key in ("1", "2", "3", "4", "5", "question_mark", "escape", "q", "escape", "slash", "t"):
                await pilot.press(key)
                await pilot.pause()
                strips.append(drawn(cockpit))

    asyncio.run(main())
    assert [sign for text in strips for sign in text if not sign.isascii()] == []


def test_what_others_said_stays_where_it_can_be_shown() -> None:
    """Only a terminal that has no UTF-8 gets question marks, as wide as what they stand for."""
    said = [Segment("é ✓ 漢")]
    assert [each.text for each in Ascii(all_of_it=False).apply(said, Color(0, 0, 0))] == ["é + 漢"]
    assert [each.text for each in Ascii(all_of_it=True).apply(said, Color(0, 0, 0))] == ["? + ??"]
    assert {chr(sign).isascii() if isinstance(sign, int) else sign.isascii() for sign in ASCII.values()} == {True}


@pytest.mark.parametrize(
    ("env", "spoken"),
    [
        ({}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "en_US.latin1"}, False),
        ({"LANG": "en_US.latin1", "LC_ALL": "C.utf8"}, True),
    ],
)
def test_the_encoding_of_the_terminal(env: dict[str, str], spoken: bool) -> None:
    """The locale names it, the first variable that is set."""
    assert speaks_utf8(env) is spoken


@pytest.mark.parametrize(
    ("look", "env", "theme"),
    [
        (Ui(theme="dark"), {"COLORFGBG": "0;15"}, "dark"),
        (Ui(theme="light"), {}, "light"),
        (Ui(), {}, "dark"),
        (Ui(), {"COLORFGBG": "0;15"}, "light"),
        (Ui(), {"COLORFGBG": "0;default;7"}, "light"),
        (Ui(), {"COLORFGBG": "15;0"}, "dark"),
        (Ui(), {"COLORFGBG": "x"}, "dark"),
    ],
)
def test_themes(look: Ui, env: dict[str, str], theme: str) -> None:
    """As chosen, else by what the terminal says of itself."""
    assert theme_of(look, env) == theme


def test_a_theme_is_put_on(tmp_path: Path) -> None:
    """From the first screen on."""
    assert screen(tmp_path, Ui(theme="light"))[1].theme == "textual-light"


@pytest.mark.parametrize(
    ("notify", "sent"), [("bell", "\a"), ("desktop", "\x1b]9;rust-agents: stopped short: 200 samples\a"), ("off", "")]
)
def test_how_the_user_is_called(notify: Any, sent: str, tmp_path: Path) -> None:
    """At the end of a run, by the way that was chosen and no other."""
    folder = make_job(tmp_path / "rust-agents")
    lock = Lock.take(folder, "now", Disk())
    written: list[str] = []

    async def main() -> None:
        cockpit = Cockpit(Feed(folder, lambda: START + 300.0), look=Ui(notify=notify))
        async with cockpit.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert cockpit._driver is not None
            cockpit._driver.write = written.append  # type: ignore[assignment]
            with (folder / ".events.jsonl").open("ab") as file:
                ended = events.RunEnded(state="short", exit_code=3, accepted=200, target=1_000, reasons={})
                file.write(line_of(START + 302, ended))
            lock.release()
            for _ in range(cockpit.look.fps):
                cockpit.pump()
            await pilot.pause()

    asyncio.run(main())
    assert "".join(each for each in written if "\a" in each) == sent


BROKEN = """
import os, sys, time
from pathlib import Path
from destilation.errors import ScreenError
from destilation.tui.app import Cockpit
from destilation.tui.feed import Feed
calls = []
def now():
    calls.append(1)
    key = os.environ["OPENROUTER_API_KEY"]
    if len(calls) > 30:
        raise ValueError(f"bad {key}")
    return 1_800_000_300.0
try:
    Cockpit(Feed(Path(sys.argv[1]), now)).show()
except ScreenError as error:
    print("TOLD", error)
"""


def test_a_screen_that_breaks_shows_no_secret(tmp_path: Path) -> None:
    """A key in a variable, in the environment and in the error is not drawn; one line says what broke."""
    folder = make_job(tmp_path / "rust-agents")
    (tmp_path / "broken.py").write_text(BROKEN)
    words = [str(tmp_path / "broken.py"), str(folder)]
    shown = Terminal(tmp_path, *words, module=False, env={"OPENROUTER_API_KEY": CANARY})
    wait_until(lambda: b"TOLD" in shown.drawn)
    assert shown.wait() == 0
    assert b"TOLD the screen broke: ValueError, tui/" in shown.drawn
    assert CANARY.encode() not in shown.drawn
    assert b"Traceback" not in shown.drawn


def test_what_broke_in_one_line() -> None:
    """The kind of the error and the last place of ours that it came through."""
    try:
        Feed(Path("x\0y"), lambda: 0.0)
    except ValueError as error:
        told = place_of(error)
    assert told.startswith("ValueError, ")
    assert "\0" not in told
    assert place_of(KeyError(CANARY)) == "KeyError"


def test_an_unknown_failure_is_one_line(tmp_path: Path) -> None:
    """Whatever goes wrong before the first screen is told in the same way."""

    class Failing(Cockpit):
        def run(self, **_: Any) -> str | None:
            raise OSError(CANARY)

    with pytest.raises(ScreenError) as caught:
        Failing(Feed(make_job(tmp_path / "j", 3), lambda: START)).show()
    assert str(caught.value).startswith("the screen broke: OSError")
    assert CANARY not in str(caught.value)
