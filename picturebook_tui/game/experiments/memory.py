"""Learning by heart: what epochs, wrong labels and copies do, and two learners that miss different pictures."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.book import Book, Pixels, Targets
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.books import book_of
from picturebook_tui.game.experiments.catalogue import Result, Running, Told
from picturebook_tui.game.experiments.kit import gap_of, learner_for, mixed_up, right, train
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import Figure, count, gap, share
from picturebook_tui.game.gap import Gap
from picturebook_tui.game.words import gap_told
from picturebook_tui.learner.sliced import ended
from picturebook_tui.percent import points

WIDE = 0.10
"""Ten points are more than the pictures' own luck, where a hundred are asked about."""

APART = 0.10
"""Share of the missed pictures that only one learner missed, from which the mistakes count as different."""

TWIN = 1_000_003
"""Between the seeds of two twins' first weights: beyond all that runs are numbered with."""

BY_HEART = 0.995
"""Reads as 100%."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Shares of the book and of unseen pages, and between what the gap lies."""

    book: float
    unseen: float
    gap: Gap

    @property
    def shares(self) -> tuple[float, float]:
        return self.book, self.unseen


def epochs_alone(settings: Settings, seed: int) -> Running:
    """Read two books equally often: a small one with wrong labels, and a large one with right ones."""
    if settings.few >= settings.pictures:
        raise PictureBookError("few must be smaller than pictures: the one book is small, the other large.")
    small = book_of(settings, seed, pictures=settings.few)
    large = book_of(settings, seed)
    wrong = mixed_up(small.training.targets, len(small.labels), settings.wrong_labels, seed)
    few = yield from _known(settings, small, small.training.pixels, wrong, seed, "few")
    many = yield from _known(settings, large, large.training.pixels, large.training.targets, seed, "many")
    apart = float(gap(*few.shares).value) - float(gap(*many.shares).value)
    return Result(
        "not_alone" if apart >= WIDE - 1e-9 else "alone",
        {
            "book_few": share(few.book),
            "unseen_few": share(few.unseen),
            "gap_few": Figure(gap_told(few.gap), "words"),
            "book_many": share(many.book),
            "unseen_many": share(many.unseen),
            "gap_many": Figure(gap_told(many.gap), "words"),
            "wrong": count(int(np.count_nonzero(wrong != small.training.targets))),
        },
    )


def by_heart(settings: Settings, seed: int) -> Running:
    """Learn the same pictures by heart with right and with partly wrong labels; look at the unseen pages."""
    book = book_of(settings, seed)
    truth = book.training.targets
    wrong = mixed_up(truth, len(book.labels), settings.wrong_labels, seed)
    good = yield from _known(settings, book, book.training.pixels, truth, seed, "right")
    bad = yield from _known(settings, book, book.training.pixels, wrong, seed, "wrong")
    apart = gap(good.unseen, bad.unseen)
    by_heart = min(good.book, bad.book) >= BY_HEART
    return Result(
        "unseen_tell" if by_heart and float(apart.value) >= WIDE - 1e-9 else "no_telling",
        {
            "book_right": share(good.book),
            "book_wrong": share(bad.book),
            "unseen_right": share(good.unseen),
            "unseen_wrong": share(bad.unseen),
            "gap": apart,
            "wrong": count(int(np.count_nonzero(wrong != truth))),
        },
    )


def more_pictures(settings: Settings, seed: int) -> Running:
    """Fill up a small book in three ways: with copies, with wrongly labelled pictures, with new and right ones."""
    times, few = settings.times, settings.few
    if few % settings.batch_size:
        raise PictureBookError(
            "few must be a whole number of pages: else the four would not make equally many updates."
        )
    book = book_of(settings, seed, pictures=few * times)
    pixels, truth = book.training.pixels, book.training.targets
    first = _one_of_each(truth, few, len(book.labels))
    rest = np.setdiff1d(np.arange(len(truth)), first)
    wrong = truth.copy()
    wrong[rest] = mixed_up(truth[rest], len(book.labels), settings.wrong_labels, seed)
    ways: dict[str, tuple[Pixels, Targets, int]] = {
        # As many updates as the others make: more epochs of fewer pages.
        "few": (pixels[first], truth[first], settings.epochs * times),
        "copies": (np.tile(pixels[first], (times, 1, 1, 1)), np.tile(truth[first], times), settings.epochs),
        "wrong": (pixels, wrong, settings.epochs),
        "new": (pixels, truth, settings.epochs),
    }
    unseen = {}
    for series, (shown, labels, epochs) in ways.items():
        learner = learner_for(settings, book, seed)
        yield from train(
            learner,
            (shown, labels),
            epochs=epochs,
            batch_size=settings.batch_size,
            seed=seed,
            series=series,
            unseen=book.unseen,
        )
        unseen[series] = float(right(learner, book.unseen).mean())
    shown_as = {series: points(known) for series, known in unseen.items()}
    best = max(shown_as.values())
    # Where two read the same, the one that costs less has it.
    answer = next(series for series in ways if shown_as[series] == best)
    return Result(
        answer,
        {
            "unseen_few": share(unseen["few"]),
            "unseen_copies": share(unseen["copies"]),
            "unseen_wrong": share(unseen["wrong"]),
            "unseen_new": share(unseen["new"]),
            "many": count(few * times),
            "updates": count(learner.global_step),
        },
    )


