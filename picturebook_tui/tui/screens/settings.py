"""Settings: how the game looks and moves; every change is shown at once and remembered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from picturebook_tui.tui.commands import LEAVE, Command
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.knob_screen import KNOB_COMMANDS, KnobScreen
from picturebook_tui.tui.theme import THEMES
from picturebook_tui.tui.widgets.knobs import Knob, KnobList

COLOURS = {
    "auto": "as the terminal says",
    "truecolor": "true colour",
    "256": "256 colours",
    "16": "16 colours",
    "none": "no colour",
}
CURVES = {"braille": "braille dots", "blocks": "blocks"}
ON_OFF = {False: "off", True: "on"}


ABOUT = {
    "theme": "Dark, light, or high contrast. The pictures lie on the same paper in all of them.",
    "colours": "Many terminals show more colours than they say; try true colour if the pictures look coarse.",
    "reduced_motion": "Cards are uncovered all at once. TEXTUAL_ANIMATIONS=none does the same.",
    "curves": "Choose blocks where the dots of the curves look like boxes.",
    "bell": "Silence unless you ask.",
}


class SettingsScreen(KnobScreen[None]):
    """Theme, colours, motion, curves, bell."""

    COMMANDS_HERE = (
        *KNOB_COMMANDS,
        Command("choose", ("enter", "space"), "⏎", "change", "Turn this knob on.", in_line=False, in_palette=False),
        LEAVE,
    )
    DEFAULT_CSS = """
    SettingsScreen > KnobList { margin: 1 0; }
    SettingsScreen > #about { padding: 0 3; height: 3; color: $foreground-muted; }
    """

    def compose_body(self) -> Iterable[Widget]:
        yield KnobList(self._rows(), id="knobs")
        yield Line("", id="about")

    async def on_mount(self) -> None:
        self._say_about()

    def title_text(self) -> str:
        return "Settings"

    def _values(self) -> dict[str, list[Any]]:
        return {
            "theme": [theme.name for theme in THEMES],
            "colours": list(COLOURS),
            "reduced_motion": [False, True],
            "curves": list(CURVES),
            "bell": [False, True],
        }

    def _rows(self) -> list[Knob]:
        preferences = self.book_app.preferences
        seen = "" if preferences.colours != "auto" else f"({COLOURS[self.book_app.depth]})"
        return [
            Knob("theme", "Theme", self.book_app.theme.removeprefix("picturebook-")),
            Knob("colours", "Colours", COLOURS[preferences.colours], seen),
            Knob("reduced_motion", "Reduced motion", ON_OFF[preferences.reduced_motion]),
            Knob("curves", "Curves drawn in", CURVES[preferences.curves]),
            Knob("bell", "Bell when a page turns", ON_OFF[preferences.bell]),
        ]

    def _say_about(self) -> None:
        knob = self.query_one(KnobList).current
        if knob is not None:
            self.query_one("#about", Line).say(ABOUT[knob.id])

    def turned(self, knob: Knob, direction: int) -> None:
        values = self._values()[knob.id]
        # The theme worn may be the command line's, which is not remembered.
        worn = self.book_app.theme if knob.id == "theme" else getattr(self.book_app.preferences, knob.id)
        value = values[(values.index(worn) + direction) % len(values)]
        self.book_app.prefer(**{knob.id: value})
        self.query_one(KnobList).set_rows(self._rows())

    def chosen(self, knob: Knob) -> None:
        self.turned(knob, +1)

    def on_knob_list_moved(self, event: KnobList.Moved) -> None:
        self._say_about()
