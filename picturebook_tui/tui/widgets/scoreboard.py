"""The scoreboard: a row an epoch, and the two players' lines (``score_lines``) under one roof."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.tui.widgets.drawing import Part, strip_of
from picturebook_tui.tui.widgets.score_lines import PlayerLine, ScoreLines, ScoreView

__all__ = ["PlayerLine", "Row", "ScoreLines", "ScoreTable", "ScoreView", "draw_table"]

Row = tuple[str, ...]

_WIDEST_GAP = 4

PUPIL = "🎒"
"""The learner that is taught the child's labels; its tone is that of its curve."""


def draw_table(rows: Sequence[Row], width: int) -> list[list[Part]]:
    """Rows as parts, the first one the heading; columns flush right, told apart by the player in their heading.

    A row that begins with a player is that player's whole.

    Where they don't fit, the air between them goes first, then the last columns.
    """
    if not rows:
        return []
    widths = [max(cell_len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    while len(widths) > 1 and sum(widths) + len(widths) - 1 > width:
        widths.pop()
    gap = 1
    if len(widths) > 1:
        gap = max(1, min(_WIDEST_GAP, (width - sum(widths)) // (len(widths) - 1)))
    tones = ["you" if "🧒" in heading else "model" if "🤖" in heading else "text" for heading in rows[0]]
    lines: list[list[Part]] = []
    for number, row in enumerate(rows):
        parts: list[Part] = []
        whole = "ok" if row[0] == PUPIL else None
        for i, column in enumerate(widths):
            text = row[i] if i < len(row) else ""
            space = column - cell_len(text) + (gap if i else 0)
            tone = whole or ("quiet" if number == 0 and tones[i] == "text" else tones[i])
            parts.append((" " * space + text, tone))
        lines.append(parts)
    return lines


class ScoreTable(Widget, can_focus=False):
    """Plain aligned text: a heading and a row an epoch."""

    DEFAULT_CSS = """
    ScoreTable {
        width: 1fr;
        height: auto;
    }
    """

    def __init__(
        self, rows: Sequence[Row] = (), *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._rows = tuple(rows)

    @property
    def table(self) -> tuple[Row, ...]:
        """Heading and rows."""
        return self._rows

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows, heading first."""
        if tuple(rows) != self._rows:
            taller = len(rows) != len(self._rows)
            self._rows = tuple(rows)
            self.refresh(layout=taller)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        lines = draw_table(self._rows, container.width)
        return max((sum(cell_len(text) for text, _ in line) for line in lines), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        lines = draw_table(self._rows, width)
        return strip_of(self, lines[y] if y < len(lines) else [], width)
