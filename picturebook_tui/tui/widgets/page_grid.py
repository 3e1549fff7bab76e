"""The page: a batch as cards, each a picture with a caption.

One widget for the player, a plain widget a card for the screen: Textual writes a line from the left edge of the
widget that changed, so a caption of its own costs a hundred bytes where a row of five would cost three hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.color import Color
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.tui.depth import DEPTHS, ColourDepth
from picturebook_tui.tui.theme import tone_style
from picturebook_tui.tui.widgets.drawing import Part, centred, fit
from picturebook_tui.tui.widgets.page_plan import MOST_VISIBLE, GridPlan, plan_grid
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


class _CardsLayout(Layout):
    """Places the cards of a ``PageGrid`` where its plan says."""

    name = "cards"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        assert isinstance(parent, PageGrid)
        plan = parent.replan(size)
        places = zip(children[: min(plan.per_screen, parent.shown)], range(plan.per_screen), strict=False)
        return [
            WidgetPlacement(
                Region(*plan.place(slot), plan.card_width, plan.card_height), NULL_OFFSET, NULL_SPACING, card
            )
            for card, slot in places
        ]


class Card(Widget, can_focus=False):
    """One slot of the page; asks its grid what lies there."""

    def __init__(self, grid: PageGrid, slot: int) -> None:
        super().__init__()
        self._grid = grid
        self._slot = slot
        self._caption_key: object = None
        self._captions: list[Strip] = []

    @property
    def index(self) -> int:
        """The card's number on the page, from 0."""
        return self._grid.first_visible + self._slot

    def render_lines(self, crop: Region) -> list[Strip]:
        # The picture's strips go out as they are, text and all; Textual's own cache would render them anew.
        lines = [*self._picture(), *self._caption()][crop.y : crop.bottom]
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def _picture(self) -> list[Strip]:
        grid = self._grid
        view = grid.view_at(self.index)
        if view is None or grid.is_covered(self.index):
            return self._back()
        return picture_strips(
            view.pixels,
            grid.depth,
            grid.plan.scale,
            emoji=view.emoji,
            letter=view.letter,
            hide_artist=grid.hide_artist,
        )

    def _back(self) -> list[Strip]:
        """A card that lies face down."""
        width, rows = self._grid.plan.card_width, self._grid.plan.picture_rows
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
        grid = self._grid
        index = self.index
        mark = grid.mark_at(index)
        under_cursor = index == grid.cursor
        plan = grid.plan
        background = self.background_colors[1]
        key = (mark, under_cursor, plan, background, grid.depth, self.app.theme)
        if key != self._caption_key:
            self._caption_key = key
            self._captions = self._draw_caption(mark, under_cursor, plan, background)
        return self._captions

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
        self._grid.post_message(PageGrid.CardClicked(self._grid, self.index, event.button, zone))


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
    if cursor and "▸" not in text:
        text = f"▸ {fit(text, width - 4)} ◂"
    if rows < 2:
        if not second or cursor:
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


