"""One task told in full: its attempts at the left; prompt, answer and verdict of the chosen one at the right."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from destilation.core.display import display_safe
from destilation.tui.coloured import coloured, shown
from destilation.tui.model.layout import USUAL
from destilation.tui.sight import Sight
from destilation.tui.story import Attempt, Story
from destilation.tui.twin import Twin, marked, twin_of
from destilation.tui.widgets.lines import Lines

MOST_BESIDE = 12


class AttemptsPanel(Lines):
    """The answers to the task, the last one first looked at."""

    def __init__(self, sight: Sight, story: Story) -> None:
        super().__init__(sight, id="attempts", title="Attempts", follow=True)
        self._story = story

    def rows(self) -> Sequence[Attempt]:
        """In order."""
        return self._story.attempts

    def line(self, row: Attempt, width: int) -> Content:
        """How it went, and who gave it."""
        glyph = row.verdict[:1]
        style = {"✓": "$text-success", "✗": "$text-error"}.get(glyph, "")
        return Content.assemble((glyph, style), f" {display_safe(row.title, 120)}")


def _titles(twin: Twin) -> tuple[str, str]:
    return "this answer", f"sample {twin.number:,}"


class Detail(ModalScreen[None]):
    """Up and down choose an attempt; the text beside scrolls with page keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back"),
        Binding("c", "copy", "Copy"),
        Binding("e", "edit", "Editor"),
        Binding("space,pagedown", "scroll(1)", "Page down", show=False, priority=True),
        Binding("pageup", "scroll(-1)", "Page up", show=False, priority=True),
    ]

    def __init__(self, sight: Sight, folder: Path, story: Story) -> None:
        super().__init__()
        self._story = story
        self._sight = sight
        self._twins = {attempt.number: twin_of(folder, attempt) for attempt in story.attempts}

    def compose(self) -> ComposeResult:
        """Two panes and a line of keys."""
        yield Static(Content(f" {self._sight.board.name} › task {self._story.task}").stylize("bold"), id="crumb")
        with Horizontal(id="panes"):
            yield AttemptsPanel(self._sight, self._story)
            with VerticalScroll(id="told", classes="panel", can_focus=False):
                yield Static(id="verdict", markup=False)
                with Horizontal(id="twins"):
                    yield Static(id="mine", markup=False, classes="panel")
                    yield Static(id="theirs", markup=False, classes="panel")
                yield Static(id="text", markup=False)
        yield Static(Content(" esc Back  ↑↓ Attempt  PgUp/PgDn Scroll  c Copy  e Editor"), id="hints")

    def on_mount(self) -> None:
        """Show the last one."""
        self.query_one(AttemptsPanel).focus()
        self.query_one("#told").border_title = "Prompt, answer, verdict"
        self.show()

    def on_lines_moved(self) -> None:
        """Another attempt is chosen."""
        self.call_after_refresh(self.show)
        self.query_one("#told", VerticalScroll).scroll_home(animate=False)

    def show(self) -> None:
        """The text of the chosen attempt; where it was too much like a sample, both beside each other."""
        chosen: Attempt | None = self.query_one(AttemptsPanel).row
        twin = None if chosen is None else self._twins.get(chosen.number)
        self.query_one("#verdict", Static).update(self._verdict(chosen))
        self.query_one("#text", Static).update(self._dialogue(chosen))
        twins = self.query_one("#twins")
        twins.display = twin is not None
        if twin is not None:
            twins.styles.layout = "horizontal" if self.size.width >= USUAL else "vertical"
            for name, title, text in zip(("mine", "theirs"), _titles(twin), marked(twin), strict=True):
                self.query_one(f"#{name}", Static).border_title = title
                self.query_one(f"#{name}", Static).update(text)

    def text(self) -> Content:
        """All that is known of the chosen attempt, safe to show."""
        chosen: Attempt | None = self.query_one(AttemptsPanel).row
        twin = None if chosen is None else self._twins.get(chosen.number)
        both: list[Content] = []
        if twin is not None:
            for title, text in zip(_titles(twin), marked(twin), strict=True):
                both.append(Content.assemble((f"{title}\n", "bold"), text, "\n\n"))
        return Content.assemble(self._verdict(chosen), *both, self._dialogue(chosen))

    def _verdict(self, chosen: Attempt | None) -> Content:
        if chosen is None:
            return Content("Nothing is recorded of this task.").stylize("bold")
        style = {"✓": "$text-success", "✗": "$text-error"}.get(chosen.verdict[:1], "")
        return Content.assemble((f"{shown(chosen.verdict)}\n\n", style))

    def _dialogue(self, chosen: Attempt | None) -> Content:
        if chosen is None:
            return Content("")
        parts: list[Content | tuple[str, str]] = [("Answer\n", "bold underline")]
        parts += [coloured(chosen.reply, self._story.code), ("\n\n", "")]
        if chosen.beside:
            others = ", ".join(f"{task:,}" for task in chosen.beside[:MOST_BESIDE])
            more = ", …" if len(chosen.beside) > MOST_BESIDE else ""
            words = f"One request asked for this task and for {others}{more}, and one reply answered all of them.\n\n"
            parts.append((words, "$text-accent"))
        if chosen.prompt:
            title = "Prompt" if chosen is self._story.attempts[0] else "Prompt that it began with"
            parts += [(f"{title}\n", "bold underline"), (shown(chosen.prompt), "")]
        return Content.assemble(*parts)

    def action_copy(self) -> None:
        """Put the text into the terminal's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self.text().plain)
        self.notify("copied", markup=False)

    def action_edit(self) -> None:
        """Open a copy of the text in the user's editor."""
        self.app.call_later(self.app.run_action, f"edit_text({self.text().plain!r})")

    def action_scroll(self, by: int) -> None:
        """A page of the text."""
        pane = self.query_one("#told", VerticalScroll)
        pane.scroll_relative(y=by * max(1, pane.size.height - 2), animate=False)
