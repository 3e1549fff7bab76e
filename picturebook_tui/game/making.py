"""From a run's settings to its book and its plan: one place, so that every way into a run means the same by them."""

from __future__ import annotations

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book
from picturebook_tui.book.pages import Plan
from picturebook_tui.game.events import RunSettings
from picturebook_tui.game.glimpse import check_glimpse


def make_book(settings: RunSettings) -> Book:
    """The book that these settings ask for; PictureBookError where there is none, or no such glimpse."""
    check_glimpse(settings.glimpse_ms)
    return load_book(
        settings.book,
        pictures=settings.pictures,
        unseen=settings.unseen,
        seed=settings.seed,
        size=settings.size,
        augment=settings.augment,
        wrong_labels=settings.wrong_labels,
        kind=settings.kind,
        distortion=settings.distortion,
        distortion_level=settings.distortion_level,
    )


def make_plan(settings: RunSettings, book: Book) -> Plan:
    """The order in which the book is read under these settings; PictureBookError where they make none."""
    return Plan(
        pictures=len(book.training),
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        seed=settings.seed,
        shuffle=settings.shuffle,
        drop_last=settings.drop_last,
        steps_per_epoch=settings.steps_per_epoch,
    )
