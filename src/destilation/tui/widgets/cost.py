"""What the job cost, and what it will have cost at its target."""

from textual.content import Content

from destilation.tui.model.words import bar, usd
from destilation.tui.widgets.panel import Panel
from destilation.tui.widgets.progress import painted


class CostPanel(Panel):
    """Spent, of the cap; per thousand samples; an hour, and at the target."""

    def draw(self, width: int, height: int) -> list[Content]:
        """Four lines."""
        board, now = self.sight.board, self.sight.now()
        progress = board.progress
        spent, cap = progress.cost_usd, progress.budget_usd
        each = spent / progress.accepted if progress.accepted else 0.0
        lines = [Content.assemble((usd(spent), "bold"), f" / {usd(cap)} cap" if cap else "  no cap")]
        lines.append(painted(bar(spent / cap if cap else 0.0, width), "$warning"))
        lines.append(Content(f"{usd(1000 * each)} per 1,000 accepted"))
        hourly = 60 * board.dollars.rate(now, 300.0)
        lines.append(Content(f"{usd(hourly)}/h → {usd(each * max(progress.target, progress.accepted))} at target"))
        return [line.truncate(width) for line in lines]
