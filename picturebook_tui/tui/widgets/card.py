"""One card of the page: a picture, or its back, and a caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.cache import LRUCache
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip

from picturebook_tui.tui.depth import ColourDepth
from picturebook_tui.tui.textual_internals import Direct
from picturebook_tui.tui.theme import tone_style
from picturebook_tui.tui.widgets.drawing import Part, centred, fit
from picturebook_tui.tui.widgets.page_plan import GridPlan
from picturebook_tui.tui.widgets.pixels import picture_strips

Tone = Literal["empty", "cursor", "answered", "right", "wrong", "note", "you", "model", "quiet"]
Zone = Literal["left", "right", "caption"]
"""Where on a card was clicked: a half of its picture, or below."""

_SIGNS = {"right": "✓", "wrong": "✗"}
"""Said by shape as well as colour."""


@dataclass(frozen=True, slots=True, eq=False)
class CardView:
    """What a card shows of one picture."""

    key: object
    """Whatever the screen knows the picture by."""
    pixels: NDArray[np.uint8]
    """uint8 (size, size, 3), the size the same for all cards of a page."""
    emoji: str
    letter: str
    """The artist's, "A" to "I": tells repeated emoji apart where colours are few."""
    name: str


@dataclass(frozen=True, slots=True)
class CardMark:
    """A caption: text, and a second one under it, or beside it where captions have a single row."""

    text: str
    """"" is shown as "·"."""
    tone: Tone
    """"right" and "wrong" put ✓ or ✗ in front, unless the text has it already."""
    second: str = ""
    second_tone: Tone = "note"


EMPTY = CardMark("", "empty")

_drawn: LRUCache[tuple[object, ...], list[Strip]] = LRUCache(1024)
"""Captions and backs by all that they depend on: a few words come again and again, on every page of every player."""


def signed(text: str, tone: str) -> str:
    """The text with ✓ or ✗ in front where its tone asks for one and it has none."""
    sign = _SIGNS.get(tone, "")
    return f"{sign} {text}" if sign and not any(mark in text for mark in _SIGNS.values()) else text


def caption_parts(mark: CardMark, width: int, rows: int, *, cursor: bool = False) -> list[list[Part]]:
    """A caption's ``rows`` lines, each of exactly ``width`` columns; on a single row ``second`` stands at the right."""
    text = signed(mark.text, mark.tone)
    if not text and mark.tone == "empty":
        text = "?" if cursor else "·"
    second = signed(mark.second, mark.second_tone)
    if cursor and second and rows < 2:
        # What was said stays under the cursor too; the arrows give way where there is no room for them.
        both = f"{text} {second}"
        told = f"▸{both}◂" if cell_len(both) + 2 <= width else fit(both, width)
        return [[(centred(told, width), mark.tone)]]
    if cursor and "▸" not in text:
        text = f"▸ {fit(text, width - 4)} ◂"
    if rows < 2:
        if not second:
            return [[(centred(text, width), mark.tone)]]
        second = fit(second, width - 3)
        free = width - cell_len(second)
        # Both together in the middle of the card, the text giving way.
        text = fit(text, free - 1)
        left = (free - 1 - cell_len(text)) // 2
        before = " " * left + text + " "
        return [
            [
                (before, mark.tone),
                (second + " " * (free - cell_len(before)), mark.second_tone),
            ]
        ]
    lines: list[list[Part]] = [[(centred(text, width), mark.tone)], [(centred(second, width), mark.second_tone)]]
    return lines + [[(" " * width, "text")]] * (rows - 2)


class CardSource(Protocol):
    """What a card asks its page."""

    hide_artist: bool

    @property
    def depth(self) -> ColourDepth: ...

    @property
    def plan(self) -> GridPlan: ...

    @property
    def cursor(self) -> int | None: ...

    @property
    def first_visible(self) -> int: ...

    @property
    def ground(self) -> Color: ...

    def view_at(self, index: int) -> CardView | None: ...

    def mark_at(self, index: int) -> CardMark: ...

    def is_covered(self, index: int) -> bool: ...

    def card_clicked(self, index: int, button: int, zone: Zone) -> None: ...


