"""Throw it away?: asked before an unfinished run is forgotten; Enter keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.game.words import times
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.tables import local_time

if TYPE_CHECKING:
    from picturebook_tui.records.runs import RunHead


class DiscardScreen(LeaveScreen):
    """Answers with True to throw the run away."""

    COMMANDS_HERE = (
        Command("stay", ("n", "escape", "enter", "q"), "⏎", "keep it", "Back to the list; the run stays."),
        Command("yes", ("y",), "y", "throw it away", "The run and its answers are deleted."),
    )

    def __init__(self, head: RunHead) -> None:
        super().__init__(no_save=False)
        self._head = head

    def compose_body(self) -> Iterable[Widget]:
        head = self._head
        with Vertical():
            yield Line("Throw this run away?")
            yield Line("")
            told = f"{head.title}, begun {local_time(head.created_at)}, {times(head.answers, 'answer')} given."
            yield Static(Content(f"{told} It can't be brought back."))

    def title_text(self) -> str:
        return "Throw away?"
