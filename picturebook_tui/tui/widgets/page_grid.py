"""The page: a batch as cards, each a picture with a caption.

One widget for the player, a plain widget a card for the screen: Textual writes a line from the left edge of the
widget that changed, so a caption of its own costs a hundred bytes where a row of five would cost three hundred.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.color import Color
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from picturebook_tui.tui.depth import DEPTHS, ColourDepth
from picturebook_tui.tui.textual_internals import DirectScreen, forget_arrangement
from picturebook_tui.tui.widgets.card import EMPTY, Card, CardMark, CardView, Tone, Zone, drawn
from picturebook_tui.tui.widgets.page_plan import MOST_VISIBLE, GridPlan, plan_grid

__all__ = ["EMPTY", "Card", "CardMark", "CardView", "PageGrid", "Tone", "Zone"]


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
        self._ground_of: tuple[str, ColourDepth] | None = None
        """Theme and depth that ``_ground`` was asked for: each asking goes through all that lies behind."""
        self._ground = Color(0, 0, 0)

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
        before = (self._plan, self._first_visible, self.shown, len(self.children))
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
        if before == (self._plan, self._first_visible, self.shown, len(self.children)):
            # Other cards in the same places: laying out a screen costs as much as painting the page.
            self._repaint_cards()
            self._tell_window()
        else:
            self._lay_out_anew()

    def draw_ahead(self, view: CardView) -> None:
        """Draw a card of another page, to be found when that is dealt."""
        for strip in drawn(self, view):
            strip.render(self.app.console)

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
        """ "cards 4–6 of 10", "card 4 of 10", or "" while all of them are on the screen."""
        if self.shown == len(self._views):
            return ""
        if self.shown == 1:
            return f"card {self._first_visible + 1} of {len(self._views)}"
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
            # What is remembered for other sizes is of another plan: back at one of them, this has to be asked again.
            forget_arrangement(self)
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
        forget_arrangement(self)
        self.refresh(layout=True)
        if isinstance(self.screen, DirectScreen):
            self.screen.await_layout(self)
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

    @property
    def ground(self) -> Color:
        """What the captions lie on."""
        worn = (self.app.theme, self.depth)
        if worn != self._ground_of:
            self._ground_of, self._ground = worn, self.background_colors[1]
        return self._ground

    def card_clicked(self, index: int, button: int, zone: Zone) -> None:
        self.post_message(self.CardClicked(self, index, button, zone))

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
