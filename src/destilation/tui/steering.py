"""What the keys of the dashboard tell the engine: each a line in the control file, whose answer comes as a fact."""

from destilation.config import Ui
from destilation.core import control
from destilation.core.control import AnyCommand
from destilation.errors import DestilationError
from destilation.tui.actions import next_concurrency
from destilation.tui.dashboard import Dashboard
from destilation.tui.feed import Source
from destilation.tui.screens.ask import AskText, AskWay
from destilation.tui.shell import Shell
from destilation.tui.sight import Sight
from destilation.tui.widgets.providers import ProvidersPanel


class Steering(Shell[str]):
    """The part of the dashboard that wants something of the run. Arguments as for Cockpit."""

    def __init__(self, feed: Source, look: Ui, *, owner: bool, read_only: bool) -> None:
        super().__init__(look)
        self.feed = feed
        self.sight = Sight(feed.board, feed.now, look)
        self._owner = owner
        self._read_only = read_only
        self._stops = 0
        self._dashboard = Dashboard(self.feed, self.sight)

    def send(self, command: AnyCommand) -> None:
        """Ask for it; the screen shows what came of it, not the wish."""
        if not self.feed.steers:
            self.notify("this is a replay: nothing is told to anyone", markup=False)
            return
        if self._read_only:
            self.notify("this watcher is read-only", markup=False)
            return
        if not self.feed.running():
            self.notify("no run is under way; begin one: destilation run", markup=False)
            return
        try:
            self.feed.send(control.checked(command))
        except (OSError, DestilationError, control.CommandError) as error:
            self.notify(str(error), severity="error", markup=False)

    def action_pause(self) -> None:
        """Pause, or go on."""
        self.send(control.Resume() if self.feed.board.progress.paused else control.Pause())

    def action_concurrency(self, by: int) -> None:
        """A quarter more or fewer requests in flight."""
        progress = self.feed.board.progress
        self.send(control.Concurrency(next_concurrency(progress.concurrency or progress.in_flight or 1, by)))

    def action_target(self) -> None:
        """Ask for another target."""
        self._ask_setting("target", "How many samples in all?", str(self.feed.board.progress.target))

    def action_budget(self) -> None:
        """Ask for another budget."""
        cap = self.feed.board.progress.budget_usd
        self._ask_setting("budget_usd", "The most it may cost, in US dollars?", "" if cap is None else f"{cap:g}")

    def _ask_setting(self, key: str, question: str, value: str) -> None:
        def answered(typed: str | None) -> None:
            if typed:
                try:
                    self.send(control.parse_setting(f"{key}={typed}"))
                except control.CommandError as error:
                    self.notify(str(error), severity="warning", markup=False)

        self.push_screen(AskText(question, value), answered)

    def _provider(self) -> str | None:
        focused = self._dashboard.focused
        return focused.row if isinstance(focused, ProvidersPanel) else None

    def action_retire(self) -> None:
        """The provider in hand is asked no more, or again."""
        if (label := self._provider()) is None:
            self.notify("choose a provider first: 4, or tab to its panel", markup=False)
            return
        retired = self.feed.board.progress.providers[label].retired is not None
        self.send(control.Restore(label) if retired else control.Retire(label))

    def action_share(self, by: int) -> None:
        """The provider in hand gets a larger or smaller share."""
        if (label := self._provider()) is None:
            self.notify("choose a provider first: 4, or tab to its panel", markup=False)
            return
        share = self.feed.board.progress.providers[label].share
        self.send(control.Share(label, round((1.0 if share is None else share) * 1.25**by, 4)))

    def action_stop(self) -> None:
        """Stop the run gently, and at once when told again; a watcher of another's run leaves."""
        if not (self.feed.board.running and self.feed.steers):
            self.exit("left")
            return
        self._stops += 1
        self.send(control.Stop(now=self._stops > 1))

    def action_detach(self) -> None:
        """Leave; the run goes on."""
        self.exit("detach")

    def action_leave(self) -> None:
        """Leave; where that would end the run, ask."""
        if not (self._owner and self.feed.steers and self.feed.running()):
            self.exit("left")
            return

        def answered(way: str | None) -> None:
            if way == "detach":
                self.exit("detach")
            elif way is not None:
                self.send(control.Stop(now=way == "cancel"))
                self.exit("stop")

        ways = (
            ("stop", "stop after the answers in flight"),
            ("detach", "detach: back to the shell, the run goes on"),
            ("cancel", "cancel now; everything accepted is kept"),
        )
        self.push_screen(AskWay("The run is under way.", ways), answered)
