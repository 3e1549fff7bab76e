"""A canvas of dots finer than a terminal's cells: braille (2×4 a cell), or half-blocks (1×2)."""

from __future__ import annotations

from typing import ClassVar

from picturebook_tui.tui.widgets.drawing import Part

Point = tuple[int, int]
"""Column and row of a dot, from the top left."""

_DASH = 4
"""Dots drawn, then dots left out, of a dashed line."""


class Dots:
    """Dots with a tone a cell: the first line that touches a cell gives it its tone."""

    dots_x: ClassVar[int] = 1
    dots_y: ClassVar[int] = 1

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.wide = columns * self.dots_x
        self.high = rows * self.dots_y
        self._bits = [[0] * columns for _ in range(rows)]
        self._tones: list[list[str]] = [[""] * columns for _ in range(rows)]
        self._marks: dict[Point, str] = {}

    def bit(self, x: int, y: int) -> int:
        """The bit of a dot within its cell."""
        raise NotImplementedError

    def character(self, bits: int) -> str:
        """The character that shows these dots."""
        raise NotImplementedError

    def dot(self, x: int, y: int, tone: str) -> None:
        """Set a dot."""
        column, row = x // self.dots_x, y // self.dots_y
        self._bits[row][column] |= self.bit(x % self.dots_x, y % self.dots_y)
        self._tones[row][column] = self._tones[row][column] or tone

    def line(self, start: Point, end: Point, tone: str, *, dashed: bool = False) -> None:
        """Connect two dots, both ends included."""
        (x0, y0), (x1, y1) = start, end
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            # Counted along the columns where the line runs flat, so that dashes go on from one piece to the next.
            along = round(x0 + (x1 - x0) * step / steps) if abs(x1 - x0) >= abs(y1 - y0) else step
            if dashed and along // _DASH % 2:
                continue
            self.dot(round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps), tone)

    def mark(self, point: Point, sign: str, tone: str) -> None:
        """Put a character on the cell of a dot; a later one lies on top."""
        column, row = point[0] // self.dots_x, point[1] // self.dots_y
        self._marks[column, row] = sign
        self._tones[row][column] = tone

    def row(self, row: int, background: str) -> list[Part]:
        """One row of cells as parts; ``background`` shows through where there is nothing."""
        parts: list[Part] = []
        for column in range(self.columns):
            bits = self._bits[row][column]
            tone = self._tones[row][column]
            sign = self._marks.get((column, row))
            if sign is None:
                sign = self.character(bits) if bits else background[column]
            if not tone:
                tone = "line"
            if parts and parts[-1][1] == tone:
                parts[-1] = (parts[-1][0] + sign, tone)
            else:
                parts.append((sign, tone))
        return parts


class BrailleDots(Dots):
    """Two columns and four rows of dots a cell."""

    dots_x = 2
    dots_y = 4
    _BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

    def bit(self, x: int, y: int) -> int:
        return self._BITS[y][x]

    def character(self, bits: int) -> str:
        return chr(0x2800 + bits)


class BlockDots(Dots):
    """An upper and a lower half a cell, for fonts without braille."""

    dots_x = 1
    dots_y = 2

    def bit(self, x: int, y: int) -> int:
        return 1 << y

    def character(self, bits: int) -> str:
        return " ▀▄█"[bits]
