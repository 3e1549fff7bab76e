"""Things to choose among whose words may take more than a line."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static


class ChoiceRow(Horizontal):
    """One thing to bet on; as many lines as its words need."""

    DEFAULT_CSS = """
    ChoiceRow { height: auto; width: 1fr; }
    ChoiceRow > .mark { width: 6; height: auto; }
    ChoiceRow > .words { width: 1fr; height: auto; }
    ChoiceRow.-here { background: $surface; color: $accent; text-style: bold; }
    """

    class Chosen(Message):
        """It was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, number: int, text: str) -> None:
        super().__init__()
        self._number = number
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static(self._mark(False), classes="mark", markup=False)
        yield Static(self._text, classes="words", markup=False)

    def _mark(self, here: bool) -> str:
        return f" {'▸' if here else ' '} {self._number + 1}"

    def set_here(self, here: bool) -> None:
        """Put the cursor on it, or take it away."""
        if here != self.has_class("-here"):
            self.set_class(here, "-here")
            self.query_one(".mark", Static).update(self._mark(here))

    def on_click(self) -> None:
        self.post_message(self.Chosen(self._number))
