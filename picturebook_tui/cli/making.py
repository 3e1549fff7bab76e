"""From settings to a book and the plan of reading it, for those who train and those who only check."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.book.pages import Plan
    from picturebook_tui.settings import RunSettings


def book_and_plan(settings: RunSettings) -> tuple[Book, Plan]:
    """Make both; PictureBookError where the settings make none.

    Loads NumPy, and the drawings: not to be called for a question that needs neither.
    """
    from picturebook_tui.game.making import make_book, make_plan

    book = make_book(settings)
    return book, make_plan(settings, book)
