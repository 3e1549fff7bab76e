"""A saved run played again, ready to be written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from picturebook_tui.book.atlas import open_atlas
from picturebook_tui.book.book import Book, book_from_recipe
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.codec import event_from_dict
from picturebook_tui.game.run import Phase, Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.records.runs import SavedRun
from picturebook_tui.settings import RunSettings


@dataclass(frozen=True, slots=True)
class Played:
    """A finished run with its board."""

    run_id: int
    day: str
    """When it was begun, in UTC: "2026-03-01"."""
    run: Run
    board: Scoreboard

    @property
    def book(self) -> Book:
        return self.run.book


def played(saved: SavedRun) -> Played:
    """Play a saved run again, to its end.

    Raises
    ------
    PictureBookError
        It was not played to its end, or does not fit together any more.
    """
    unfinished = PictureBookError(
        f"Run {saved.run_id} is not finished yet: play it to its end first, `picturebook` offers it on Home."
    )
    if saved.status != "finished":
        raise unfinished
    book = book_from_recipe(saved.recipe)
    events = [event_from_dict(kind, payload) for kind, payload in saved.events]
    try:
        run = Run.restore(RunSettings.from_dict(saved.settings), book, events)
    except TypeError as error:
        # Settings of another type than they should be.
        raise PictureBookError(f"Run {saved.run_id} can't be read, its record is damaged: choose another.") from error
    if run.phase is not Phase.FINISHED:
        raise unfinished
    return Played(saved.run_id, saved.created_at[:10], run, Scoreboard.of(run))


def artist_namer(book: Book) -> Callable[[str], str]:
    """What to call an artist by their key; "" where artists are this book's labels, and naming one says nothing new."""
    pictures = (*book.training.pictures, *book.unseen.pictures)
    if all(picture.artist == book.labels[picture.label] for picture in pictures) or not book.held_out:
        return lambda key: ""
    # Short enough for a caption.
    titles = {artist.key: artist.title.replace(' "blob" era', "") for artist in open_atlas().artists}
    # Creatures of the game's own drawing are no artist's.
    return lambda key: titles.get(key, "")
