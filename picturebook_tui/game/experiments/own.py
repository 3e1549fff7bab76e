"""An experiment of one's own: settings that somebody chose, against the usual ones."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from picturebook_tui.book.book import Book
from picturebook_tui.game.experiments.books import book_of
from picturebook_tui.game.experiments.catalogue import Result, Running, Told
from picturebook_tui.game.experiments.kit import gap_of, plain_learner, right
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import Figure, count, share
from picturebook_tui.game.words import gap_told, times
from picturebook_tui.learner.history import EpochEnded
from picturebook_tui.learner.learner import Learner
from picturebook_tui.percent import points


def against_the_usual(settings: Settings, seed: int) -> Running:
    """Train two learners from the same weights on the same book, and ask both about the same unseen pictures."""
    book = book_of(settings, seed)
    usual_settings = replace(
        settings,
        batch_size=settings.usual_batch,
        learning_rate=settings.usual_rate,
        epochs=settings.usual_epochs,
    )
    yours = yield from _trained(settings, book, seed, "yours")
    usual = yield from _trained(usual_settings, book, seed, "usual")
    (book_yours, unseen_yours), (book_usual, unseen_usual) = _known(yours, book), _known(usual, book)
    # Of the figures as they are shown, so that a reader can do the sum.
    lead = points(unseen_yours) - points(unseen_usual)
    if yours.stopped is not None:
        answer = "stopped"
    elif abs(lead) < settings.level:
        answer = "level"
    else:
        answer = "above" if lead > 0 else "below"
    return Result(
        answer,
        {
            "unseen_yours": share(unseen_yours),
            "unseen_usual": share(unseen_usual),
            "apart": Figure(times(abs(lead), "point"), "words"),
            "book_yours": share(book_yours),
            "book_usual": share(book_usual),
            "gap_yours": Figure(gap_told(gap_of(yours, book.training, book.training.targets, book.unseen)), "words"),
            "updates_yours": count(yours.global_step),
            "updates_usual": count(usual.global_step),
        },
    )


def _trained(settings: Settings, book: Book, seed: int, series: str) -> Generator[Told, None, Learner]:
    """Train one of the two; its curves are told epoch by epoch, as its batch size may be quite another."""
    learner = plain_learner(settings, book, seed)
    for event in learner.fitting(
        book.training,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        validation_data=book.unseen,
        seed=seed,
    ):
        if isinstance(event, EpochEnded):
            known = {"accuracy": float(right(learner, book.training).mean()), "unseen": event.logs["val_accuracy"]}
            for measure, value in known.items():
                yield Told(series, measure, event.epoch + 1, settings.epochs, value)
    return learner


def _known(learner: Learner, book: Book) -> tuple[float, float]:
    """Shares of the book and of the unseen pictures that it labels rightly, weights frozen."""
    return float(right(learner, book.training).mean()), float(right(learner, book.unseen).mean())
