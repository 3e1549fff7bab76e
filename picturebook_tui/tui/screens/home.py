"""Home: choose a book, turn the knobs, see what follows, and start; or go on where one stopped.

Painted before NumPy and the drawings are loaded: the row of pictures comes a moment later.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from picturebook_tui.book.shelf import SHELF
from picturebook_tui.errors import PictureBookError
from picturebook_tui.settings import HIGHEST_SHORT_SEED
from picturebook_tui.tui.commands import HELP, LEAVE, PALETTE, Command
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.home_knobs import home_settings, knobs_of, turned
from picturebook_tui.tui.screens.knob_screen import KNOB_COMMANDS, KnobScreen
from picturebook_tui.tui.widgets.knobs import Knob, KnobList

if TYPE_CHECKING:
    from picturebook_tui.records.runs import RunHead
    from picturebook_tui.tui.widgets.page_grid import CardView

TALL = (160, 36)
"""Columns and rows from which the row of pictures is drawn twice as large."""

PREVIEW_CARDS = 5
"""What fits one row of 80 columns."""


class HomeScreen(KnobScreen[None]):
    """The first screen, and the one every run comes back to.

    Parameters
    ----------
    given
        Knobs that stand otherwise than usual at first. A seed stays for every run, until somebody turns it.
    """

    COMMANDS_HERE = (
        Command("choose", ("enter", "space"), "⏎", "start", "Open the page: of a new run, or of the one you left."),
        KNOB_COMMANDS[0],
        replace(KNOB_COMMANDS[1], shown="↑↓←→"),
        *(replace(command, in_line=False) for command in KNOB_COMMANDS[2:]),
        Command("go_on", ("c",), "c", "go on", "Continue the latest unfinished run.", in_line=False),
        # The way out and the help before the rest: a narrow key line leaves away the last.
        replace(LEAVE, keys=("q",), label="quit", help="Close Picture Book."),
        HELP,
        Command(
            "chapters",
            ("b",),
            "b",
            "chapters",
            "Ten short lessons: bet on how learning works; a run settles it.",
        ),
        Command("history", ("i",), "i", "history", "Runs you have finished, and those you can go on with."),
        Command("settings", ("s",), "s", "settings", "Theme, colours, motion, curves, bell."),
        Command("speeds", ("t",), "t", "try speeds", "A hundred learning rates on this book, drawn.", in_line=False),
        Command("credits", ("r",), "r", "credits", "Who drew the pictures.", in_line=False),
    )
    DEFAULT_CSS = """
    HomeScreen > #welcome { padding: 0 1; color: $foreground-muted; }
    HomeScreen > #preview { height: 9; }
    HomeScreen.-tall > #preview { height: 19; margin-bottom: 1; }
    HomeScreen > #about { padding: 0 3; height: auto; max-height: 2; text-wrap: wrap; }
    HomeScreen > KnobList { height: 1fr; }
    """

    def __init__(self, given: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__()
        self._given = given
        self.settings = home_settings(given, _short_seed())
        self._unfinished: tuple[RunHead, ...] = ()
        self._previews: dict[str, list[CardView]] = {}

    def compose_body(self) -> Iterable[Widget]:
        yield Line("🧒 You and 🤖 a small network read the same pages.", id="welcome")
        yield Container(id="preview")
        yield Static("", id="about", markup=False)
        yield KnobList(id="knobs")

    async def on_mount(self) -> None:
        await self._look_for_unfinished()
        self._show()
        self.knobs.move_to(0)
        self.call_after_refresh(self._load_pictures)

    async def on_screen_resume(self) -> None:
        """Back from a run, which may have been left unfinished; the next one gets a seed of its own."""
        offered = bool(self._unfinished)
        await self._look_for_unfinished()
        self._show()
        if self._unfinished and not offered:
            self.knobs.move_to(0)

    @property
    def commands(self) -> tuple[Command, ...]:
        here = (command for command in self.COMMANDS_HERE if command.action != "go_on" or self._unfinished)
        return (*here, PALETTE)

    def title_text(self) -> str:
        return "Picture Book"

    # -- what is shown --------------------------------------------------------------------------------------

    async def _look_for_unfinished(self) -> None:
        try:
            heads = await self.book_app.on_records(lambda store: store.unfinished())
            self._unfinished = tuple(head for head in heads if head.answers > 0)
        except PictureBookError as error:
            self.book_app.say(str(error))

    def _show(self) -> None:
        self.knobs.set_rows(self._rows())
        self.query_one("#about", Static).update(SHELF[self.settings.book].about)
        self._show_preview()

    def _rows(self) -> list[Knob]:
        return knobs_of(self.settings, self._unfinished)

    def fit(self, width: int, height: int) -> None:
        super().fit(width, height)
        # From here on pictures of twice the size leave room enough for every knob.
        self.set_class(height >= TALL[1] and width >= TALL[0], "-tall")

    # -- turning knobs --------------------------------------------------------------------------------------

    def turned(self, knob: Knob, direction: int) -> None:
        self.settings = turned(self.settings, knob.id, direction)
        self._show()

    def chosen(self, knob: Knob) -> None:
        if self.held():
            return
        if knob.id == "go_on":
            self.action_go_on()
        else:
            self.book_app.start_run(self.settings)
            if "seed" not in self._given:
                self.settings = replace(self.settings, seed=_short_seed())

    def action_go_on(self) -> None:
        if self._unfinished:
            self.book_app.continue_run(self._unfinished[0].run_id)
        else:
            self.book_app.say("There is no unfinished run to go on with.")

    def action_chapters(self) -> None:
        self.book_app.show_chapters()

    def action_history(self) -> None:
        self.book_app.show_history()

    def action_settings(self) -> None:
        self.book_app.show_settings()

    def action_speeds(self) -> None:
        self.book_app.show_speeds(self.settings, SHELF[self.settings.book].title)

    def action_credits(self) -> None:
        self.book_app.show_credits()

    async def action_leave(self) -> None:
        self.app.exit(0)

    # -- the row of pictures --------------------------------------------------------------------------------

    def _load_pictures(self) -> None:
        self.run_worker(self._fill_previews(), exclusive=True, group="previews")

    async def _fill_previews(self) -> None:
        try:
            self._previews = await asyncio.to_thread(_preview_cards)
        except PictureBookError as error:
            self.book_app.say(str(error))
            return
        from picturebook_tui.tui.widgets.page_grid import PageGrid

        await self.query_one("#preview", Container).mount(PageGrid(id="pictures"))
        self._show_preview()

    def _show_preview(self) -> None:
        from_book = self._previews.get(self.settings.book)
        if from_book is None or not self.query("#pictures"):
            return
        from picturebook_tui.tui.widgets.page_grid import CardMark, PageGrid

        grid = self.query_one("#pictures", PageGrid)
        grid.set_cards(from_book, [CardMark(card.name, "note") for card in from_book])


def _short_seed() -> int:
    return secrets.randbelow(HIGHEST_SHORT_SEED + 1)


@cache
def _preview_cards() -> dict[str, list[CardView]]:
    """A few pictures of each shelf book, each by another artist; runs on a thread of its own. Of all homes."""
    from picturebook_tui.book.atlas import open_atlas
    from picturebook_tui.book.previews import preview_pictures
    from picturebook_tui.tui.screens.page_words import artist_title, card_letter
    from picturebook_tui.tui.widgets.page_grid import CardView

    atlas = open_atlas()
    previews: dict[str, list[CardView]] = {}
    for name, shelf_book in SHELF.items():
        cards = []
        for place, picture in enumerate(preview_pictures(shelf_book, atlas)[:PREVIEW_CARDS]):
            cards.append(
                CardView(
                    key=("preview", name, place),
                    pixels=picture.pixels,
                    emoji=picture.emoji,
                    letter=card_letter(picture.artist, picture.name),
                    name=picture.caption or artist_title(picture.artist),
                )
            )
        previews[name] = cards
    return previews
