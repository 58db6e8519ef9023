"""The first line: which job, and what it is doing."""

from textual.content import Content

from destilation.tui.model.layout import dropped
from destilation.tui.model.words import clock_words, percent
from destilation.tui.widgets.panel import Panel, sides

STYLES = {"RUNNING": "$text-success", "DONE": "$text-success", "PAUSED": "$text-warning", "STOPPING": "$text-warning"}


class Header(Panel):
    """Job, template and providers at the left, state and time at the right."""

    one_line = False
    crumb = ""

    def draw(self, width: int, height: int) -> list[Content]:
        """One line."""
        board, now = self.sight.board, self.sight.now()
        progress, state = board.progress, board.state()
        style = STYLES.get(state, "$text-error")
        mark = "●" if board.running else "■"
        if self.one_line:
            share = percent(progress.accepted, progress.target, 0)
            words = [f"{progress.accepted:,}/{progress.target:,}", state, share, f"{board.rate(now):,.0f}/min"]
            return [Content(dropped([*words, board.name], width))]
        right = Content.assemble((f"{mark} {state}", f"bold {style}"), f"  {clock_words(board.elapsed(now))} ")
        count = len(progress.providers)
        providers = f"{count} provider{'' if count == 1 else 's'}"
        room = width - right.cell_length - 1
        title = f"{board.name} › {self.crumb}" if self.crumb else board.name
        more = [f"· {each}" for each in (board.template, providers, self.sight.note) if each]
        items = [" destilation ", title, *more]
        left = dropped(items, room, " ") or dropped([board.name], room)
        return [sides(Content(left).stylize("bold"), right, width)]
