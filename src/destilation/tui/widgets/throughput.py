"""Accepted samples a minute, now and over time."""

from textual.content import Content

from destilation.tui.model.chart import plot, values_a_cell
from destilation.tui.model.words import short
from destilation.tui.widgets.panel import Panel


class ThroughputPanel(Panel):
    """The rate of the last minute above a plot of the chosen span."""

    def retitle(self) -> None:
        """The highest rate of a minute in the span, tokens, and the span."""
        board, now = self.sight.board, self.sight.now()
        peak = board.accepts.peak(now, self.sight.window_s)
        tokens = short(board.tokens.rate(now) / 60)
        span = self.sight.window if self._span(now) else "all"
        self.border_subtitle = f"peak {peak:,.0f} · {tokens} tok/s · {span}"

    def draw(self, width: int, height: int) -> list[Content]:
        """The rate and as many rows of the plot as there is room for."""
        board, now, chart = self.sight.board, self.sight.now(), self.sight.look.chart
        bars = board.accepts.bars(now, self._span(now), width * values_a_cell(chart))
        rows = plot(bars, max(1, height - 1), chart) if any(bars) else []
        return [
            Content.assemble((f"{board.rate(now):,.0f}", "bold"), " samples/min (1 min)"),
            *(Content(row).stylize("$primary") for row in rows),
        ]

    def _span(self, now: float) -> float | None:
        """The chosen span in seconds; None for all of a job that is younger."""
        chosen = self.sight.window_s
        return None if chosen is None or self.sight.board.accepts.age(now) < chosen else chosen
