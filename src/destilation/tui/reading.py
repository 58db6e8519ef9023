"""The one screen of `inspect`: a list of samples or refused answers, and beside it all that is known of one of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input, Static

from destilation.core.condition import Condition
from destilation.storage.layout import COMPLETIONS
from destilation.tui.browse import Browse, Item
from destilation.tui.editor import edit
from destilation.tui.model.layout import LINE, LOW, USUAL
from destilation.tui.screens.ask import AskText
from destilation.tui.screens.detail import Detail
from destilation.tui.screens.help import Help
from destilation.tui.screens.telling import telling
from destilation.tui.sight import Sight
from destilation.tui.story import Story, story_of
from destilation.tui.widgets.header import Header
from destilation.tui.widgets.items import ItemsPanel
from destilation.tui.widgets.keys import Keys
from destilation.tui.widgets.lines import Lines

TICKS_A_SECOND = 20
BUSY_S = 0.03
MOST_LEDGER = 128 << 20
"""Up to how many bytes of answers are searched for each sample that the cursor rests on; `enter` searches any."""
VIEWS = {"samples": "Samples", "rejections": "Rejections"}
KEYS: tuple[tuple[str, str, str], ...] = (
    ("1", "view('samples')", "Samples"),
    ("2", "view('rejections')", "Refused"),
    ("slash", "filter", "Filter"),
    ("t", "only('topic')", "Only this topic"),
    ("p", "only('provider')", "Only this provider"),
    ("y", "only('layer')", "Only this layer"),
    ("n", "number", "Go to a number"),
    ("space", "scroll(1)", "Text down"),
    ("backspace", "scroll(-1)", "Text up"),
    ("z", "zoom", "Text alone"),
    ("c", "copy", "Copy"),
    ("e", "edit", "Editor"),
    ("escape", "out", "Back"),
    ("question_mark", "help", "Help"),
    ("q", "app.quit", "Quit"),
)
HINTS = (
    ("⏎", "Attempts"), ("/", "Filter"), ("1", "Samples"), ("2", "Refused"), ("t", "Topic"), ("q", "Quit"),
    ("?", "Help"), ("p", "Provider"), ("n", "Number"), ("space", "Text down"), ("z", "Text alone"), ("y", "Layer"),
    ("c", "Copy"), ("e", "Editor"),
)  # fmt: skip
HELP = (
    ("1   2", "samples; refused answers"),
    ("↑ ↓ PgUp PgDn", "move in the list"),
    ("g   G", "to the first; to the last, and follow"),
    ("n", "go to a line by its number"),
    ("/", "filter: text, !text, provider:x, model:x, topic:x,"),
    ("", 'layer:x, task:n; topic:"two words"; all must fit'),
    ("t   p   y", "only this topic; provider; layer (of refused ones)"),
    ("esc", "the filter away"),
    ("space   bksp", "the text beside: a page down; up"),
    ("tab", "from the list into the text, and back"),
    ("z", "the text alone, or beside the list"),
    ("enter", "the attempts of the task, one by one"),
    ("c   e", "copy the line as JSON; open the text in $EDITOR"),
    ("q", "leave"),
    ("?", "these keys"),
)


class Reading(Screen[None]):
    """Shows the lines of a folder that fit `where` and the filter. Arguments as for Inspector."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding(*each, show=False) for each in KEYS]

    def __init__(
        self,
        folder: Path,
        sight: Sight,
        *,
        where: Condition | None,
        refused: bool,
        clock: Callable[[], float],
        rest_s: float,
    ) -> None:
        super().__init__()
        self.sight = sight
        self.browses = {name: Browse(folder, refused=name != "samples", where=where) for name in VIEWS}
        self._view = "rejections" if refused else "samples"
        self._folder = folder
        self._clock = clock
        self._rest_s = rest_s
        self._drawn: object = None
        self._item: Item | None = None
        self._story: Story | None = None
        self._since = 0.0

    def compose(self) -> ComposeResult:
        """The list, and the text beside or below it."""
        yield Header(self.sight, id="header")
        with Container(id="pair"):
            with ContentSwitcher(initial=self._view, id="views"):
                for name, title in VIEWS.items():
                    yield ItemsPanel(self.sight, self.browses[name], id=name, title=title)
            with VerticalScroll(id="told", classes="panel"):
                yield Static(id="text", markup=False)
        yield Input(
            self.sight.filter.typed,
            id="filter",
            placeholder="filter: text  !text  topic:x  provider:x  layer:x  task:n",
        )
        yield Keys(self.sight, id="keys", items=HINTS)

    def on_mount(self) -> None:
        """Open at the first line."""
        self.query_one("#filter").display = False
        self.action_view(self._view)
        self.set_interval(1 / TICKS_A_SECOND, self.pump)

    def on_unmount(self) -> None:
        """Let the files go."""
        for browse in self.browses.values():
            browse.close()

    def on_resize(self, event: events.Resize) -> None:
        """The text goes below the list where there is no room beside it, and away where there is none at all."""
        width, height = event.size
        pair = self.query_one("#pair")
        pair.styles.layout = "horizontal" if width >= USUAL else "vertical"
        pair.set_class(width < USUAL, "below")
        self.query_one("#told").display = height >= LOW
        self.query_one("#header", Header).one_line = False
        self.query_one("#keys").display = height >= LINE
        self.call_after_refresh(self.pump)

    @property
    def panel(self) -> ItemsPanel:
        """The list that is shown."""
        return self.query_one(f"#{self._view}", ItemsPanel)

    def pump(self) -> None:
        """Count and search for a moment, and draw what has changed."""
        panel = self.panel
        panel.browse.filter(self.sight.filter.typed)
        until = self._clock() + BUSY_S
        panel.browse.step()
        while not panel.browse.done and self._clock() < until:
            panel.browse.step()
        state = (self._view, panel.cursor, len(panel.browse), panel.browse.total, panel.browse.done, self.sight.filter)
        if state != self._drawn:
            self._drawn = state
            panel.retitle()
            panel.refresh()
        self._tell()

    def _tell(self) -> None:
        item = self.panel.row
        if item != self._item:
            self._item, self._story, self._since = item, None, self._clock()
            self._show()
            self.query_one("#told", VerticalScroll).scroll_home(animate=False)
        if item is not None and self._story is None and self._clock() - self._since >= self._rest_s:
            self._story = self._short_story(item)
            self._show()

    def _show(self) -> None:
        told = self.query_one("#told")
        told.border_title = "" if self._item is None else f"#{self._item.number:,}"
        self.query_one("#text", Static).update("" if self._item is None else telling(self._item, self._story))

    def _short_story(self, item: Item) -> Story | None:
        try:
            small = (self._folder / COMPLETIONS).stat().st_size <= MOST_LEDGER
        except OSError:
            return None
        task = task_of(item)
        return story_of(self._folder, task) if small and task is not None else None

    def action_view(self, name: str) -> None:
        """Samples, or refused answers."""
        self._view = name
        self.query_one("#views", ContentSwitcher).current = name
        self.query_one("#header", Header).crumb = VIEWS[name]
        self.query_one("#header").refresh()
        self.panel.focus()
        self.pump()

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one("#filter").display = True
        self.query_one("#filter").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """It filters while it is typed, from the first line on."""
        if event.input.id == "filter" and event.value[:200] != self.sight.filter.typed:
            self.sight.filter = replace(self.sight.filter, typed=event.value[:200])
            self.panel.action_go(0)
            self.pump()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps it."""
        if event.input.id == "filter":
            event.input.display = False
            self.panel.focus()

    def action_only(self, name: str) -> None:
        """Only what has the same as the line in hand."""
        value = self._item.known.get(name, "").replace('"', " ") if self._item is not None else ""
        if not value:
            self.notify(f"no {name} is recorded of this line", markup=False)
            return
        part = f'{name}:"{value}"' if " " in value else f"{name}:{value}"
        line = self.query_one("#filter", Input)
        if part not in line.value:
            line.value = f"{line.value} {part}".strip()

    def action_out(self) -> None:
        """Out of the line for the filter, the text alone, the filter: one step."""
        line = self.query_one("#filter", Input)
        if self.query_one("#views").display is False:
            self.action_zoom()
            return
        line.value, line.display = "", False
        self.panel.focus()

    def action_number(self) -> None:
        """Ask for a number, and go to the first line that has it or a later one."""

        def answered(text: str | None) -> None:
            if text is not None and text.replace(",", "").strip().isdecimal():
                self.panel.action_go(self.panel.browse.place_of(int(text.replace(",", ""))))
                self.pump()

        self.app.push_screen(AskText("Go to which line?", ""), answered)

    def action_scroll(self, by: int) -> None:
        """A page of the text."""
        pane = self.query_one("#told", VerticalScroll)
        pane.scroll_relative(y=by * max(1, pane.size.height - 2), animate=False)

    def action_zoom(self) -> None:
        """The text alone, or beside the list again."""
        views, told = self.query_one("#views"), self.query_one("#told")
        views.display = not views.display
        told.display = not views.display or self.size.height >= LOW
        (self.panel if views.display else told).focus()

    def action_copy(self) -> None:
        """The line as JSON into the clipboard (OSC 52)."""
        if self._item is not None:
            self.app.copy_to_clipboard(json.dumps(self._item.row, ensure_ascii=False))
            self.notify("copied", markup=False)

    def action_edit(self) -> None:
        """The text in an editor."""
        if self._item is not None:
            edit(self.app, telling(self._item, self._story).plain)

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(Help(HELP))

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """The attempts of the task in full."""
        task = task_of(message.row) if isinstance(message.row, Item) else None
        if task is None:
            self.notify("of which task this line is, is not recorded", markup=False)
        else:
            self.app.push_screen(Detail(self.sight, self._folder, story_of(self._folder, task)))


def task_of(item: Item) -> int | None:
    """The task that a line is of; None where that is not recorded."""
    task = (item.row if item.refused else item.origin).get("task")
    return task if isinstance(task, int) else None
