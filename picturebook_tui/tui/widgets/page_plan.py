"""Where the cards of a page lie: how many, how large, with how much air. Arithmetic only."""

from __future__ import annotations

from dataclasses import dataclass

from picturebook_tui.tui.widgets.pixels import card_size

LARGEST_SCALE = 4
"""A picture of 16 pixels is 64 columns wide then; larger ones are no easier to see."""

MOST_VISIBLE = 40
"""Cards shown at once: more can't be taken in, and each is a widget that costs time in every repaint."""

_WIDEST_GAP = 6
_HIGHEST_GAP = 2


@dataclass(frozen=True, slots=True)
class GridPlan:
    """The cards' places in a room of some size; lengths in columns and rows of the terminal."""

    columns: int
    rows: int
    scale: int
    """Columns one pixel is wide."""
    card_width: int
    picture_rows: int
    caption_rows: int
    gap_x: int
    gap_y: int
    left: int
    top: int
    fits: bool
    """Whether one whole card has room; it is clipped otherwise."""

    @property
    def per_screen(self) -> int:
        return self.columns * self.rows

    @property
    def card_height(self) -> int:
        return self.picture_rows + self.caption_rows

    @property
    def height(self) -> int:
        """Rows from the first card's top to the last caption."""
        return self.rows * self.card_height + (self.rows - 1) * self.gap_y

    def place(self, slot: int) -> tuple[int, int]:
        """Left and top of the card in a slot, counted from 0 along the rows."""
        row, column = divmod(slot, self.columns)
        return (
            self.left + column * (self.card_width + self.gap_x),
            self.top + row * (self.card_height + self.gap_y),
        )


def plan_grid(width: int, height: int, count: int, size: int = 16, caption_rows: int = 1) -> GridPlan:
    """Lay out ``count`` cards of ``size`` × ``size`` pixels in ``width`` columns and ``height`` rows.

    The largest scale that shows them all; where none does, as many as fit at scale 1. Rows are filled evenly, and
    what is left becomes air between the cards, then around them.
    """
    count = max(1, count)
    for scale in range(LARGEST_SCALE, 0, -1):
        card_width, picture_rows = card_size(size, scale)
        columns = width // card_width
        rows = height // (picture_rows + caption_rows)
        if min(columns * rows, MOST_VISIBLE) >= count:
            break
    fits = columns >= 1 and rows >= 1
    columns, rows = min(max(1, columns), MOST_VISIBLE), max(1, rows)
    rows = min(rows, max(1, MOST_VISIBLE // columns), -(-count // columns))
    if columns * rows >= count:
        columns = -(-count // rows)
    free_x = max(0, width - columns * card_width)
    free_y = max(0, height - rows * (picture_rows + caption_rows))
    gap_x = _gap(free_x, columns, _WIDEST_GAP)
    gap_y = _gap(free_y, rows, _HIGHEST_GAP)
    return GridPlan(
        columns=columns,
        rows=rows,
        scale=scale,
        card_width=card_width,
        picture_rows=picture_rows,
        caption_rows=caption_rows,
        gap_x=gap_x,
        gap_y=gap_y,
        left=(free_x - gap_x * (columns - 1)) // 2,
        top=(free_y - gap_y * (rows - 1)) // 2,
        fits=fits,
    )


def _gap(free: int, cards: int, most: int) -> int:
    """Air between cards that also leaves as much around them; where that is nothing, all of it goes between."""
    if cards < 2:
        return 0
    return min(most, free // (cards + 1) or free // (cards - 1))