def drawn(page: CardSource, view: CardView) -> list[Strip]:
    """A picture as a page draws it; the same objects again while they are remembered."""
    return picture_strips(
        view.pixels,
        page.depth,
        page.plan.scale,
        emoji=view.emoji,
        letter=view.letter,
        hide_artist=page.hide_artist,
    )


class Card(Direct, can_focus=False):
    """One slot of the page; asks its grid what lies there."""

    def __init__(self, grid: CardSource, slot: int) -> None:
        super().__init__()
        self._grid = grid
        self._slot = slot
        self._picture_key: object = None
        self._pictured: list[Strip] = []

    @property
    def index(self) -> int:
        """The card's number on the page, from 0."""
        return self._grid.first_visible + self._slot

    def render_lines(self, crop: Region) -> list[Strip]:
        # The picture's strips go out as they are, text and all; Textual's own cache would render them anew.
        rows = self._grid.plan.picture_rows
        lines = self._picture()[crop.y : crop.bottom] if crop.y < rows else []
        if crop.bottom > rows:
            lines = [*lines, *self._caption()[max(0, crop.y - rows) : crop.bottom - rows]]
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def _picture(self) -> list[Strip]:
        grid = self._grid
        view = grid.view_at(self.index)
        if view is None or grid.is_covered(self.index):
            return self._back()
        key = (view, grid.depth, grid.plan.scale, grid.hide_artist)
        if key != self._picture_key:
            self._picture_key = key
            self._pictured = drawn(grid, view)
        return self._pictured

    def _back(self) -> list[Strip]:
        """A card that lies face down."""
        width, rows = self._grid.plan.card_width, self._grid.plan.picture_rows
        key = (width, rows, self.app.theme, *self._filters_told())
        if (drawn := _drawn.get(key)) is None:
            _drawn[key] = drawn = self._draw_back(width, rows)
        return drawn

    def _draw_back(self, width: int, rows: int) -> list[Strip]:
        cloth = Color.parse(self.app.theme_variables.get("panel", "#1f2949"))
        style = tone_style(self, "border", background=cloth)
        lines: list[Strip] = []
        for row in range(rows):
            if row in (0, rows - 1):
                text = ("╭", "╰")[row > 0] + "─" * (width - 2) + ("╮", "╯")[row > 0]
            else:
                # A quilt of dots, every second row shifted.
                dots = "".join("·" if (column + row * 2) % 4 == 1 else " " for column in range(width - 2))
                text = f"│{dots}│"
            lines.append(Strip([Segment(text, style)], width))
        return self._filtered(lines, cloth)

    def _caption(self) -> list[Strip]:
        grid, index = self._grid, self.index
        mark, under_cursor, plan = grid.mark_at(index), index == grid.cursor, grid.plan
        background = grid.ground
        key = (mark, under_cursor, plan, background, self.app.theme, *self._filters_told())
        if (drawn := _drawn.get(key)) is None:
            _drawn[key] = drawn = self._draw_caption(mark, under_cursor, plan, background)
        return drawn

    def _draw_caption(self, mark: CardMark, under_cursor: bool, plan: GridPlan, background: Color) -> list[Strip]:
        width = plan.card_width
        lines: list[Strip] = []
        for number, parts in enumerate(caption_parts(mark, width, plan.caption_rows, cursor=under_cursor)):
            lit = under_cursor and number == 0
            lines.append(
                Strip(
                    [
                        Segment(text, tone_style(self, "cursor" if lit else tone, background=background, reverse=lit))
                        for text, tone in parts
                    ],
                    width,
                )
            )
        return self._filtered(lines, background)

    def _filters_told(self) -> list[object]:
        """What is done to colours on their way out, as something that two apps can have in common."""
        return [(type(one), getattr(one, "depth", None)) for one in self.get_line_filters()]

    def _filtered(self, lines: list[Strip], background: Color) -> list[Strip]:
        for line_filter in self.get_line_filters():
            lines = [line.apply_filter(line_filter, background) for line in lines]
        return lines

    def on_click(self, event: events.Click) -> None:
        event.stop()
        plan = self._grid.plan
        zone: Zone = "left" if event.x < plan.card_width / 2 else "right"
        if event.y >= plan.picture_rows:
            zone = "caption"
        self._grid.card_clicked(self.index, event.button, zone)
