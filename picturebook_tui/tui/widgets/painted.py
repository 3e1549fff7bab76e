"""A widget whose lines are drawn whole: pictures in colours chosen for their depth, words through the app's filters."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.tui.depth import DEPTHS, ColourDepth
from picturebook_tui.tui.widgets.drawing import Part, strip_of


class Painted(Widget, can_focus=False):
    """As high as what it draws. A subclass says ``draw`` and calls ``changed``."""

    DEFAULT_CSS = "Painted { width: 1fr; height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn: tuple[object, list[Strip]] | None = None

    def draw(self, width: int) -> list[Strip]:
        """All lines, each ``width`` columns."""
        return []

    def changed(self) -> None:
        """Draw anew: something else is shown."""
        self._drawn = None
        self.refresh(layout=True)

    @property
    def depth(self) -> ColourDepth:
        """The colours there are to draw in."""
        asked = getattr(self.app, "depth", "truecolor")
        return next((depth for depth in DEPTHS if depth == asked), "truecolor")

    def words(self, parts: Sequence[Part], width: int) -> Strip:
        """A line of toned text, ready to go out beside pictures."""
        line = strip_of(self, parts, width)
        for line_filter in self.get_line_filters():
            line = line.apply_filter(line_filter, self.background_colors[1])
        return line

    def _lines(self, width: int) -> list[Strip]:
        key = (width, self.app.size, self.depth, self.app.theme, self.background_colors[1])
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = (key, self.draw(width) if width > 0 else [])
        return self._drawn[1]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_lines(self, crop: Region) -> list[Strip]:
        # As they are: Textual would send the pictures' colours through the filters a second time.
        lines = self._lines(self.size.width)[crop.y : crop.bottom]
        lines += [Strip.blank(self.size.width)] * (crop.height - len(lines))
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines


def beside(widget: Painted, blocks: Sequence[tuple[Sequence[Strip], int]], gap: int, width: int) -> list[Strip]:
    """Blocks of lines side by side, ``gap`` columns apart; each (lines, its width), the shorter ones filled up."""
    blank = {columns: widget.words((), columns) for columns in {gap, *(columns for _, columns in blocks)} if columns}
    lines: list[Strip] = []
    for row in range(max((len(block) for block, _ in blocks), default=0)):
        strips: list[Strip] = []
        for number, (block, columns) in enumerate(blocks):
            if number and gap:
                strips.append(blank[gap])
            strips.append(block[row] if row < len(block) else blank[columns])
        lines.append(filled(widget, Strip.join(strips), width))
    return lines


def filled(widget: Painted, strip: Strip, width: int) -> Strip:
    """``strip`` with room to its right, ``width`` columns in all."""
    free = width - strip.cell_length
    return Strip.join([strip, widget.words((), free)]) if free > 0 else strip
