"""Every key of the dashboard, pressed: what is shown, and what the engine is told."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from destilation.core import events
from destilation.storage.disk import Disk
from destilation.storage.lock import Lock
from destilation.tui.actions import KEYS, next_concurrency
from destilation.tui.app import Cockpit
from destilation.tui.feed import Feed
from destilation.tui.screens.ask import AskText, AskWay
from destilation.tui.screens.detail import Detail
from destilation.tui.screens.help import Help
from destilation.tui.widgets.events import EventsPanel
from destilation.tui.widgets.lines import Lines
from tests.tui.job import START, line_of, make_job

Act = Callable[[Pilot[str]], Awaitable[None]]


class Play:
    """A folder with a run under way, and what was written to its control file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left: str | None = None

    def __call__(self, act: Act, *, owner: bool = True, read_only: bool = False) -> Cockpit:
        """Act on a dashboard; returns it."""

        async def main() -> Cockpit:
            cockpit = Cockpit(Feed(self.folder, lambda: START + 300.0), owner=owner, read_only=read_only)
            async with cockpit.run_test(size=(120, 40)) as pilot:
                await pilot.pause()
                await act(pilot)
                await pilot.pause()
            self.left = cockpit.return_value
            return cockpit

        return asyncio.run(main())

    def press(self, *keys: str, owner: bool = True, read_only: bool = False) -> Cockpit:
        """Press keys, one after the other."""

        async def act(pilot: Pilot[str]) -> None:
            for key in keys:
                await pilot.press(key)
                await pilot.pause()

        return self(act, owner=owner, read_only=read_only)

    @property
    def sent(self) -> list[dict[str, object]]:
        """The commands in the control file."""
        path = self.folder / ".control.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def tell(self, *facts: events.Event) -> None:
        """What the engine says next."""
        with (self.folder / ".events.jsonl").open("ab") as file:
            file.writelines(line_of(START + 302.0, fact) for fact in facts)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """The folder, held as by a run."""
    folder = make_job(tmp_path / "rust-agents")
    lock = Lock.take(folder, "now", Disk())
    yield Play(folder)
    lock.release()


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        (("p",), [{"do": "pause"}]),
        (("plus",), [{"do": "concurrency", "n": 90}]),
        (("minus",), [{"do": "concurrency", "n": 54}]),
        (("t", *["backspace"] * 5, *"2000", "enter"), [{"do": "target", "n": 2000}]),
        (("t", *"x", "enter"), []),
        (("t", "escape"), []),
        (("b", *["backspace"] * 5, *"7.5", "enter"), [{"do": "budget_usd", "usd": 7.5}]),
        (("4", "r"), [{"do": "retire", "provider": "ollama"}]),
        (("4", "down", "r"), [{"do": "retire", "provider": "openrouter"}]),
        (("4", "greater_than_sign"), [{"do": "share", "provider": "ollama", "weight": 1.25}]),
        (("4", "less_than_sign"), [{"do": "share", "provider": "ollama", "weight": 0.8}]),
        (("r",), []),
        (("less_than_sign",), []),
        (("ctrl+c",), [{"do": "stop", "now": False}]),
        (("ctrl+c", "ctrl+c"), [{"do": "stop", "now": False}, {"do": "stop", "now": True}]),
        (("q", "s"), [{"do": "stop", "now": False}]),
        (("q", "c"), [{"do": "stop", "now": True}]),
        (("q", "d"), []),
        (("q", "escape"), []),
        (("d",), []),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_what_the_engine_is_told(keys: tuple[str, ...], sent: list[dict[str, object]], play: Play) -> None:
    """Each steering key appends its command, and nothing else."""
    play.press(*keys)
    assert play.sent == sent


def test_pausing_follows_what_the_engine_says(play: Play) -> None:
    """The screen shows the fact and not the wish; paused, the same key resumes."""
    cockpit = play.press("p")
    assert cockpit.feed.board.state() == "RUNNING"
    play.tell(events.Paused(reason="the user"))
    cockpit = play.press("p")
    assert cockpit.feed.board.state() == "PAUSED"
    assert play.sent == [{"do": "pause"}, {"do": "resume"}]