class PageGrid(Widget, can_focus=False):
    """The cards of one page, as many as have room; it scrolls by rows to keep the cursor in sight.

    Parameters
    ----------
    depth : the colour depth to draw in; None asks the app (``app.depth``).
    hide_artist : where the artist is what is asked for, the letters that tell artists apart are left away.
    """

    DEFAULT_CSS = """
    PageGrid {
        width: 1fr;
        height: 1fr;
        overflow: hidden hidden;
    }
    """

    class CardClicked(Message):
        """A card was clicked with the mouse."""

        def __init__(self, grid: PageGrid, index: int, button: int, zone: Zone) -> None:
            super().__init__()
            self.grid = grid
            self.index = index
            """The card's number on the page, from 0."""
            self.button = button
            """1 left, 2 middle, 3 right."""
            self.zone = zone

        @property
        def control(self) -> PageGrid:
            return self.grid

    class WindowMoved(Message):
        """Other cards, or another number of them, are on the screen: ``window_text`` says something else."""

        def __init__(self, grid: PageGrid) -> None:
            super().__init__()
            self.grid = grid

        @property
        def control(self) -> PageGrid:
            return self.grid

    def __init__(
        self,
        *,
        depth: ColourDepth | None = None,
        hide_artist: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.hide_artist = hide_artist
        self._depth = depth
        self._views: tuple[CardView, ...] = ()
        self._marks: list[CardMark] = []
        self._covered: set[int] = set()
        self._caption_rows = 1
        self._room_for = 0
        self._cursor: int | None = None
        self._first_visible = 0
        self._plan = plan_grid(80, 18, 10)
        self._window_told = ""
        self._cards_layout = _CardsLayout()

    @property
    def layout(self) -> Layout:
        # Styles only take layouts that Textual knows by name.
        return self._cards_layout

    # -- what is shown ----------------------------------------------------------------------------------------

    def set_cards(
        self,
        cards: Sequence[CardView],
        captions: Sequence[CardMark] = (),
        caption_rows: int = 1,
        *,
        covered: bool = False,
        room_for: int = 0,
    ) -> None:
        """Deal a page. Captions that are not given are empty; the cursor is taken away.

        Parameters
        ----------
        covered : all cards face down; ``reveal`` turns them over.
        room_for : lay out as for this many cards (the batch size), so that a short last page looks like the others.
        """
        self._views = tuple(cards)
        self._marks = [*captions, *[EMPTY] * (len(cards) - len(captions))]
        self._caption_rows = caption_rows
        self._room_for = room_for
        self._covered = set(range(len(cards))) if covered else set()
        self._cursor = None
        self._first_visible = 0
        self._replenish()
        if self.content_size:
            self.replan(self.content_size)
        self._lay_out_anew()

    def mark(self, index: int, mark: CardMark) -> None:
        """Change one caption; only that caption is painted again."""
        if self._marks[index] != mark:
            self._marks[index] = mark
            self._repaint_caption(index)

    def reveal(self, index: int, mark: CardMark) -> None:
        """Turn a card face up and caption it."""
        self._marks[index] = mark
        if index in self._covered:
            self._covered.discard(index)
            if (card := self._card(index)) is not None:
                card.refresh()
        else:
            self._repaint_caption(index)

    @property
    def marks(self) -> tuple[CardMark, ...]:
        """The captions, card by card."""
        return tuple(self._marks)

    @property
    def cursor(self) -> int | None:
        """The card that is asked about. Setting it paints the two captions concerned, or scrolls."""
        return self._cursor

    @cursor.setter
    def cursor(self, index: int | None) -> None:
        if index == self._cursor:
            return
        before, self._cursor = self._cursor, index
        if index is not None and self._bring_into_sight(index):
            return
        for changed in (before, index):
            if changed is not None:
                self._repaint_caption(changed)

    @property
    def depth(self) -> ColourDepth:
        """The colour depth the pictures are drawn in."""
        if self._depth is not None:
            return self._depth
        asked = getattr(self.app, "depth", "truecolor")
        return next((depth for depth in DEPTHS if depth == asked), "truecolor")

    @depth.setter
    def depth(self, depth: ColourDepth | None) -> None:
        self._depth = depth
        self._repaint_cards()

    # -- the window over the page -----------------------------------------------------------------------------

    @property
    def plan(self) -> GridPlan:
        return self._plan

    @property
    def columns(self) -> int:
        """Cards in a row."""
        return self._plan.columns

    @property
    def rows(self) -> int:
        """Rows of cards on the screen."""
        return self._plan.rows

    @property
    def per_screen(self) -> int:
        """Cards on the screen at once."""
        return self._plan.per_screen

    @property
    def first_visible(self) -> int:
        """The first card on the screen, from 0; always the first of a row."""
        return self._first_visible

    @property
    def shown(self) -> int:
        """Cards on the screen now."""
        return max(0, min(self.per_screen, len(self._views) - self._first_visible))

    @property
    def window_text(self) -> str:
        """ "cards 4–6 of 10", or "" while all of them are on the screen."""
        if self.shown == len(self._views):
            return ""
        return f"cards {self._first_visible + 1}–{self._first_visible + self.shown} of {len(self._views)}"

    def scroll_rows(self, rows: int) -> None:
        """Move the window down (up where negative) by rows of cards, as far as there are any."""
        last_row = max(0, -(-len(self._views) // self.columns) - self.rows)
        row = min(last_row, max(0, self._first_visible // self.columns + rows))
        if row * self.columns != self._first_visible:
            self._first_visible = row * self.columns
            self._lay_out_anew()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-1)

    def replan(self, size: Size) -> GridPlan:
        """Lay out for ``size``; the layout asks for this."""
        pixels = len(self._views[0].pixels) if self._views else 16
        count = max(len(self._views), self._room_for)
        plan = plan_grid(size.width, size.height, count, pixels, self._caption_rows)
        if plan != self._plan:
            self._plan = plan
            anchor = self._first_visible if self._cursor is None else self._cursor
            self._first_visible = self._window_for(anchor)
        self._tell_window()
        return plan

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Rows that show every card at scale 1, for ``height: auto``."""
        pixels = len(self._views[0].pixels) if self._views else 16
        count = max(len(self._views), self._room_for)
        card_rows = (pixels + 1) // 2 + self._caption_rows
        return -(-count // max(1, width // pixels)) * card_rows

    def _window_for(self, index: int) -> int:
        """The first card to show so that ``index`` is in sight, moving as little as can be."""
        columns, rows = self.columns, self.rows
        last_row = max(0, -(-len(self._views) // columns) - rows)
        row, first = index // columns, self._first_visible // columns
        return min(last_row, max(min(first, row), row - rows + 1)) * columns

    def _bring_into_sight(self, index: int) -> bool:
        first = self._window_for(index)
        if first == self._first_visible:
            return False
        self._first_visible = first
        self._lay_out_anew()
        return True

    def _lay_out_anew(self) -> None:
        # A layout that is asked for clears what its ancestors remember, not what the widget itself does.
        self._clear_arrangement_cache()
        self.refresh(layout=True)
        self._tell_window()

    def _tell_window(self) -> None:
        if self.window_text != self._window_told:
            self._window_told = self.window_text
            # Later: made while the screen lays out, the message would be the screen's own and go no further.
            self.call_later(self._post_window_moved)

    def _post_window_moved(self) -> None:
        self.post_message(self.WindowMoved(self))

    # -- for the cards ----------------------------------------------------------------------------------------

    def view_at(self, index: int) -> CardView | None:
        return self._views[index] if index < len(self._views) else None

    def mark_at(self, index: int) -> CardMark:
        return self._marks[index] if index < len(self._marks) else EMPTY

    def is_covered(self, index: int) -> bool:
        return index in self._covered

    def on_mount(self) -> None:
        self._replenish()

    def _replenish(self) -> None:
        """Keep a card widget for every slot that can come to be on the screen; spare ones stay unplaced."""
        if not self.is_attached:
            return
        have = len(self.children)
        need = min(len(self._views), MOST_VISIBLE)
        if need > have:
            self.mount_all(Card(self, slot) for slot in range(have, need))

    def _card(self, index: int) -> Card | None:
        slot = index - self._first_visible
        if not 0 <= slot < min(self.shown, len(self.children)):
            return None
        card = self.children[slot]
        assert isinstance(card, Card)
        return card

    def _repaint_caption(self, index: int) -> None:
        if (card := self._card(index)) is not None:
            card.refresh(Region(0, self._plan.picture_rows, self._plan.card_width, self._plan.caption_rows))

    def _repaint_cards(self) -> None:
        for card in self.children:
            card.refresh()
