"""From a run's settings to its book and its plan: one place, so that every way into a run means the same by them."""

from __future__ import annotations

from dataclasses import replace

from picturebook_tui.book.book import Book
from picturebook_tui.book.counting import steps_per_epoch
from picturebook_tui.book.ladder import distortion_of
from picturebook_tui.book.load import load_book
from picturebook_tui.book.pages import Plan
from picturebook_tui.book.shelf import SHELF, as_name
from picturebook_tui.book.six import kind_by_lot
from picturebook_tui.game.glimpse import check_glimpse
from picturebook_tui.learner.defaults import default_learning_rate, default_optimizer
from picturebook_tui.learner.learner import Learner
from picturebook_tui.settings import RunSettings


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


def make_learner(settings: RunSettings, book: Book) -> Learner:
    """The learner that these settings ask for, as it is before its first page; PictureBookError where there is none."""
    return Learner(
        settings.learner, labels=book.labels, size=book.size, seed=settings.seed, **settings.arguments("Learner")
    )


def make_plan(settings: RunSettings, book: Book) -> Plan:
    """The order in which the book is read under these settings; PictureBookError where they make none."""
    return Plan(
        pictures=len(book.training),
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        seed=settings.seed,
        **settings.arguments("fit"),
    )


def as_used(settings: RunSettings) -> RunSettings:
    """The settings of a run with what was really used wherever nobody had said: it is the same run.

    None stays where there is nothing to use: a book without wrong labels or kinds of rule, pictures as drawn, no
    glimpses.

    Parameters
    ----------
    settings
        A run's own, which hold how many pictures its book has.

    Raises
    ------
    PictureBookError
        Where they make no run.
    """
    optimizer = settings.optimizer or default_optimizer(settings.learner)
    rate, steps = settings.learning_rate, settings.steps_per_epoch
    if steps is None and settings.pictures is not None:
        steps = steps_per_epoch(settings.pictures, settings.batch_size, drop_last=settings.drop_last)
    wrong_labels, kind, shelf = settings.wrong_labels, settings.kind, SHELF.get(as_name(settings.book))
    if shelf is not None:
        wrong_labels = shelf.wrong_labels if wrong_labels is None else wrong_labels
        kind = kind_by_lot(shelf, settings.seed) if kind is None and shelf.kinds else kind
    distortion = distortion_of(settings.distortion, settings.distortion_level)
    return replace(
        settings,
        optimizer=optimizer,
        learning_rate=default_learning_rate(settings.learner, optimizer) if rate is None else rate,
        steps_per_epoch=steps,
        wrong_labels=wrong_labels,
        kind=kind,
        distortion_level=None if distortion is None else distortion.level,
    )