def same_accuracy(settings: Settings, seed: int) -> Running:
    """Find a moment at which two learners know equally many unseen pictures, and compare which they miss.

    The control: each has a twin of its own make, which reads the same pages from other first weights. How far twins are
    apart is what chance alone does; only what two makes differ beyond it says anything of their ways of seeing.
    """
    book = book_of(settings, seed)
    first = yield from _rounds(settings, book, settings.learner, seed, "first")
    other = yield from _rounds(settings, book, settings.other_learner, seed, "other")
    left, last = _equal(first, other)
    one, two = first[left], other[last]
    twins = []
    for kind, known in ((settings.learner, first), (settings.other_learner, other)):
        # Twins have no curve.
        twin = ended(_rounds(settings, book, kind, seed, "first", start=seed + TWIN))
        here, there = _equal(known, twin)
        twins.append(_apart(known[here], twin[there]))
    apart = _apart(one, two)
    if abs(int(one.sum()) - int(two.sum())) > 1:
        answer = "not_equal"
    elif apart < APART:
        answer = "same_mistakes"
    else:
        # Of one run, what the make adds can't be told from chance unless it lies above what chance did in both makes,
        # and that as it is shown.
        answer = "other_mistakes" if points(apart) > points(max(twins)) else "as_twins"
    return Result(
        answer,
        {
            "right_first": count(int(one.sum())),
            "right_other": count(int(two.sum())),
            "missed_both": count(int((~one & ~two).sum())),
            "only_first": count(int((~one & two).sum())),
            "only_other": count(int((one & ~two).sum())),
            "share_apart": share(apart),
            "epoch_first": count(left + 1),
            "epoch_other": count(last + 1),
            "twins_first": share(twins[0]),
            "twins_other": share(twins[1]),
        },
        {
            "missed_first": tuple(np.flatnonzero(~one).tolist()),
            "missed_other": tuple(np.flatnonzero(~two).tolist()),
        },
    )


def _equal(first: list[NDArray[np.bool_]], other: list[NDArray[np.bool_]]) -> tuple[int, int]:
    """After which epochs, from 0, the two knew equally many, or nearly; of several the latest, when both know most."""
    _, _, left, last = min(
        (abs(int(a.sum()) - int(b.sum())), -int(a.sum()), i, j)
        for i, a in enumerate(first)
        for j, b in enumerate(other)
    )
    return left, last


def _apart(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    """Of the pictures that either missed, the share that only one of them did; 0 where none was missed."""
    missed = int((~one | ~two).sum())
    return int((one != two).sum()) / missed if missed else 0.0


def _known(
    settings: Settings, book: Book, pixels: Pixels, targets: Targets, seed: int, series: str
) -> Generator[Told, None, _Known]:
    """Train a new learner, and ask it about the book (as labelled there) and about unseen pages."""
    learner = learner_for(settings, book, seed)
    yield from train(
        learner,
        (pixels, targets),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        seed=seed,
        series=series,
        unseen=book.unseen,
    )
    return _Known(
        book=learner.evaluate(pixels, targets).accuracy,
        unseen=float(right(learner, book.unseen).mean()),
        gap=gap_of(learner, book.training, targets, book.unseen),
    )


def _one_of_each(targets: Targets, few: int, labels: int) -> NDArray[np.intp]:
    """Where the first ``few`` pictures stand, in turn one of each label."""
    places = [np.flatnonzero(targets == label).tolist() for label in range(labels)]
    turns = [place for turn in zip(*places, strict=False) for place in turn]
    return np.array(turns[:few], dtype=np.intp)


def _rounds(
    settings: Settings, book: Book, kind: str, seed: int, series: str, *, start: int | None = None
) -> Generator[Told, None, list[NDArray[np.bool_]]]:
    """Train a learner epoch by epoch; returns which unseen pictures it knew after each. ``start`` seeds its weights."""
    learner = learner_for(settings, book, seed if start is None else start, kind=kind)
    known: list[NDArray[np.bool_]] = []
    for epoch in range(settings.epochs):
        learner.fit(
            book.training,
            epochs=1,
            batch_size=settings.batch_size,
            validation_data=None,
            # The next epoch's pages: fitting again goes on.
            seed=seed,
        )
        known.append(right(learner, book.unseen))
        yield Told(
            series,
            "unseen",
            learner.global_step,
            learner.global_step // (epoch + 1) * settings.epochs,
            float(known[-1].mean()),
        )
    return known
