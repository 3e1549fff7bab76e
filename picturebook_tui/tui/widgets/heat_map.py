"""A table of shares as a map: every cell says its number, and a shade says it again.

Where there are too few colours for shades, a small column of growing height stands beside the number. The run itself,
the best and those that stopped are told by signs, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.percent import points
from picturebook_tui.tui.theme import THEME_VARIABLE_DEFAULTS, tone_style
from picturebook_tui.tui.widgets.drawing import centred

Cell = tuple[int, int]
"""Row and column, from 0."""

DEEPEST = 0.4
"""Share of the model's colour in the deepest shade; with more of it the numbers would be hard to read."""

COLUMNS_OF_HEIGHT = "▁▂▃▄▅▆▇"
"""None reaches the cell above."""

WIDEST = 16
"""Columns of a cell at most: further apart, neighbours are no neighbours any more."""

TALLEST = 3

WITH_HEIGHT = 7
"""Columns of a cell from which a small column fits beside "[100]★"."""

NOT_YET = "·"


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One setting."""

    share: float | None
    """0 to 1; None: not known yet."""
    own: bool = False
    best: bool = False
    stopped: bool = False

    @property
    def text(self) -> str:
        """ "[87]★": its number, the run's own in brackets, then ★ for the best or × for one that stopped."""
        number = NOT_YET if self.share is None else str(points(self.share))
        sign = "★" if self.best else "×" if self.stopped else " "
        return f"[{number}]{sign}" if self.own else f" {number}{sign} "


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Everything there is to draw."""

    rows: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    """Of each column's label several spellings, the best first; the first that has room is taken."""
    cells: tuple[tuple[HeatCell, ...], ...]
    floor: float = 0.0
    """The share that has no shade: what guessing alone would get."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells lie, in columns and rows of the widget."""

    label: int
    wide: int
    high: int

    def region(self, cell: Cell) -> Region:
        """A cell's place; the heading is above all of them."""
        return Region(self.label + cell[1] * self.wide, 1 + cell[0] * self.high, self.wide, self.high)

    def cell_at(self, x: int, y: int) -> Cell | None:
        """The row and column of a place; they may be more than there are."""
        if x < self.label or y < 1:
            return None
        return (y - 1) // self.high, (x - self.label) // self.wide


