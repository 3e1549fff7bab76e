"""The page as it lies on the table: cards, captions, scores, prompt, and what stands beside them.

What can be done with it, and what comes next, is ``play.py``'s business; what it says stands in ``page_words.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Horizontal
from textual.widget import Widget

from picturebook_tui.game.run import Phase
from picturebook_tui.tui.screens import page_words
from picturebook_tui.tui.screens.base import BookScreen, Line
from picturebook_tui.tui.screens.one_by_one import OneByOne
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.code_lens import CodeLens
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.page_grid import CardView, PageGrid
from picturebook_tui.tui.widgets.page_plan import plan_grid
from picturebook_tui.tui.widgets.score_lines import ScoreLines
from picturebook_tui.tui.widgets.side_panel import SidePanel

REVEAL_SECONDS = 0.8
"""The whole page is uncovered in this time, card after card: long enough to follow, short enough not to wait for."""

DEAL_SECONDS = 0.3
"""A new page's cards are turned up in this time, so that one sees that it is new."""

AHEAD = 3
AHEAD_SECONDS = 0.1
"""So many cards of the next page are drawn every so often while this one is looked at; each takes half a
millisecond."""

MADE_ANEW = "The saved games were removed or replaced: this run was saved again, whole, in a fresh place."

SIDE_FROM = 120
"""Columns from which there is room for curves and the learner beside the page."""


class PageScreen(BookScreen[None]):
    """Shows whatever phase a run's page is in."""

    watched: ClassVar[bool] = False
    """A simulated child answers; any key ends that."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.run = session.run
        self._reveal = OneByOne(self, REVEAL_SECONDS, self._tell_card, self._all_told)
        self._dealing = OneByOne(self, DEAL_SECONDS, self._turn_up)
        self._ahead: list[CardView] = []
        """Cards of the next page that are not drawn yet."""
        self._rows_shown = 1
        self._told_trouble: list[str] = []
        self._told_anew = False
        self._welcome_back = ""
        """Stands in the prompt's place until something is done, however often the page is laid out anew."""

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="table"):
            yield PageGrid(id="grid", hide_artist=page_words.artists_hidden(self.run.book))
            yield CodeLens(id="lens")
            yield SidePanel(id="side")
        yield ScoreLines(id="score")
        yield Line("", id="prompt")
        yield KeyLine(id="answers")

    async def on_mount(self) -> None:
        if told := page_words.colours_told(self.run.book, self.book_app.depth):
            # Before this screen is painted it would be said on the one below.
            self.call_after_refresh(self.book_app.say, told)

    @property
    def _answering(self) -> bool:
        return self.run.phase in (Phase.ANSWERING, Phase.UNSEEN)

    @property
    def _caption_rows(self) -> int:
        """Two lines under a picture where that costs no card its place on the screen."""
        room, cards, size = self.query_one(PageGrid).size, self.run.settings.batch_size, self.run.book.size
        one, two = (plan_grid(room.width, room.height, cards, size, rows) for rows in (1, 2))
        return 2 if (one.per_screen, one.scale) == (two.per_screen, two.scale) else 1

    def _lay_out(self, *, face_down: bool = False) -> None:
        """Put the page's cards on the grid, with what is known of each below it."""
        run, grid = self.run, self.query_one(PageGrid)
        assert run.page is not None
        turned = run.last_result
        self._rows_shown = self._caption_rows
        if turned is None:
            captions = [page_words.answer_mark(run, card) for card in range(len(run.answers))]
        else:
            captions = page_words.result_marks(run, turned, self._rows_shown)
        cards = page_words.card_views(run, run.page)
        grid.set_cards(cards, captions, self._rows_shown, covered=face_down, room_for=run.settings.batch_size)

    async def _show_words(self) -> None:
        """Title, scores, prompt, keys and side panel, as the phase wants them."""
        board = await self.session.board()
        self.show_title()
        if not self._reveal.under_way:
            # While cards are being uncovered the bars and curves stay, or they would tell before the cards do.
            self.query_one(ScoreLines).show(page_words.score_view(self.run, board, watched=self.watched))
        self._prompt()
        self.query_one("#answers", KeyLine).set_keys(page_words.answer_keys(self.run))
        self.show_keys()
        side = self.query_one(SidePanel)
        if side.display and not self._reveal.under_way:
            side.show(page_words.side_view(self.run, board, watched=self.watched))

    def on_page_grid_window_moved(self, event: PageGrid.WindowMoved) -> None:
        """Other cards are on the screen: the prompt says which."""
        event.stop()
        self._prompt()

    # -- one card after another ----------------------------------------------------------------------------

    def _tell_card(self, card: int) -> None:
        result = self.run.last_result
        if result is None:
            return
        grid = self.query_one(PageGrid)
        if card >= grid.first_visible + grid.shown:
            grid.scroll_rows(1)
        grid.mark(card, page_words.result_mark(self.run, result, card, self._rows_shown))

    def _all_told(self) -> None:
        self.query_one(PageGrid).scroll_rows(-len(self.run.answers))
        self.call_later(self._show_words)
        following = self.run.following
        self._ahead = [] if following is None else page_words.card_views(self.run, following)
        self._draw_soon()

    def _draw_soon(self) -> None:
        if self._ahead:
            # A timer of Textual's is a task of its own, which costs as much as drawing a card.
            asyncio.get_running_loop().call_later(AHEAD_SECONDS, self._draw_ahead)

    def _draw_ahead(self) -> None:
        """Some cards of the page that comes next, so that the key that goes on finds them drawn."""
        some, self._ahead = self._ahead[:AHEAD], self._ahead[AHEAD:]
        if some and not self.gone and self.book_app.drawn:
            # None where the app is just ending: its screens lose their parts without being left.
            for grid in self.query(PageGrid):
                for view in some:
                    grid.draw_ahead(view)
            self._draw_soon()

    def _turn_up(self, card: int) -> None:
        grid = self.query_one(PageGrid)
        if card < len(grid.marks):
            grid.reveal(card, grid.marks[card])

    # -- words ----------------------------------------------------------------------------------------------

    def _prompt(self, text: str | None = None) -> None:
        grid = self.query_one(PageGrid)
        if text is None:
            text = self._welcome_back or page_words.prompt(
                self.run, grid.cursor, not self._reveal.under_way, grid.window_text, watched=self.watched
            )
        self.query_one("#prompt", Line).say(text)

    def _tell_trouble(self) -> None:
        trouble = self.session.save_trouble
        # Trouble may come and go with each answer: it is told once, and once more where something else is wrong.
        if trouble is not None and trouble not in self._told_trouble and len(self._told_trouble) < 2:
            self.book_app.say(trouble, title="Not saved")
            self._told_trouble.append(trouble)
        elif trouble is None and self.session.made_anew and not self._told_anew:
            self._told_anew = True
            self.book_app.say(MADE_ANEW)

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        side = self.query_one(SidePanel)
        if side.display != (width >= SIDE_FROM):
            side.display = width >= SIDE_FROM
        if self.run.page is not None:
            self.call_after_refresh(self._refit)

    async def _refit(self) -> None:
        """After a resize: one or two lines under the pictures, and the side panel filled where it came up."""
        if self.query_one(PageGrid).marks and self._rows_shown != self._caption_rows:
            cursor = self.query_one(PageGrid).cursor
            self._lay_out()
            self.query_one(PageGrid).cursor = cursor
        await self._show_words()
