"""The dashboard as a program: one pump that reads the folder, one timer that draws, and what the keys do."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Input

from destilation.config import Ui
from destilation.core.display import display_safe
from destilation.core.events import BudgetWarning, CommandRefused, Event, ProviderRetired
from destilation.storage.event_tail import Told
from destilation.tui.actions import KEYS
from destilation.tui.aside import last_line
from destilation.tui.dashboard import Dashboard
from destilation.tui.editor import edit
from destilation.tui.feed import Feed, Source
from destilation.tui.model.entry import Entry
from destilation.tui.records import Record
from destilation.tui.replay import Replay
from destilation.tui.screens.ask import AskText
from destilation.tui.screens.detail import Detail
from destilation.tui.screens.help import Help
from destilation.tui.steering import Steering
from destilation.tui.story import story_of, task_of
from destilation.tui.widgets.events import EventsPanel
from destilation.tui.widgets.lines import Lines
from destilation.tui.widgets.providers import ProvidersPanel
from destilation.tui.widgets.validation import ValidationPanel

GIVES_WAY = 5
"""By how much the dashboard stands back where it and an engine want the same processor (nice(2))."""


class Cockpit(Steering):
    """Shows what a Source tells. `owner`: it started the run, so leaving it asks what becomes of that.

    It ends with "detach", "stop", "left", or "closed" when `hung_up` says that the terminal is gone. With `read_only`
    nothing is sent to the engine. `run_verb` runs a verb aside, as `last_line` does.
    """

    CSS_PATH = "cockpit.tcss"
    TITLE = "destilation"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding(*each, show=False, priority=each[0] == "ctrl+c") for each in KEYS]

    def __init__(
        self,
        feed: Source,
        *,
        owner: bool = False,
        read_only: bool = False,
        look: Ui = Ui(),
        hung_up: Callable[[], bool] = lambda: False,
        run_verb: Callable[[Sequence[str]], tuple[bool, str]] = last_line,
    ) -> None:
        super().__init__(feed, look, owner=owner, read_only=read_only)
        self.run_verb = run_verb
        self._hung_up = hung_up
        self._ticks = 0

    def get_default_screen(self) -> Screen[Any]:
        """The dashboard."""
        return self._dashboard

    def on_ready(self) -> None:
        """Begin to draw."""
        self.pump()
        self.set_interval(1 / self.look.fps, self.pump)

    def on_unmount(self) -> None:
        """Let the files go."""
        self.feed.close()

    def pump(self) -> None:
        """Read what is new and draw it; once a second only where nobody looks."""
        self._ticks += 1
        if self._hung_up():
            self.exit("closed")
        if not self.app_focus and self._ticks % self.look.fps:
            return
        found = self.feed.read()
        if self._ticks % self.look.fps == 0 or not self.feed.board.entries:
            was, self.feed.board.running = self.feed.board.running, self.feed.running()
            if was and not self.feed.board.running:
                self._ended()
        for told in found:
            self._tell(told)
        if isinstance(self.screen, Dashboard):
            self._dashboard.tick()

    def _tell(self, told: Told) -> None:
        event: Event = told.event
        if isinstance(event, CommandRefused) and event.command:
            words = f"{display_safe(event.command, 60)}: {display_safe(event.why, 200)}"
            self.notify(words, title="refused", severity="warning", markup=False)

        elif isinstance(event, BudgetWarning):
            self._call(f"{100 * event.used:.0f}% of what may be spent is spent", "b changes the budget")
        elif isinstance(event, ProviderRetired):
            self._call(f"{display_safe(event.provider, 60)} is not asked any more", display_safe(event.error, 200))

    def _call(self, words: str, more: str) -> None:
        self.call_user(f"{self.feed.board.name}: {words}")
        self.notify(f"{words}. {more}", severity="warning", markup=False)

    def _ended(self) -> None:
        words = f"{self.feed.board.state().lower()}: {self.feed.board.progress.accepted:,} samples"
        self.call_user(f"{self.feed.board.name}: {words}")
        self.notify(f"{words}. q leaves; destilation status, verify", title="the run ended", markup=False)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action by name, besides those of the library."""
        yield from super().get_system_commands(screen)
        for key, action, words in KEYS:
            yield SystemCommand(words, f"key {key}", lambda action=action: self.call_later(self.run_action, action))

    # What is looked at.

    def action_view(self, name: str) -> None:
        """One of the views."""
        self._dashboard.show(name)

    def action_filter(self) -> None:
        """Type a filter."""
        self._dashboard.filtering(True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """It filters while it is typed."""
        if event.input.id == "filter":
            self.sight.filter = replace(self.sight.filter, typed=event.value[:200])
            self._dashboard.tick()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps it."""
        if event.input.id == "filter":
            self._dashboard.filtering(False)

    def action_out(self) -> None:
        """Out of the filter, the zoom, the view: one step."""
        line = self._dashboard.query_one("#filter", Input)
        if line.display:
            line.value = ""
            self._dashboard.filtering(False)
        elif self._dashboard.zoomed is not None:
            self._dashboard.unzoom()
        elif self._dashboard.view != "overview":
            self._dashboard.show("overview")
        elif self.sight.filter.typed:
            line.value = ""

    def action_level(self) -> None:
        """The next level of events."""
        self.sight.filter = replace(self.sight.filter, level=self.sight.filter.next_level)
        self._dashboard.tick()

    def action_window(self, by: int) -> None:
        """Another span of the plot."""
        self.sight.turn_window(by)
        self._dashboard.tick()

    def action_failure(self, by: int) -> None:
        """To another failure."""
        panel = self._dashboard.query_one("#log" if self._dashboard.view == "log" else "#events", EventsPanel)
        panel.jump(by)

    def action_follow(self) -> None:
        """To the end of the list."""
        if (lines := self._dashboard.list_in_hand()) is not None:
            lines.action_follow()

    def action_zoom(self) -> None:
        """The focused panel alone."""
        self._dashboard.zoom()

    def action_swap(self) -> None:
        """Events, or the newest samples."""
        self._dashboard.swapped = not self._dashboard.swapped
        self._dashboard.lay_out()
        self._dashboard.query_one("#newest" if self._dashboard.swapped else "#events").focus()
        self._dashboard.tick()

    def action_help(self) -> None:
        """All keys."""
        self.push_screen(Help())

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """More of a line: a task in full, or the refusals for a reason."""
        row = message.row
        if isinstance(message.lines, ValidationPanel):
            self._dashboard.query_one("#filter", Input).value = str(row[1]).partition(":")[2] or str(row[1])
            self._dashboard.show("rejections")
        elif isinstance(message.lines, ProvidersPanel):
            self._dashboard.query_one("#filter", Input).value = f"provider:{row}"
            self._dashboard.show("log")
        elif (task := self._task_of(row)) is not None:
            self.push_screen(Detail(self.sight, self.feed.folder, story_of(self.feed.folder, task)))

    def _task_of(self, row: object) -> int | None:
        if isinstance(row, Entry):
            return row.task or None
        if not isinstance(row, Record):
            return None
        if number := row.known.get("task"):
            return int(number) if number.isdigit() else None
        return task_of(self.feed.folder, int(row.known["sample"]))

    def action_copy(self) -> None:
        """The line in hand into the clipboard."""
        self.copy_to_clipboard(self._words())
        self.notify("copied", markup=False)

    def action_edit(self) -> None:
        """The line in hand in an editor."""
        self.action_edit_text(self._words())

    def _words(self) -> str:
        lines = self._dashboard.list_in_hand()
        if lines is None or lines.row is None:
            return ""
        lines.draw(10_000, 1)
        return lines.line(lines.row, 10_000).plain

    def action_edit_text(self, text: str) -> None:
        """A copy of a text in the user's editor: the files of a run are not to be changed."""
        edit(self, text)

    def action_report(self) -> None:
        """Write the report; a notice says where it is."""
        self._aside("report", str(self.feed.folder))

    def action_export(self) -> None:
        """Ask for a format, and export in it."""

        def answered(name: str | None) -> None:
            if name:
                self._aside("export", str(self.feed.folder), f"--format={name.strip()}")

        self.push_screen(
            AskText("Export in which format? (trl, axolotl, llamafactory, sharegpt, openai, …)", "trl"), answered
        )

    def _aside(self, *words: str) -> None:
        def work() -> None:
            good, said = self.run_verb(words)
            severity: SeverityLevel = "information" if good else "error"
            self.call_from_thread(self.notify, display_safe(said, 400), severity=severity, markup=False)

        self.notify(f"destilation {words[0]} is at work", markup=False)
        self.run_worker(work, thread=True, exit_on_error=False)


def watch(
    folder: Path,
    *,
    owner: bool = False,
    read_only: bool = False,
    look: Ui = Ui(),
    replay: float | None = None,
    hung_up: Callable[[], bool] = lambda: False,
) -> str:
    """Show a folder until the user leaves: how, as for Cockpit. `replay` is a speed: show what happened in it again.

    Raises ScreenError where the dashboard breaks.
    """
    if hasattr(os, "nice"):
        os.nice(GIVES_WAY)
    feed: Source = Feed(folder, time.time) if replay is None else Replay(folder, replay)
    cockpit = Cockpit(feed, owner=owner, read_only=read_only, look=look, hung_up=hung_up)
    cockpit.sight.note = "" if replay is None else f"replay, {replay:g} times as fast"
    return cockpit.show() or "left"