def lay_out(table: HeatTable, width: int, height: int) -> Layout:
    """As large as there is room, at most ``WIDEST`` by ``TALLEST``."""
    label = max((cell_len(name) for name in table.rows), default=0) + 1
    count = max(1, len(table.columns))
    wide = max(1, min(WIDEST, (width - label) // count))
    high = max(1, min(TALLEST, (height - 1) // max(1, len(table.rows))))
    return Layout(label, wide, high)


def spelt(number: float) -> tuple[str, ...]:
    """A learning rate, the longer spellings first: "0.0032", ".0032", "3.2e-3"."""
    plain = f"{number:g}"
    digits, _, power = f"{number:.1e}".partition("e")
    short = f"{digits.removesuffix('.0')}e{int(power)}"
    return tuple(dict.fromkeys((plain, plain.removeprefix("0") if plain.startswith("0.") else plain, short)))


def depth_of(share: float | None, floor: float) -> float:
    """0 to 1: how far above guessing a share is."""
    if share is None or floor >= 1:
        return 0.0
    return min(1.0, max(0.0, (share - floor) / (1 - floor)))


class HeatMap(Widget, can_focus=False):
    """The map, with a cursor."""

    DEFAULT_CSS = """
    HeatMap { width: 1fr; height: 1fr; }
    """

    class CellClicked(Message):
        """A cell was clicked."""

        def __init__(self, heat_map: HeatMap, cell: Cell) -> None:
            super().__init__()
            self.heat_map = heat_map
            self.cell = cell

        @property
        def control(self) -> HeatMap:
            return self.heat_map

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._table = HeatTable((), (), ())
        self._cursor: Cell = (0, 0)

    @property
    def table(self) -> HeatTable:
        return self._table

    def set_table(self, table: HeatTable) -> None:
        """Show other numbers; only cells that changed are painted again, where the map's size stays."""
        before, self._table = self._table, table
        if (before.rows, before.columns, before.floor) != (table.rows, table.columns, table.floor):
            self.refresh()
            return
        layout = self._layout
        changed = [
            layout.region((row, column))
            for row, cells in enumerate(table.cells)
            for column, cell in enumerate(cells)
            if cell != before.cells[row][column]
        ]
        if changed:
            self.refresh(*changed)

    @property
    def cursor(self) -> Cell:
        return self._cursor

    @cursor.setter
    def cursor(self, cell: Cell) -> None:
        if cell == self._cursor:
            return
        layout = self._layout
        labels = Region(0, 1, layout.label, max(0, self.content_size.height - 1))
        heading = Region(0, 0, self.content_size.width, 1)
        before, self._cursor = self._cursor, cell
        self.refresh(layout.region(before), layout.region(cell), labels, heading)

    @property
    def _layout(self) -> Layout:
        return lay_out(self._table, *self.content_size)

    def on_click(self, event: events.Click) -> None:
        cell = self._layout.cell_at(event.x, event.y)
        if cell is not None and cell[0] < len(self._table.rows) and cell[1] < len(self._table.columns):
            event.stop()
            self.post_message(self.CellClicked(self, cell))

    # -- painting -------------------------------------------------------------------------------------------

    @property
    def _shaded(self) -> bool:
        """There are colours enough for shades."""
        return getattr(self.app, "depth", "truecolor") in ("truecolor", "256")

    def _background(self, share: float | None) -> Color:
        own = self.background_colors[1]
        if not self._shaded:
            return own
        model = self.app.theme_variables.get("model", THEME_VARIABLE_DEFAULTS["model"])
        return own.blend(Color.parse(model), DEEPEST * depth_of(share, self._table.floor))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        table, layout = self._table, self._layout
        plain = tone_style(self, "text")
        row, line = divmod(y - 1, layout.high)
        segments: list[Segment] = []
        if y == 0:
            segments.append(Segment(" " * layout.label, plain))
            segments += self._heading(table.columns, layout.wide)
        elif row < len(table.rows):
            middle = line == (layout.high - 1) // 2
            label = table.rows[row].rjust(layout.label - 1) if middle else ""
            segments.append(Segment(label.ljust(layout.label), self._label_style(row == self._cursor[0])))
            for column, cell in enumerate(table.cells[row]):
                segments += self._cell(cell, layout.wide, middle, here=(row, column) == self._cursor)
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, plain)

    def _label_style(self, here: bool) -> Style:
        return tone_style(self, "cursor" if here else "quiet")

    def _heading(self, columns: Sequence[tuple[str, ...]], wide: int) -> list[Segment]:
        segments = []
        for column, names in enumerate(columns):
            # A column is left free, so that two labels never run into one.
            name = next((name for name in names if cell_len(name) < wide), names[-1])
            segments.append(Segment(centred(name, wide), self._label_style(column == self._cursor[1])))
        return segments

    def _cell(self, cell: HeatCell, wide: int, middle: bool, *, here: bool) -> list[Segment]:
        if here:
            style = tone_style(self, "cursor", reverse=True)
        else:
            background = self._background(cell.share)
            known = cell.share is not None
            style = tone_style(
                self, "text" if known else "quiet", background=background, bold=known and (cell.own or cell.best)
            )
        text = centred(cell.text, wide) if middle else " " * wide
        if self._shaded or cell.share is None or not middle or wide < WITH_HEIGHT:
            return [Segment(text, style)]
        deep = depth_of(cell.share, self._table.floor)
        column = COLUMNS_OF_HEIGHT[min(len(COLUMNS_OF_HEIGHT) - 1, int(deep * len(COLUMNS_OF_HEIGHT)))]
        bar = style if here else tone_style(self, "model")
        return [Segment(column, bar), Segment(centred(cell.text, wide - 1), style)]
