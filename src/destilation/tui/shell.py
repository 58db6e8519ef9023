"""What all our programs on the screen have in common: the look that the user chose, and how they break."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter

from destilation.config import Ui
from destilation.core.display import desktop_notice
from destilation.errors import ScreenError

Result = TypeVar("Result")
THEMES = {"dark": "textual-dark", "light": "textual-light"}
OURS = str.maketrans(
    "━╌✓✗↻●■·…→←↑↓⏎›“”▁▂▃▄▅▆▇█╭╮╰╯─│┌┐└┘▔▎▊▕▏┃║═✔⚠–—▌▐▍▋▉▀▖▗▘▝▙▛▜▟",
    "=-+x~*#..><^v>>''.::==###++++-|++++-||||||=+!--||||||....####",
)
_BRAILLE = {0x2800: " ", **{0x2800 + dots: ".:=#"[min(3, dots.bit_count() // 2)] for dots in range(1, 256)}}
ASCII = OURS | {place: ord(sign) for place, sign in _BRAILLE.items()}


class Shell(App[Result]):
    """An App that says in `broken` what broke it, and shows no more of that: a traceback has values of variables."""

    broken = ""

    def __init__(self, look: Ui) -> None:
        super().__init__()
        self.look = look
        self.theme = THEMES[theme_of(look, os.environ)]
        if look.ascii or not speaks_utf8(os.environ):
            self._filters.append(Ascii(all_of_it=not speaks_utf8(os.environ)))

    def show(self) -> Result | None:
        """Run until the user leaves. Raises ScreenError where it breaks."""
        try:
            left = self.run()
        except Exception as error:
            raise ScreenError(f"the screen broke: {place_of(error)}") from None
        if self.return_code:
            raise ScreenError(f"the screen broke: {self.broken or 'it ended by itself'}")
        return left

    def call_user(self, words: str) -> None:
        """Have somebody who does not look notice: the bell, or the terminal's own notification (OSC 9)."""
        if self.look.notify != "off" and self._driver is not None:
            self._driver.write("\a" if self.look.notify == "bell" else desktop_notice(words))

    def _handle_exception(self, error: Exception) -> None:
        self.broken = self.broken or place_of(error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()


class Ascii(LineFilter):
    """Draws our signs by ASCII; with `all_of_it` what others said as well, by question marks."""

    def __init__(self, *, all_of_it: bool) -> None:
        super().__init__()
        self._all = all_of_it

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in other signs, each as wide as it was."""
        return [Segment(self._plain(text), style, control) for text, style, control in segments]

    def _plain(self, text: str) -> str:
        if text.isascii():
            return text
        plain = text.translate(ASCII)
        if plain.isascii() or not self._all:
            return plain
        return "".join(sign if sign.isascii() else "?" * Segment(sign).cell_length for sign in plain)


def speaks_utf8(env: Mapping[str, str]) -> bool:
    """False where the locale names another encoding."""
    locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
    encoding = locale.partition("@")[0].partition(".")[2].lower().replace("-", "")
    return encoding in ("", "utf8")


def theme_of(look: Ui, env: Mapping[str, str]) -> str:
    """Dark or light; `auto` goes by what the terminal says of its background in COLORFGBG, where it does."""
    if look.theme != "auto":
        return look.theme
    background = env.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in ("7", "15") else "dark"


def place_of(error: BaseException) -> str:
    """What went wrong and where, in one line without a value of anything: `KeyError, tui/widgets/keys.py:12`."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "destilation" in path.parts:
            parts: Sequence[str] = path.parts[len(path.parts) - path.parts[::-1].index("destilation") :]
            place = f", {'/'.join(parts)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"
