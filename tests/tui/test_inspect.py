"""`inspect`: every key, every screen, hostile text; nothing in the folder is changed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from destilation.tui.inspector import Inspector
from destilation.tui.reading import HELP, KEYS, Reading
from destilation.tui.screens.detail import Detail
from destilation.tui.screens.help import Help
from tests.tui.job import START, make_job

Act = Callable[[Pilot[None]], Awaitable[None]]
Compare = Callable[..., bool]


def job(tmp_path: Path, *, hostile: bool = False) -> Path:
    """A folder at rest, whose provenance names providers and topics."""
    folder = make_job(tmp_path / "rust-agents", hostile=hostile)
    lines = (folder / "provenance.jsonl").read_text().splitlines()
    more = (
        {"provider": ("ollama", "openrouter")[n % 3 > 0], "topic": ["Enums", f"Layout {n % 4}"]} for n in range(1, 201)
    )
    origins = [{**json.loads(line), **told, "cost_usd": 0.0005} for line, told in zip(lines, more, strict=True)]
    (folder / "provenance.jsonl").write_text(
        "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in origins)
    )
    return folder


def inspector(folder: Path, *, typed: str = "", refused: bool = False) -> Inspector:
    """One for which time stands still, so that searches end within a step and dialogues are read at once."""
    return Inspector(folder, typed=typed, refused=refused, now=lambda: START + 300.0, clock=lambda: 0.0, rest_s=0.0)


def press(
    folder: Path, *keys: str, act: Act | None = None, size: tuple[int, int] = (120, 40), typed: str = ""
) -> Inspector:
    """Press keys, one after the other, then act."""

    async def main() -> Inspector:
        app = inspector(folder, typed=typed)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            app.reading.pump()
            if act is not None:
                await act(pilot)
        return app

    return asyncio.run(main())


def text_of(reading: Reading) -> str:
    """What is told of the line in hand."""
    return str(reading.query_one("#text", Static).render())


def reading_of(pilot: Pilot[None]) -> Reading:
    """The screen below all others."""
    assert isinstance(pilot.app, Inspector)
    return pilot.app.reading


def check(
    folder: Path, *keys: str, numbers: tuple[int, int], told: str = "", size: tuple[int, int] = (120, 40)
) -> None:
    """After the keys: the number of the line in hand, how many lines there are, and words beside it."""

    async def act(pilot: Pilot[None]) -> None:
        reading = reading_of(pilot)
        assert (reading.panel.row.number, len(reading.panel.browse)) == numbers
        assert told in text_of(reading)

    press(folder, *keys, act=act, size=size)


@pytest.mark.parametrize(
    ("keys", "numbers", "told"),
    [
        ((), (1, 200), "task 1"),
        (("down", "down"), (3, 200), "topic Enums › Layout 3"),
        (("G",), (200, 200), "task 200"),
        (("G", "g"), (1, 200), "Answer 1"),
        (("n", *"150", "enter"), (150, 200), "✗ refused (structural)"),
        (("n", *"x", "enter"), (1, 200), ""),
        (("n", *"9999", "enter"), (200, 200), ""),
        (("t",), (1, 50), "Layout 1"),
        (("t", "p"), (1, 34), "provider openrouter"),
        (("p", "p"), (1, 134), ""),
        (("t", "escape"), (1, 200), ""),
        (("slash", *'"case 17."', "enter"), (17, 1), "case 17."),
        (("slash", *"task:42", "enter"), (42, 1), ""),
        (("slash", *"case 1", "escape"), (1, 200), ""),
        (("2",), (1, 40), "✗ refused by the structural layer"),
        (("2", "y"), (1, 40), "missing field 'answer'"),
        (("2", "p"), (1, 27), ""),
        (("2", "1"), (1, 200), ""),
        (("y",), (1, 200), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and value and isinstance(value[0], str) else "",
)  # fmt: skip
def test_the_list(keys: tuple[str, ...], numbers: tuple[int, int], told: str, tmp_path: Path) -> None:
    """Moving, going to a number, filters by hand and by the line in hand, samples and refused answers."""
    check(job(tmp_path), *keys, numbers=numbers, told=told)


def test_nothing_is_changed(tmp_path: Path) -> None:
    """Whatever is pressed, the files stay as they are."""
    folder = job(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    press(
        folder, "down", "t", "p", "2", "y", "enter", "escape", "escape", "c", "e", "z", "z", "space", "backspace", "q"
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_screens_above(tmp_path: Path) -> None:
    """Enter tells of the attempts one by one, ? of the keys; escape leads back."""

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Detail)
        assert "case" in pilot.app.screen.text().plain
        await pilot.press("escape", "question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Help)

    press(job(tmp_path), "5", act=act)


def test_the_text_alone_and_its_pages(tmp_path: Path) -> None:
    """z hides the list and brings it back; space goes down a page of the text."""

    async def act(pilot: Pilot[None]) -> None:
        told = reading_of(pilot).query_one("#told")
        assert told.scroll_offset.y > 0
        await pilot.press("z")
        await pilot.pause()
        assert (reading_of(pilot).query_one("#views").display, told.has_focus) == (False, True)
        await pilot.press("escape")
        await pilot.pause()
        assert reading_of(pilot).query_one("#views").display

    press(job(tmp_path), "space", act=act, size=(80, 24))


def test_a_filter_to_begin_with(tmp_path: Path) -> None:
    """It stands in the line for the filter, and can be taken away."""

    async def act(pilot: Pilot[None]) -> None:
        reading = reading_of(pilot)
        assert (len(reading.panel.browse), reading.query_one("#filter", Input).value) == (50, 'topic:"Layout 1"')
        await pilot.press("escape")
        await pilot.pause()
        assert len(reading.panel.browse) == 200

    press(job(tmp_path), act=act, typed='topic:"Layout 1"')


def test_an_empty_folder(tmp_path: Path) -> None:
    """No samples, no provenance, no ledger: it says so, and no key breaks it."""
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "samples.jsonl").touch()
    said: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        panel = reading_of(pilot).panel
        said.extend(line.plain for line in panel.head(panel.size.width))

    press(folder, *(key for key, _, _ in KEYS if key not in ("slash", "n", "q")), "enter", act=act)
    press(folder, act=act)
    assert said[-1] == "there are no samples yet"


def test_every_key_is_told() -> None:
    """The help names each key that there is."""
    told = " ".join(key for key, _ in HELP)
    names = {"slash": "/", "escape": "esc", "backspace": "bksp", "question_mark": "?"}
    assert [key for key, _, _ in KEYS if names.get(key, key) not in told.split()] == [
        key for key in ("1", "2") if key not in told
    ]


def test_hostile_text(tmp_path: Path) -> None:
    """Escapes, markup and marks of direction stand there as signs."""

    async def act(pilot: Pilot[None]) -> None:
        reading = reading_of(pilot)
        for keys in ((), ("down",), ("2",)):
            await pilot.press(*keys)
            await pilot.pause()
            reading.pump()
            plain = text_of(reading)
            assert "evil" in plain
            assert not {"\x1b", "\u202e", "\x00", "\x07"} & set(plain)
            assert "[bold red]x[/bold red]" in plain

    press(job(tmp_path, hostile=True), act=act)


SCREENS: dict[str, tuple[str, ...]] = {
    "samples": ("down", "down"),
    "rejections": ("2",),
    "filtered": ("t", "p"),
    "nothing": ("slash", *"zebra", "enter"),
    "help": ("question_mark",),
    "detail": ("enter",),
}  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
@pytest.mark.parametrize("name", SCREENS)
def test_inspect_screens(name: str, size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    """Each screen, small and large."""
    assert snap_compare(inspector(job(tmp_path)), press=SCREENS[name], terminal_size=size)


@pytest.mark.parametrize("size", [(60, 16), (39, 10)], ids=["60x16", "39x10"])
def test_small_screens(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    """Where there is no room for the text the list is alone."""
    assert snap_compare(inspector(job(tmp_path)), terminal_size=size)