def test_a_retired_provider_is_restored_by_the_same_key(play: Play) -> None:
    """The key does what can be done."""
    play.tell(events.ProviderRetired(provider="ollama", error="u"))
    play.press("4", "r")
    assert play.sent == [{"do": "restore", "provider": "ollama"}]


@pytest.mark.parametrize(
    ("keys", "owner", "left"),
    [
        (("d",), True, "detach"),
        (("q", "d"), True, "detach"),
        (("q", "s"), True, "stop"),
        (("q",), False, "left"),
        (("q", "escape"), True, None),
    ],
)
def test_ways_out(keys: tuple[str, ...], owner: bool, left: str | None, play: Play) -> None:
    """A watcher of another's run leaves at once; the one who started it is asked."""
    play.press(*keys, owner=owner)
    assert play.left == left


def test_read_only(play: Play) -> None:
    """Nothing is sent, whatever is pressed."""
    play.press("p", "plus", "ctrl+c", owner=False, read_only=True)
    assert play.sent == []


def test_views(play: Play) -> None:
    """Digits go there, escape goes back, the crumb says where."""
    seen = []

    async def act(pilot: Pilot[str]) -> None:
        for key in ("2", "3", "4", "5", "1", "3", "escape"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(cockpit_of(pilot)._dashboard.view)

    play(act)
    assert seen == ["samples", "rejections", "providers", "log", "overview", "rejections", "overview"]


def cockpit_of(pilot: Pilot[str]) -> Cockpit:
    """The app that is being pressed."""
    assert isinstance(pilot.app, Cockpit)
    return pilot.app


def events_of(pilot: Pilot[str]) -> EventsPanel:
    """Its event list."""
    return cockpit_of(pilot)._dashboard.query_one("#events", EventsPanel)


def test_following(play: Play) -> None:
    """Moving up holds the list, f and G follow again, g goes to the top, pages and n find their way."""

    async def act(pilot: Pilot[str]) -> None:
        panel = events_of(pilot)
        count = len(panel.rows())
        for key, following, cursor in (
            ("up", False, count - 2),
            ("f", True, None),
            ("k", False, count - 2),
            ("j", False, count - 1),
            ("g", False, 0),
            ("n", False, None),
            ("G", True, None),
            ("home", False, 0),
            ("pagedown", False, panel.size.height - 1),
            ("pageup", False, 0),
            ("end", True, None),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert panel.following is following, key
            assert cursor is None or panel.cursor == cursor, key

    play(act)


def test_failures(play: Play) -> None:
    """n and N go from one to the next and back."""

    async def act(pilot: Pilot[str]) -> None:
        panel = events_of(pilot)
        places = []
        for key in ("g", "n", "n", "N"):
            await pilot.press(key)
            await pilot.pause()
            places.append(panel.cursor)
            assert key == "g" or "reject" in panel.row.words
        assert places[1] == places[3] < places[2]

    play(act)


def test_filter_and_level(play: Play) -> None:
    """It filters while it is typed; enter keeps it, escape drops it; l walks through the levels."""

    async def act(pilot: Pilot[str]) -> None:
        panel = events_of(pilot)
        every = len(panel.rows())
        await pilot.press("slash", *"layer:structural")
        await pilot.pause()
        assert len(panel.rows()) == 40
        await pilot.press("enter")
        await pilot.pause()
        assert panel.has_focus
        assert len(panel.rows()) == 40
        await pilot.press("slash", "escape")
        await pilot.pause()
        assert len(panel.rows()) == every
        await pilot.press("l")
        await pilot.pause()
        assert len(panel.rows()) == every - 200
        await pilot.press("l")
        await pilot.pause()
        assert len(panel.rows()) == 41
        await pilot.press("l")
        await pilot.pause()
        assert len(panel.rows()) == every

    play(act)


def test_spans_zoom_and_swap(play: Play) -> None:
    """Brackets change the span of the plot, z shows a panel alone, s the newest samples in place of the events."""

    async def act(pilot: Pilot[str]) -> None:
        cockpit = cockpit_of(pilot)
        assert cockpit.sight.window == "15m"
        await pilot.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert cockpit.sight.window == "1m"
        await pilot.press(*["right_square_bracket"] * 6)
        assert cockpit.sight.window == "all"
        dashboard = cockpit._dashboard
        before = events_of(pilot).size.height
        await pilot.press("z")
        await pilot.pause()
        assert events_of(pilot).size.height > before
        assert not dashboard.query_one("#progress").display
        await pilot.press("escape")
        await pilot.pause()
        assert dashboard.query_one("#progress").display
        assert events_of(pilot).size.height == before
        await pilot.press("s")
        await pilot.pause()
        assert (dashboard.query_one("#newest").display, events_of(pilot).display) == (True, False)
        await pilot.press("s")
        await pilot.pause()
        assert (dashboard.query_one("#newest").display, events_of(pilot).display) == (False, True)

    play(act)


@pytest.mark.parametrize("start", [("l", "l", "up"), ("2",), ("3",)], ids=["event", "sample", "rejection"])
def test_a_task_in_full(start: tuple[str, ...], play: Play) -> None:
    """Enter on an event, a sample or a rejection tells its task; escape goes back."""

    async def act(pilot: Pilot[str]) -> None:
        for key in (*start, "enter"):
            await pilot.press(key)
            await pilot.pause()
        detail = pilot.app.screen
        assert isinstance(detail, Detail)
        assert "niche optimisation" in detail.text().plain
        await pilot.press("up")
        await pilot.pause()
        assert "missing field 'answer'" in detail.text().plain
        assert "missing field 'answer'" in str(detail.query_one("#verdict", Static).render())
        await pilot.press("c", "pagedown", "pageup", "escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, Detail)

    play(act)


def test_from_a_reason_to_its_refusals(play: Play) -> None:
    """Enter on a reason opens the rejections for it; on a provider the log of it."""

    async def act(pilot: Pilot[str]) -> None:
        cockpit = cockpit_of(pilot)
        cockpit._dashboard.query_one("#validation").focus()
        await pilot.press("enter")
        await pilot.pause()
        assert cockpit._dashboard.view == "rejections"
        assert cockpit.sight.filter.typed == "missing_field"
        assert len(cockpit._dashboard.query_one("#rejections", Lines).rows()) == 40
        await pilot.press("4", "enter")
        await pilot.pause()
        assert (cockpit._dashboard.view, cockpit.sight.filter.typed) == ("log", "provider:ollama")

    play(act)


@pytest.mark.parametrize(("key", "screen"), [("question_mark", Help), ("t", AskText), ("b", AskText), ("q", AskWay)])
def test_what_lies_over_it(key: str, screen: type, play: Play) -> None:
    """Each is opened by its key and closed by escape."""

    async def act(pilot: Pilot[str]) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, screen)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is cockpit_of(pilot)._dashboard

    play(act)


def test_copy_and_edit(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """c puts the line into the clipboard; e without an editor says what to set."""
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)

    async def act(pilot: Pilot[str]) -> None:
        await pilot.press("c", "e")
        await pilot.pause()
        assert "throttled" in pilot.app.clipboard
        told = " ".join(str(each.message) for each in cockpit_of(pilot)._notifications)
        assert "set EDITOR" in told

    play(act)


@pytest.mark.parametrize(
    ("keys", "words", "said"),
    [
        (("R",), ["report", "FOLDER"], "report.html  12 kB, 200 samples"),
        (("x", "enter"), ["export", "FOLDER", "--format=trl"], "exports/trl"),
        (("x", *["backspace"] * 3, *"xlam", "enter"), ["export", "FOLDER", "--format=xlam"], "[/] cannot"),
    ],
    ids=["report", "export", "another format"],
)
def test_export_and_report(keys: tuple[str, ...], words: list[str], said: str, tmp_path: Path) -> None:
    """x asks for a format and exports, R writes the report; what came of it is said when it is there."""
    folder, called = make_job(tmp_path / "rust-agents"), list[list[str]]()

    def run_verb(given: Sequence[str]) -> tuple[bool, str]:
        called.append(list(given))
        return not said.startswith("["), said

    async def main() -> str:
        cockpit = Cockpit(Feed(folder, lambda: START + 300.0), run_verb=run_verb)
        async with cockpit.run_test(size=(120, 40)) as pilot:
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await cockpit.workers.wait_for_complete()
            await pilot.pause()
            return " ".join(str(each.message) for each in cockpit._notifications)

    assert said in asyncio.run(main())
    assert called == [[str(folder) if word == "FOLDER" else word for word in words]]


def test_the_mouse(play: Play) -> None:
    """A click puts the cursor there, a double click drills in, the wheel moves."""

    async def act(pilot: Pilot[str]) -> None:
        panel = events_of(pilot)
        await pilot.click("#events", offset=(5, 3))
        await pilot.pause()
        assert not panel.following
        assert panel.cursor == panel._top + 2
        place = panel.cursor
        panel.action_move(-3)
        assert panel.cursor == place - 3
        await pilot.click("#events", offset=(5, 3), times=2)
        await pilot.pause()
        assert isinstance(pilot.app.screen, Detail)

    play(act)


def test_every_action_is_in_the_palette_and_the_help(play: Play) -> None:
    """Nothing can be done by a key alone."""
    titles: list[str] = []

    async def act(pilot: Pilot[str]) -> None:
        titles.extend(command.title for command in pilot.app.get_system_commands(pilot.app.screen))

    play(act)
    assert {words for _, _, words in KEYS} <= set(titles)


def test_a_run_that_ends_is_told(tmp_path: Path) -> None:
    """When the lock is gone the state is the last one told, and q leaves without a question."""
    folder = make_job(tmp_path / "rust-agents")
    lock = Lock.take(folder, "now", Disk())
    play = Play(folder)

    async def act(pilot: Pilot[str]) -> None:
        cockpit = cockpit_of(pilot)
        ended = events.RunEnded(state="short", exit_code=3, accepted=200, target=1_000, reasons={})
        play.tell(ended)
        lock.release()
        for _ in range(4):
            cockpit.pump()
        assert cockpit.feed.board.state() == "STOPPED SHORT"
        await pilot.press("p")
        await pilot.press("q")

    play(act)
    assert (play.left, play.sent) == ("left", [])


def test_refusals_are_told(play: Play) -> None:
    """Why the engine did not obey is said where it was asked."""

    async def act(pilot: Pilot[str]) -> None:
        cockpit = cockpit_of(pilot)
        play.tell(events.CommandRefused(command="target=3", why="200 samples are in [/] already"))
        cockpit.pump()
        await pilot.pause()
        assert "200 samples are in [/] already" in " ".join(str(each.message) for each in cockpit._notifications)

    play(act)


def test_steps_of_concurrency() -> None:
    """A quarter, one at least, never none."""
    assert [next_concurrency(now, by) for now, by in ((1, -1), (1, 1), (3, 1), (100, 1), (100, -1))] == [
        1,
        2,
        4,
        125,
        75,
    ]


def test_a_provider_that_is_met_later_has_a_row(play: Play) -> None:
    """The panel grows with the providers, without a change of the terminal's size."""
    heights: list[int] = []

    async def act(pilot: Pilot[str]) -> None:
        panel = pilot.app.screen.query_one("#providers-panel")
        heights.append(panel.size.height)
        play.tell(*(events.AttemptStarted(task=900, attempt=1, provider=f"new-{name}") for name in "ab"))
        for _ in range(20):
            await pilot.pause(0.1)
            if panel.size.height > heights[0]:
                break
        heights.append(panel.size.height)

    play(act)
    assert heights[1] > heights[0]
