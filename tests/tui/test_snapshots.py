"""Every screen as it is drawn, from one fixed folder: a change of what is seen is seen here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from destilation.storage.disk import Disk
from destilation.storage.lock import Lock
from destilation.tui.app import Cockpit
from destilation.tui.feed import Feed
from tests.tui.job import START, make_job

NOW = START + 300.0
SMALL, LARGE = (80, 24), (200, 60)
SCREENS: dict[str, tuple[str, ...]] = {
    "overview": (),
    "samples": ("2",),
    "rejections": ("3",),
    "providers": ("4",),
    "log": ("5",),
    "detail": ("5", "l", "l", "k", "enter"),
    "help": ("question_mark",),
    "target": ("t",),
    "leave": ("q",),
    "filtered": ("slash", "t", "a", "s", "k", ":", "1", "5", "0", "enter"),
    "zoomed": ("z",),
    "samples-beside": ("s",),
}
Compare = Callable[..., bool]


@pytest.fixture
def cockpit(tmp_path: Path) -> Iterator[Cockpit]:
    """A dashboard of a run under way, which it has started itself."""
    folder = make_job(tmp_path / "rust-agents")
    lock = Lock.take(folder, "now", Disk())
    yield Cockpit(Feed(folder, lambda: NOW), owner=True)
    lock.release()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x60"])
@pytest.mark.parametrize("name", SCREENS)
def test_screens(name: str, size: tuple[int, int], cockpit: Cockpit, snap_compare: Compare) -> None:
    """Each screen, small and large."""
    assert snap_compare(cockpit, press=SCREENS[name], terminal_size=size)


@pytest.mark.parametrize(
    "size", [(120, 30), (60, 16), (60, 24), (39, 10), (100, 7)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_sizes(size: tuple[int, int], cockpit: Cockpit, snap_compare: Compare) -> None:
    """Panels give way to the size, down to a line; there is no page that says the terminal is too small."""
    assert snap_compare(cockpit, terminal_size=size)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark"])
def test_themes(theme: str, cockpit: Cockpit, snap_compare: Compare) -> None:
    """Light, and the terminal's own palette."""
    cockpit.theme = theme
    assert snap_compare(cockpit, terminal_size=SMALL)


def test_without_colour(
    cockpit: Cockpit, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """NO_COLOR: glyphs carry the meaning alone."""
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Cockpit(Feed(tmp_path / "rust-agents", lambda: NOW))
    assert snap_compare(plain, terminal_size=SMALL)
