"""The dashboard's one screen: the overview with its panels, and a list for each other view."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Input

from destilation.storage.layout import REJECTIONS, SAMPLES
from destilation.tui.feed import Source
from destilation.tui.model.layout import TALL, layout_of
from destilation.tui.records import Records, rejection_of, sample_of
from destilation.tui.sight import Sight
from destilation.tui.widgets.cost import CostPanel
from destilation.tui.widgets.events import EventsPanel
from destilation.tui.widgets.header import Header
from destilation.tui.widgets.keys import Keys
from destilation.tui.widgets.lines import Lines
from destilation.tui.widgets.panel import Panel
from destilation.tui.widgets.progress import ProgressPanel
from destilation.tui.widgets.providers import ProvidersPanel
from destilation.tui.widgets.records import RecordsPanel
from destilation.tui.widgets.throughput import ThroughputPanel
from destilation.tui.widgets.validation import ValidationPanel

VIEWS = {"overview": "", "samples": "Samples", "rejections": "Rejections", "providers": "Providers", "log": "Log"}
PANELS = ("throughput", "validation", "cost", "providers")


class Dashboard(Screen[None]):
    """Lays out the panels; what keys do is the app's."""

    def __init__(self, feed: Source, sight: Sight) -> None:
        super().__init__()
        self._history = feed.history
        self.sight = sight
        self.samples = Records(feed.folder / SAMPLES, sample_of)
        self.rejections = Records(feed.folder / REJECTIONS, rejection_of)
        self.swapped = False
        self.zoomed: Widget | None = None
        self._providers = 0

    def compose(self) -> ComposeResult:
        """All of them; those there is no room for are hidden."""
        sight = self.sight
        yield Header(sight, id="header")
        with ContentSwitcher(initial="overview", id="views"):
            with Vertical(id="overview"):
                yield ProgressPanel(sight, id="progress", title="Progress")
                with Horizontal(id="middle"):
                    yield ThroughputPanel(sight, id="throughput", title="Throughput")
                    yield ValidationPanel(sight, id="validation", title="Validation")
                    yield CostPanel(sight, id="cost", title="Cost")
                yield ProvidersPanel(sight, id="providers-panel", title="Providers")
                with Horizontal(id="bottom"):
                    yield EventsPanel(sight, self._history, id="events")
                    yield RecordsPanel(sight, self.samples, id="newest", title="Newest samples")
            yield RecordsPanel(sight, self.samples, id="samples", title="Samples")
            yield RecordsPanel(sight, self.rejections, id="rejections", title="Rejections")
            yield ProvidersPanel(sight, id="providers", title="Providers")
            yield EventsPanel(sight, self._history, id="log", title="Log")
        yield Input(id="filter", placeholder="filter: text  !text  provider:x  layer:x  task:n")
        yield Keys(sight, id="keys")

    def on_mount(self) -> None:
        """Nothing is filtered yet; the events have the keys."""
        self.query_one("#filter").display = False
        self.query_one("#events").focus()
        self.lay_out()

    def on_resize(self, event: events.Resize) -> None:
        """Other panels have room."""
        self.lay_out()

    @property
    def view(self) -> str:
        """Which of the VIEWS is shown."""
        return self.query_one("#views", ContentSwitcher).current or "overview"

    def show(self, view: str) -> None:
        """Another view, with the keys on its list."""
        self.unzoom()
        self.query_one("#views", ContentSwitcher).current = view
        self.query_one("#header", Header).crumb = VIEWS[view]
        self.query_one("#events" if view == "overview" else f"#{view}").focus()
        self.call_after_refresh(self.tick)

    def lay_out(self) -> None:
        """Show what there is room for, or the zoomed panel alone."""
        width, height = self.size
        layout = layout_of(width, height)
        for name in PANELS:
            self.query_one(f"#{'providers-panel' if name == 'providers' else name}").display = getattr(layout, name)
        self.query_one("#middle").display = layout.throughput
        self.query_one("#middle").styles.height = layout.plot + 3
        self.query_one("#newest").display = layout.samples or self.swapped
        self.query_one("#events").display = not self.swapped or layout.samples
        count = self._providers = len(self.sight.board.progress.providers)
        self.query_one("#providers-panel").styles.height = min(3 + max(1, count), 12 if height >= TALL else 6)
        self.query_one("#header", Header).one_line = layout.one_line
        self.query_one("#views").display = self.query_one("#keys").display = not layout.one_line
        self.query_one("#progress").styles.height = 4
        self.call_after_refresh(self.tick)
        self._zoom()

    def _zoom(self) -> None:
        overview = self.query_one("#overview")
        for panel in overview.query(Panel):
            panel.set_class(panel is self.zoomed, "zoomed")
        if self.zoomed is None:
            for place in overview.children:
                if place.id in ("progress", "bottom"):
                    place.display = True
            return
        for panel in overview.query(Panel):
            panel.display = panel is self.zoomed
        for place in overview.children:
            place.display = place is self.zoomed or self.zoomed in place.children
            if place.display:
                place.styles.height = "1fr"

    def zoom(self) -> None:
        """The focused panel alone, or all again."""
        if self.zoomed is not None:
            self.unzoom()
        elif self.view == "overview" and isinstance(self.focused, Lines):
            self.zoomed = self.focused
            self.lay_out()

    def unzoom(self) -> None:
        """All panels again."""
        if self.zoomed is not None:
            self.zoomed = None
            self.query_one("#bottom").styles.height = "1fr"
            self.query_one("#progress").display = True
            self.lay_out()

    def tick(self) -> None:
        """Draw what is seen anew; nothing any more where it is being taken down."""
        if not self.query("#newest"):
            return
        if self._providers != len(self.sight.board.progress.providers):
            self.lay_out()  # each of them has a row
        if self.view == "samples" or self.query_one("#newest").display:
            self.samples.look()
        if self.view == "rejections":
            self.rejections.look()
        for panel in self.query(Panel):
            if panel.is_on_screen:
                panel.look()

    def filtering(self, on: bool) -> None:
        """Show or hide the line for the filter."""
        line = self.query_one("#filter", Input)
        line.display = on
        if on:
            line.focus()
        else:
            self.query_one("#events" if self.view == "overview" else f"#{self.view}").focus()

    def list_in_hand(self) -> Lines | None:
        """The list that has the keys, else the view's own."""
        if isinstance(self.focused, Lines):
            return self.focused
        return self.query_one("#events" if self.view == "overview" else f"#{self.view}", Lines)
