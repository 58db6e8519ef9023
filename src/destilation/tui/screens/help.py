"""What every key does."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

KEYS = (
    ("1 2 3 4 5", "Overview, Samples, Rejections, Providers, Log"),
    ("tab, shift+tab", "the next panel, the one before"),
    ("↑ ↓ PgUp PgDn", "move in the panel"),
    ("g   f or G", "to the top; to the end, and follow"),
    ("enter   esc", "more of this line; back"),
    ("n   N", "next failure; the one before"),
    ("/", "filter: text, !text, provider:x, layer:x, task:n"),
    ("l", "all events, without accepts, failures only"),
    ("[   ]", "a shorter or longer span of the plot"),
    ("z   s", "zoom the panel; Events or newest samples"),
    ("p", "pause or resume the job"),
    ("+   -", "more or fewer requests in flight"),
    ("t   b", "another target; another budget"),
    ("r   <   >", "on a provider: retire or restore; smaller, larger share"),
    ("ctrl+c", "stop after the answers in flight; again: at once"),
    ("d", "detach: back to the shell, the job goes on"),
    ("q", "leave; asks where that would stop the job"),
    ("c   e", "copy the line; open it in $EDITOR"),
    ("x   R", "export the samples; write the report (HTML)"),
    ("?   ctrl+p", "these keys; all actions, and themes"),
)


class Help(ModalScreen[None]):
    """Any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "dismiss", "Back")]

    def __init__(self, keys: Sequence[tuple[str, str]] = KEYS) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One line a key."""
        lines = [Content.assemble((f"{key:<16}", "bold $accent"), does) for key, does in self._keys]
        with VerticalScroll(classes="box wide"):
            yield Static(Content("\n").join(lines))
