"""Each entry of the mix: what is asked of it, how it answers, and how it is."""

from collections.abc import Callable, Sequence

from textual.content import Content

from destilation.core.display import display_safe
from destilation.tui.model.board import Board
from destilation.tui.model.words import percent, seconds_words, short, usd
from destilation.tui.widgets.lines import Lines

Cell = Callable[[Board, str, float], str]


def _provider(board: Board, label: str, now: float) -> str:
    return display_safe(label, 32)


def _model(board: Board, label: str, now: float) -> str:
    return board.model_of(label)


def _flight(board: Board, label: str, now: float) -> str:
    provider = board.progress.providers[label]
    return f"{max(0, provider.in_flight) if board.running else 0}/{provider.limit or '-'}"


def _requests(board: Board, label: str, now: float) -> str:
    return f"{board.progress.providers[label].requests:,}"


def _tokens(board: Board, label: str, now: float) -> str:
    tokens = board.progress.providers[label].tokens
    return short(tokens.into + tokens.out)


def _quantile(share: float) -> Cell:
    def cell(board: Board, label: str, now: float) -> str:
        latency = board.latencies.get(label)
        return seconds_words(latency.quantile(share)) if latency else "-"

    return cell


def _pass(board: Board, label: str, now: float) -> str:
    provider = board.progress.providers[label]
    return percent(provider.accepted, provider.accepted + provider.rejected)


def _throttled(board: Board, label: str, now: float) -> str:
    return f"{board.progress.providers[label].throttled:,}"


def _errors(board: Board, label: str, now: float) -> str:
    return f"{board.progress.providers[label].errors:,}"


def _cost(board: Board, label: str, now: float) -> str:
    return usd(board.progress.providers[label].cost_usd)


def _share(board: Board, label: str, now: float) -> str:
    return percent(board.progress.providers[label].accepted, board.progress.accepted, 0)


def _state(board: Board, label: str, now: float) -> str:
    return board.provider_state(label, now)


# heading, cell, whether it is a number, and how early it gives way (the highest first)
COLUMNS: list[tuple[str, Cell, bool, int]] = [
    ("provider", _provider, False, 0),
    ("model", _model, False, 5),
    ("in-fl/cap", _flight, True, 1),
    ("req", _requests, True, 2),
    ("tokens", _tokens, True, 8),
    ("p50", _quantile(0.5), True, 4),
    ("p95", _quantile(0.95), True, 7),
    ("pass", _pass, True, 2),
    ("share", _share, True, 9),
    ("429", _throttled, True, 6),
    ("err", _errors, True, 6),
    ("cost", _cost, True, 3),
    ("state", _state, False, 1),
]


class ProvidersPanel(Lines):
    """A table that leaves out columns where there is no room, and cuts none."""

    _made: list[str]

    def draw(self, width: int, height: int) -> list[Content]:
        """The table is made once each time."""
        self._made = self._table(width)
        return super().draw(width, height)

    def rows(self) -> Sequence[str]:
        """The labels, in order."""
        return sorted(self.sight.board.progress.providers)

    def head(self, width: int) -> list[Content]:
        """The names of the columns."""
        return [Content(self._made[0]).stylize("bold")]

    def line(self, row: str, width: int) -> Content:
        """A row, and its state in colour."""
        text = Content(self._made[1 + list(self.rows()).index(row)])
        state = self.sight.board.provider_state(row, self.sight.now())
        style = {"ok": "$text-success", "retired": "$text-error"}.get(state, "$text-warning")
        return text.stylize(style, len(text.plain.rstrip()) - len(state)) if text.plain.endswith(state) else text

    def _table(self, width: int) -> list[str]:
        board, now = self.sight.board, self.sight.now()
        columns = [
            (urgency, number, [name, *(cell(board, label, now) for label in self.rows())])
            for name, cell, number, urgency in COLUMNS
        ]
        while sum(max(map(len, cells)) + 2 for _, _, cells in columns) - 2 > width and len(columns) > 2:
            columns.remove(max(columns, key=lambda column: column[0]))
        padded = [_padded(cells, number) for _, number, cells in columns]
        return ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]


def _padded(cells: list[str], number: bool) -> list[str]:
    width = max(map(len, cells))
    return [cell.rjust(width) if number else cell.ljust(width) for cell in cells]
