"""A question over the dashboard: for a number, or for one of several ways to go on."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class AskText(ModalScreen[str | None]):
    """One line to type; escape answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, question: str, value: str) -> None:
        super().__init__()
        self._question = question
        self._value = value

    def compose(self) -> ComposeResult:
        """The question above the line."""
        with Vertical(classes="box"):
            yield Static(Content(self._question))
            yield Input(self._value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter answers."""
        self.dismiss(event.value)


class AskWay(ModalScreen[str | None]):
    """Ways to go on, each with a key (its first letter)."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, question: str, ways: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._question = question
        self._ways = ways

    def compose(self) -> ComposeResult:
        """The question above the ways."""
        lines = [Content(self._question).stylize("bold"), Content("")]
        for way, words in self._ways:
            lines.append(Content.assemble((f" {way[0]} ", "bold reverse"), f"  {words}"))
        lines += [Content(""), Content("esc  back to the dashboard")]
        with Vertical(classes="box"):
            yield Static(Content("\n").join(lines))

    def on_key(self, event: Key) -> None:
        """The first letter answers."""
        for way, _ in self._ways:
            if event.character == way[0]:
                event.stop()
                self.dismiss(way)
                return
