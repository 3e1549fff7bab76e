"""The pictures that an experiment marked, one by one: those never shown, or those that each learner missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from textual.widget import Widget

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.words import times
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.screens.base import BookScreen, Line
from picturebook_tui.tui.screens.page_words import card_letter
from picturebook_tui.tui.widgets.page_grid import CardMark, CardView, PageGrid

if TYPE_CHECKING:
    from picturebook_tui.book.book import Picture, Pixels
    from picturebook_tui.game.lessons import Bet
    from picturebook_tui.jobs import Job

MISSED = "missed_"
"""Before the name of the series whose learner missed them: positions among the unseen pictures."""


class MarkedScreen(BookScreen[None]):
    """A grid of them with a cursor; the line below says what was the matter with each."""

    COMMANDS_HERE = (
        Command("move(-1)", ("left", "h"), "←", "before", "The picture before.", in_line=False, in_palette=False),
        Command("move(1)", ("right", "l", "space"), "←→", "picture", "The next picture.", in_palette=False),
        Command("row(-1)", ("up", "k"), "↑", "row above", "The row above.", in_line=False, in_palette=False),
        Command("row(1)", ("down", "j"), "↑↓", "row", "The row below.", in_palette=False),
        Command("leave", ("escape", "q", "enter", "p"), "q", "back", "Back to the answer."),
    )
    DEFAULT_CSS = """
    MarkedScreen > PageGrid { height: 1fr; }
    MarkedScreen > #told { padding: 0 1; }
    """

    def __init__(self, bet: Bet, seed: int, marked: Mapping[str, tuple[int, ...]]) -> None:
        super().__init__()
        self._bet = bet
        self._seed = seed
        self._who: dict[tuple[bool, int], list[str]] = {}
        """Unseen or of the book, and position; which series' learners missed it (none: it was left out)."""
        for kind, positions in marked.items():
            unseen = kind.startswith(MISSED)
            for position in positions:
                who = self._who.setdefault((unseen, position), [])
                if unseen:
                    who.append(kind.removeprefix(MISSED))
        self._names: tuple[str, ...] = ()
        self._found: Job[tuple[Picture, Pixels], None] | None = None

    def compose_body(self) -> Iterable[Widget]:
        yield PageGrid(id="pictures")
        yield Line("", id="told")

    async def on_mount(self) -> None:
        self.run_worker(self._fill(), exclusive=True, group="marked")

    def on_unmount(self) -> None:
        if self._found is not None:
            self._found.leave()

    def title_text(self) -> str:
        return times(len(self._who), "picture")

    async def _fill(self) -> None:
        # The book is made again, by the run's seed: a twentieth of a second, or half a second.
        found = self._found = self.book_app.jobs.submit(self._bet.pictures, self._seed, tuple(self._who), urgent=True)
        try:
            await found.outcome()
        except PictureBookError as error:
            self.query_one("#told", Line).say(str(error))
            return
        cards = [
            CardView(
                key=(self._bet.key, self._seed, *place),
                pixels=pixels,
                emoji=picture.emoji,
                letter=card_letter(picture.artist, picture.name),
                name=picture.name,
            )
            for place, (picture, pixels) in zip(self._who, found.told, strict=False)
        ]
        self._names = tuple(card.name for card in cards)
        grid = self.query_one(PageGrid)
        grid.set_cards(cards, [CardMark(card.name, "note") for card in cards])
        grid.cursor = 0 if cards else None
        self._tell()

    def _tell(self) -> None:
        cursor = self.query_one(PageGrid).cursor
        if cursor is None:
            return
        who = list(self._who.values())[cursor]
        told = "missed by both" if len(who) > 1 else f"missed by: {self._bet.names[who[0]]}" if who else "left out"
        self.query_one("#told", Line).say(f"{cursor + 1}/{len(self._names)} {self._names[cursor]} · {told}")

    def action_move(self, by: int) -> None:
        grid = self.query_one(PageGrid)
        if grid.cursor is not None and 0 <= grid.cursor + by < len(self._names):
            grid.cursor += by
            self._tell()

    def action_row(self, by: int) -> None:
        self.action_move(by * self.query_one(PageGrid).columns)

    def on_page_grid_card_clicked(self, event: PageGrid.CardClicked) -> None:
        event.stop()
        self.query_one(PageGrid).cursor = event.index
        self._tell()
