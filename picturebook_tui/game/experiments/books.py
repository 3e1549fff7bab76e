"""An experiment's book."""

from __future__ import annotations

from dataclasses import replace

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book
from picturebook_tui.game.experiments.settings import Settings


def book_of(settings: Settings, seed: int, *, pictures: int | None = None) -> Book:
    """Make the experiment's book, with as many unseen pictures as its text says, as even between the labels as it is.

    No artist is held out where it looks at no unseen picture.
    """
    book = load_book(settings.book, pictures=pictures or settings.pictures, unseen=settings.unseen, seed=seed)
    return replace(book, unseen=book.unseen.first(book.unseen_cards))
