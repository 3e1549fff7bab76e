"""Leave?: asked before a run is left, and the answer that costs nothing is under Enter."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Vertical
from textual.widget import Widget

from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import BookScreen, Line


class LeaveScreen(BookScreen[bool]):
    """Answers with True to leave."""

    COMMANDS_HERE = (
        Command("stay", ("n", "escape", "enter"), "⏎", "stay", "Go back to the page, just as it was."),
        Command("yes", ("y", "q"), "y", "leave", "Back to Home; the run can be continued from there."),
    )
    DEFAULT_CSS = """
    LeaveScreen { align: center middle; }
    LeaveScreen > Vertical { width: 52; height: auto; padding: 1 2; background: $surface; }
    """

    def __init__(self, *, saved: bool) -> None:
        super().__init__()
        self._saved = saved

    def compose_body(self) -> Iterable[Widget]:
        with Vertical():
            yield Line("Leave this run?")
            yield Line("")
            yield Line(
                "Every answer is saved; Home will offer to go on."
                if self._saved
                else "Nothing is saved (--no-save): this run ends here."
            )

    def title_text(self) -> str:
        return "Leave?"

    def action_stay(self) -> None:
        self.dismiss(False)

    def action_yes(self) -> None:
        self.dismiss(True)
