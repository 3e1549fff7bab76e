"""A screen that is mostly a list of knobs: its keys, once for all of them."""

from __future__ import annotations

from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import BookScreen, Result
from picturebook_tui.tui.widgets.knobs import KnobList

KNOB_COMMANDS = (
    Command("up", ("up", "k"), "↑", "row above", "Go to the row above.", in_line=False, in_palette=False),
    Command("down", ("down", "j"), "↑↓", "choose", "Go to the row below.", in_palette=False),
    Command("turn_back", ("left", "h"), "←", "turn back", "Turn this knob back.", in_line=False, in_palette=False),
    Command("turn_on", ("right", "l"), "←→", "change", "Turn this knob on.", in_palette=False),
)


class KnobScreen(BookScreen[Result]):
    """Passes keys on to its one ``KnobList``."""

    @property
    def knobs(self) -> KnobList:
        """The list."""
        return self.query_one(KnobList)

    def action_up(self) -> None:
        self.knobs.move(-1)

    def action_down(self) -> None:
        self.knobs.move(1)

    def action_turn_back(self) -> None:
        self.knobs.turn(-1)

    def action_turn_on(self) -> None:
        self.knobs.turn(1)

    def action_choose(self) -> None:
        self.knobs.choose()
