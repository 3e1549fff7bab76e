"""The two players' lines under the page."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from rich.cells import cell_len
from textual.geometry import Region
from textual.strip import Strip

from picturebook_tui.percent import percent
from picturebook_tui.tui.kept import Kept
from picturebook_tui.tui.widgets.drawing import Part, padded, strip_of

_WIDEST_BAR = 24
_NARROWEST_BAR = 4
_TONES = ("you", "model")


@dataclass(frozen=True, slots=True)
class PlayerLine:
    """One player's figures, as they are to be shown."""

    name: str
    glyph: str
    """One emoji of two columns."""
    accuracy: float | None
    """0 to 1; None before anything was counted."""
    fields: tuple[str, ...] = ()
    """Said to the right of the bar; the two players' fields stand under each other."""
    hidden: bool = False
    """The first field is something not yet to be known; it is set in small print."""


@dataclass(frozen=True, slots=True)
class ScoreView:
    """Both players."""

    child: PlayerLine
    model: PlayerLine

    @property
    def players(self) -> tuple[PlayerLine, PlayerLine]:
        return (self.child, self.model)


def bar(share: float | None, width: int) -> tuple[str, str]:
    """Filled and empty part of a bar; only nothing looks empty, and only all looks full."""
    if share is None or width <= 0:
        return "", "░" * max(0, width)
    filled = round(share * width)
    if width > 1 and 0 < share < 1:
        filled = min(width - 1, max(1, filled))
    return "█" * filled, "░" * (width - filled)


def draw_score_lines(view: ScoreView, width: int) -> list[list[Part]]:
    """Two lines of parts, ``width`` columns at most: name, bar, percent, fields in columns.

    Where there is little room the bar gets shorter first; then the last fields go.
    """
    names = [f"{player.glyph} {player.name}" for player in view.players]
    name_width = max(cell_len(name) for name in names)
    columns = max(len(player.fields) for player in view.players)
    field_widths = [
        max(cell_len(player.fields[i]) if i < len(player.fields) else 0 for player in view.players)
        for i in range(columns)
    ]
    fixed = name_width + 1 + 5
    gap = 3
    if fixed + _NARROWEST_BAR + sum(field_widths) + gap * columns > width:
        gap = 2
    while columns and fixed + _NARROWEST_BAR + sum(field_widths[:columns]) + gap * columns > width:
        columns -= 1
    room = width - fixed - sum(field_widths[:columns]) - gap * columns
    bar_width = min(_WIDEST_BAR, max(0, room))
    lines: list[list[Part]] = []
    for player, name, tone in zip(view.players, names, _TONES, strict=True):
        full, empty = bar(player.accuracy, bar_width)
        parts: list[Part] = [(padded(name, name_width) + " ", tone), (full, tone), (empty, "line")]
        parts.append((percent(player.accuracy).rjust(5), "title"))
        for i in range(columns):
            text = player.fields[i] if i < len(player.fields) else ""
            small = player.hidden and i == 0
            parts.append((" " * gap + padded(text, field_widths[i]), "hidden" if small else "text"))
        lines.append([part for part in parts if part[0]])
    return lines


class ScoreLines(Kept, can_focus=False):
    """🧒 and 🤖, a line each; a line is painted again only when it says something else."""

    DEFAULT_CSS = """
    ScoreLines {
        height: 2;
        width: 1fr;
        padding: 0 1;
    }
    """

    def __init__(
        self,
        view: ScoreView | None = None,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._view = view

    @property
    def view(self) -> ScoreView | None:
        return self._view

    def show(self, view: ScoreView) -> None:
        """Show other figures."""
        width = self.content_size.width
        before = draw_score_lines(self._view, width) if self._view is not None else [[], []]
        self._view = view
        for y, line in enumerate(draw_score_lines(view, width)):
            if line != before[y]:
                self.refresh(Region(0, y, width, 1) if width else Region(0, y, 1, 1))

    def said_here(self) -> Hashable:
        return self._view

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        parts = draw_score_lines(self._view, width)[y] if self._view is not None and y < 2 else []
        return strip_of(self, parts, width)
