"""How many answers pass, and why the others do not."""

from collections.abc import Sequence

from textual.content import Content

from destilation.core.display import display_safe
from destilation.tui.model.layout import dropped
from destilation.tui.model.words import bar, percent
from destilation.tui.widgets.lines import Lines
from destilation.tui.widgets.progress import painted

Reason = tuple[str, str, int]


class ValidationPanel(Lines):
    """The reasons, most frequent first; one that is chosen opens the rejections for it."""

    def rows(self) -> Sequence[Reason]:
        """Layer, code and count of each reason."""
        rejected = self.sight.board.progress.rejected
        found = [(layer, code, count) for layer, codes in rejected.items() for code, count in codes.items()]
        return sorted(found, key=lambda row: (-row[2], row[1]))

    def head(self, width: int) -> list[Content]:
        """Passed and refused, and what that came to in retries."""
        board = self.sight.board
        passed, refused = board.progress.accepted, board.progress.rejections
        counts = f"{passed:,} ✓ {refused:,} ✗"
        left = f"pass {percent(passed, passed + refused)} "
        room = max(0, min(12, width - len(left) - len(counts) - 1))
        share = passed / (passed + refused) if passed + refused else 0.0
        each = f"{refused / passed:.2f} per accepted" if passed else ""
        return [
            Content.assemble(left, painted(bar(share, room), "$success"), f" {counts}" if room else counts),
            Content(dropped([f"refused {refused:,}", *([f"· {each}"] if each else [])], width, " ")),
        ]

    def line(self, row: Reason, width: int) -> Content:
        """A bar beside the share of all answers, and the reason."""
        layer, code, count = row
        answers = max(1, self.sight.board.progress.attempts)
        most = max(each[2] for each in self.rows())
        words = f" {percent(count, answers):>5} {display_safe(layer, 20)}: {display_safe(code, 40)}"
        return Content.assemble(painted(bar(count / most, 8), "$error"), words.replace("_", " "))
