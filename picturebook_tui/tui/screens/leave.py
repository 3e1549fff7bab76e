"""Leave?: asked before a run is left, and the answer that costs nothing is under Enter."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import BookScreen, Line


class LeaveScreen(BookScreen[bool]):
    """Answers with True to leave."""

    COMMANDS_HERE = (
        Command("stay", ("n", "escape", "enter"), "⏎", "stay", "Go back to the page, just as it was."),
        Command("yes", ("y", "q"), "y", "leave", "Back to Home."),
    )
    DEFAULT_CSS = """
    LeaveScreen { align: center middle; }
    LeaveScreen > Vertical { width: 56; height: auto; padding: 1 2; background: $surface; }
    LeaveScreen Static { width: 1fr; height: auto; }
    """

    def __init__(self, no_save: bool, trouble: str | None = None, *, answered: int = 1) -> None:
        super().__init__()
        self._answered = answered
        self._no_save = no_save
        self._trouble = trouble

    def compose_body(self) -> Iterable[Widget]:
        with Vertical():
            yield Line("Leave this run?")
            yield Line("")
            yield Static(Content(self._what_happens()))

    def _what_happens(self) -> str:
        if not self._answered:
            return "Nothing is answered yet, so there will be nothing to go on with."
        if self._no_save:
            return "Nothing is kept on disk (--no-save). Home will offer to go on until you quit."
        if self._trouble is not None:
            return f"The latest answers are not saved. {self._trouble}"
        return "Every answer is saved; Home will offer to go on."

    def title_text(self) -> str:
        return "Leave?"

    def action_stay(self) -> None:
        self.dismiss(False)

    def action_yes(self) -> None:
        self.dismiss(True)
