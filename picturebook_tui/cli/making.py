"""From settings to a book and the plan of reading it, for those who train and those who only check."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.book.pages import Plan
    from picturebook_tui.game.events import RunSettings


def book_and_plan(settings: RunSettings) -> tuple[Book, Plan]:
    """Make both; PictureBookError where the settings make none.

    Loads NumPy, and the drawings: not to be called for a question that needs neither.
    """
    from picturebook_tui.book.load import load_book
    from picturebook_tui.book.pages import Plan

    book = load_book(
        settings.book,
        pictures=settings.pictures,
        unseen=settings.unseen,
        seed=settings.seed,
        size=settings.size,
        augment=settings.augment,
        wrong_labels=settings.wrong_labels,
        kind=settings.kind,
    )
    plan = Plan(
        pictures=len(book.training),
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        seed=settings.seed,
        shuffle=settings.shuffle,
        drop_last=settings.drop_last,
        steps_per_epoch=settings.steps_per_epoch,
    )
    return book, plan
