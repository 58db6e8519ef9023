"""How far the job is."""

from textual.content import Content

from destilation.tui.model.words import EMPTY, FULL, bar, clock_words, percent
from destilation.tui.widgets.panel import Panel, sides


def painted(line: str, style: str) -> Content:
    """A bar with its filled part in a colour."""
    full = line.count(FULL)
    return Content.assemble((FULL * full, style), (EMPTY * (len(line) - full), "$text-muted"))


class ProgressPanel(Panel):
    """A bar; counts, time to go and requests in flight below it."""

    def draw(self, width: int, height: int) -> list[Content]:
        """Two lines."""
        board, now = self.sight.board, self.sight.now()
        progress = board.progress
        share = progress.accepted / progress.target if progress.target else 0.0
        left = Content.assemble(
            (f"{progress.accepted:,} / {progress.target:,}", "bold"), f"  {percent(share, 1)}"
        )  # fmt: skip
        eta = board.eta(now)
        of = f" of {progress.concurrency}" if progress.concurrency else ""
        right = [f"in flight {max(0, progress.in_flight)}{of}"] if board.running else []
        right = [f"ETA {clock_words(eta)}", *right] if eta is not None else right
        while right and len("  ".join(right)) + left.cell_length + 1 > width:
            right.pop()
        return [painted(bar(share, width), "$success"), sides(left, Content("  ".join(right)), width)]
