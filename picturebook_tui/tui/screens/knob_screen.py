"""A screen that is mostly a list of knobs: its keys, once for all of them."""

from __future__ import annotations

from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import BookScreen, Result
from picturebook_tui.tui.widgets.knobs import Knob, KnobList

KNOB_COMMANDS = (
    Command("up", ("up", "k"), "↑", "row above", "Go to the row above.", in_line=False, in_palette=False),
    Command("down", ("down", "j"), "↑↓", "choose", "Go to the row below.", in_palette=False),
    Command("turn_back", ("left", "h"), "←", "turn back", "Turn this knob back.", in_line=False, in_palette=False),
    Command("turn_on", ("right", "l"), "←→", "change", "Turn this knob on.", in_palette=False),
)


class KnobScreen(BookScreen[Result]):
    """A screen with one ``KnobList``. What its keys do is done before the next key comes; clicks come as messages."""

    @property
    def knobs(self) -> KnobList:
        """The list."""
        return self.query_one(KnobList)

    def chosen(self, knob: Knob) -> None:
        """Enter on a row, or a click on one with nothing to turn."""

    def turned(self, knob: Knob, direction: int) -> None:
        """A knob was turned, back (−1) or on (+1)."""

    def action_up(self) -> None:
        self.knobs.move(-1)

    def action_down(self) -> None:
        self.knobs.move(1)

    def action_turn_back(self) -> None:
        self._turn(-1)

    def action_turn_on(self) -> None:
        self._turn(1)

    def _turn(self, direction: int) -> None:
        if (knob := self.knobs.current) is not None and knob.value is not None:
            self.turned(knob, direction)

    def action_choose(self) -> None:
        if (knob := self.knobs.current) is not None:
            self.chosen(knob)

    def on_knob_list_turned(self, event: KnobList.Turned) -> None:
        self.turned(event.knob, event.direction)

    def on_knob_list_chosen(self, event: KnobList.Chosen) -> None:
        self.chosen(event.knob)
