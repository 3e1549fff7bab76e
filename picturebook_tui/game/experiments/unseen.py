"""Unseen pages: what looking at them does (nothing), and what their figures do and do not say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from picturebook_tui.book.book import PictureSet
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.books import book_of
from picturebook_tui.game.experiments.catalogue import Result, Running, Told
from picturebook_tui.game.experiments.kit import different, learner_for, right, train, weights
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import Figure, count, gap, loss, share
from picturebook_tui.game.words import times
from picturebook_tui.learner.history import EpochEnded, FitEvent
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.sliced import mapped
from picturebook_tui.percent import points

RISEN = 1.1
"""The loss has risen where it is a tenth above its lowest: more than rounding."""

CHOOSING = 72
"""Stream of chance that parts the pictures to choose by from those to test on."""


def frozen_weights(settings: Settings, seed: int) -> Running:
    """Train one learner with unseen pages after each epoch and its twin without, and compare every weight."""
    book = book_of(settings, seed)
    shown = learner_for(settings, book, seed)
    twin = learner_for(settings, book, seed)
    read = partial(train, epochs=settings.epochs, batch_size=settings.batch_size, seed=seed)
    yield from read(shown, book.training, series="with", unseen=book.unseen)
    yield from read(twin, book.training, series="without")
    before = weights(shown)
    known = float(right(shown, book.unseen).mean())
    moved = different(before, weights(shown))
    apart = different(weights(shown), weights(twin))
    return Result(
        "a_little" if moved or apart else "not_at_all",
        {
            "weights": count(shown.parameters),
            "weights_moved": count(moved),
            "weights_different": count(apart),
            "looks": count(settings.epochs + 1),
            "unseen_right": share(known),
        },
    )


def _unseen_alone(told: Told) -> Told | None:
    return told if told.measure == "unseen" else None


def validation_steps(settings: Settings, seed: int) -> Running:
    """Train twins: one is asked about all unseen pictures after each epoch, the other about a few pages of them.

    Those few are the first, the same after every epoch, as Keras takes them.
    """
    asked = settings.validation_steps * settings.batch_size
    if asked >= settings.unseen:
        raise PictureBookError("validation_steps asks about all unseen pictures: choose fewer, or more unseen.")
    book = book_of(settings, seed)
    sets = {"all": book.unseen, "some": book.unseen.first(asked)}
    learners = {series: learner_for(settings, book, seed) for series in sets}

    known = {}
    for series, learner in learners.items():
        training = train(
            learner,
            book.training,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            seed=seed,
            series=series,
            unseen=sets[series],
        )
        # The book's own curves are the same for both.
        history = yield from mapped(training, _unseen_alone)
        known[series] = history.history["val_accuracy"]
    # Of the figures as they are shown, so that a reader can do the sum.
    apart = [abs(points(some) - points(whole)) for whole, some in zip(known["all"], known["some"], strict=True)]
    widest = max(range(len(apart)), key=apart.__getitem__)
    moved = different(weights(learners["all"]), weights(learners["some"]))
    if moved:
        answer = "another_learner"
    else:
        answer = "rougher" if apart[widest] >= settings.level else "same_figure"
    return Result(
        answer,
        {
            "asked": count(asked),
            "weights": count(learners["all"].parameters),
            "weights_different": count(moved),
            "epochs_apart": count(sum(one >= settings.level for one in apart)),
            "epoch_apart": count(widest + 1),
            "unseen_all": share(known["all"][widest]),
            "unseen_some": share(known["some"][widest]),
            "apart": Figure(times(apart[widest], "point"), "words"),
        },
    )


def first_epoch(settings: Settings, seed: int) -> Running:
    """Read the book once; compare what was said while reading with the book and the unseen pages afterwards."""
    book = book_of(settings, seed)
    learner = learner_for(settings, book, seed)
    history = yield from train(
        learner,
        book.training,
        epochs=1,
        batch_size=settings.batch_size,
        seed=seed,
        series="model",
        unseen=book.unseen,
    )
    average, unseen = history.history["accuracy"][0], history.history["val_accuracy"][0]
    now = float(right(learner, book.training).mean())
    # The lead is the sum of two parts: the book known better by the end of the epoch, and unseen pages instead of it.
    lead, moment, pictures = gap(unseen, average), gap(now, average), gap(unseen, now)
    if float(lead.value) <= 0:
        answer = "not_better"
    else:
        answer = "still_learning" if float(moment.value) >= float(pictures.value) else "easier"
    return Result(
        answer,
        {
            "average": share(average),
            "unseen_right": share(unseen),
            "book_now": share(now),
            "lead": lead,
            "moment": moment,
            "pictures_part": pictures,
        },
    )


def rising_loss(settings: Settings, seed: int) -> Running:
    """Compare the epoch with the lowest loss on unseen pages with the last one; which that is, no result has chosen."""
    book = book_of(settings, seed)
    learner = learner_for(settings, book, seed)
    rows: list[tuple[float, float, float]] = []

    def listen(event: FitEvent) -> None:
        if isinstance(event, EpochEnded):
            rows.append((event.logs["val_loss"], event.logs["val_accuracy"], _sure(learner, book.unseen)))

    yield from train(
        learner,
        book.training,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        seed=seed,
        series="model",
        unseen=book.unseen,
        on_event=listen,
    )
    low = min(range(len(rows)), key=lambda epoch: rows[epoch][0])
    later = len(rows) - 1
    if rows[later][0] < RISEN * rows[low][0]:
        answer = "not_risen"
    else:
        # As they are shown: where both read "71%", nobody sees a fall.
        answer = "falls_too" if points(rows[later][1]) < points(rows[low][1]) else "more_confident"
    return Result(
        answer,
        {
            "epoch_low": count(low + 1),
            "loss_low": loss(rows[low][0]),
            "right_low": share(rows[low][1]),
            "sure_low": share(rows[low][2]),
            "epoch_later": count(later + 1),
            "loss_later": loss(rows[later][0]),
            "right_later": share(rows[later][1]),
            "sure_later": share(rows[later][2]),
        },
    )


def _sure(learner: Learner, pictures: PictureSet) -> float:
    """Mean confidence in the labels it gave wrongly, 0 to 1; 0 where none was wrong."""
    guessed = learner.predict_proba(pictures.pixels)
    wrong = guessed.argmax(axis=1) != pictures.targets
    return float(guessed.max(axis=1)[wrong].mean()) if wrong.any() else 0.0


def chosen_by_unseen(settings: Settings, seed: int) -> Running:
    """Train many learners, choose the best by a few unseen pictures, and test it on others that chose nothing."""
    book = book_of(settings, seed)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, CHOOSING])))
    order = rng.permutation(len(book.unseen)).tolist()
    chosen_by, fresh = order[: settings.chosen_by], order[settings.chosen_by :]
    shared = _drawings(book.unseen, chosen_by)
    # The same drawing, moved by a pixel, would be no fresh picture.
    fresh = [place for place in fresh if not _drawings(book.unseen, [place]) & shared]
    if not fresh:
        raise PictureBookError("No unseen picture is left for the test: choose more unseen, or fewer chosen_by.")
    scores = []
    for number in range(settings.learners):
        # Same book, other first weights and another order: as trying again would be.
        learner = learner_for(settings, book, seed * settings.learners + number)
        learner.fit(book.training, epochs=settings.epochs, batch_size=settings.batch_size, validation_data=None)
        known = right(learner, book.unseen)
        scores.append((float(known[chosen_by].mean()), float(known[fresh].mean())))
        yield Told("models", "unseen", number + 1, settings.learners, scores[-1][0])
    best_chosen, best_fresh = max(scores, key=lambda score: score[0])
    average_chosen, average_fresh = (float(np.mean(column)) for column in zip(*scores, strict=True))
    # Compared with the average learner, so that it doesn't matter which of the two sets is the harder one.
    lead_chosen, lead_fresh = gap(best_chosen, average_chosen), gap(best_fresh, average_fresh)
    return Result(
        "shrinks" if float(lead_fresh.value) < float(lead_chosen.value) else "holds",
        {
            "best_chosen": share(best_chosen),
            "best_fresh": share(best_fresh),
            "average_chosen": share(average_chosen),
            "average_fresh": share(average_fresh),
            "lead_chosen": lead_chosen,
            "lead_fresh": lead_fresh,
            "fresh": count(len(fresh)),
        },
    )


def _drawings(pictures: PictureSet, places: Iterable[int]) -> set[tuple[str, str]]:
    return {(pictures.pictures[place].name, pictures.pictures[place].artist) for place in places}
