"""What the experiments share: making books and learners, training with curves told, looking at weights."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.book import Book, PictureSet, Pixels, Targets
from picturebook_tui.game.experiments.catalogue import Told
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.gap import Gap, gap_between, known
from picturebook_tui.learner.history import EpochEnded, FitEvent, History, StepEnded
from picturebook_tui.learner.learner import Learner

MOST_POINTS = 200
"""Points of one curve: more than a terminal has columns, and few enough to cost nothing."""

MIXING = 71
"""Stream of chance for wrong labels: apart from those that make books and learners."""

Weights = NDArray[np.float32]
"""float32 (parameters,)"""


def learner_for(
    settings: Settings, book: Book, seed: int, *, kind: str | None = None, rate: float | None = None
) -> Learner:
    """Make a learner that starts from the seed's weights; rate None: the one measured for its kind."""
    return Learner(kind or settings.learner, labels=book.labels, size=book.size, learning_rate=rate, seed=seed)


def plain_learner(settings: Settings, book: Book, seed: int, *, rate: float | None = None) -> Learner:
    """Make a learner with the optimizer and the learning rate that the settings name."""
    return Learner(
        settings.learner,
        labels=book.labels,
        size=book.size,
        optimizer=settings.optimizer,
        learning_rate=rate or settings.learning_rate,
        seed=seed,
    )


def train(
    learner: Learner,
    pictures: PictureSet | tuple[Pixels, Targets],
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    series: str,
    unseen: PictureSet | None = None,
    on_event: Callable[[FitEvent], None] | None = None,
    whole: bool = False,
    **more: Any,
) -> Generator[Told, None, History]:
    """Train as ``Learner.fit`` does and yield the curves: each step's loss, each epoch's accuracy, weights frozen.

    What a text says of the book after training is what its curve ends with: the accuracy is asked for after the epoch,
    not counted while it was read.

    Parameters
    ----------
    series
        Whose curve it is.
    unseen
        Pictures to measure after each epoch, weights frozen.
    on_event
        Sees every event first.
    whole
        Tell the loss on all these pictures, before the first and after each update, where the text is about that; else
        each page's, before its update.
    more
        Passed on to ``fitting``.
    """
    shown, labelled = pictures if isinstance(pictures, tuple) else (pictures.pixels, pictures.targets)
    before, made = learner.global_step, 0
    pages = len(shown) // batch_size if more.get("drop_last") else -(-len(shown) // batch_size)
    steps = (more.get("steps_per_epoch") or pages) * epochs
    every = -(-steps // MOST_POINTS)

    if whole:
        yield Told(series, "book_loss", 0, steps, learner.evaluate(shown, labelled).loss)
    events = learner.fitting(pictures, epochs=epochs, batch_size=batch_size, validation_data=unseen, seed=seed, **more)
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            history: History = end.value
            return history
        if on_event is not None:
            on_event(event)
        if isinstance(event, StepEnded):
            made = event.global_step + 1 - before
            # The last of them all is the one that a text speaks of.
            if whole and ((made - 1) % every == 0 or made == steps or learner.stopped is not None):
                yield Told(series, "book_loss", made, steps, learner.evaluate(shown, labelled).loss)
            elif not whole and (made - 1) % every == 0:
                yield Told(series, "loss", made, steps, event.loss)
        elif isinstance(event, EpochEnded):
            yield Told(series, "accuracy", made, steps, learner.evaluate(shown, labelled).accuracy)
            if "val_accuracy" in event.logs:
                yield Told(series, "unseen", made, steps, event.logs["val_accuracy"])


def weights(learner: Learner) -> Weights:
    """Copy all numbers that it has learned."""
    return np.frombuffer(learner.state().parameters, "<f4")


def different(first: Weights, second: Weights) -> int:
    """How many weights are not the same, bit for bit."""
    return int(np.count_nonzero(first.view("<u4") != second.view("<u4")))


def right(learner: Learner, pictures: PictureSet) -> NDArray[np.bool_]:
    """Which pictures it labels rightly, learning nothing: bool (n,)."""
    guessed: NDArray[np.bool_] = learner.predict_proba(pictures.pixels).argmax(axis=1) == pictures.targets
    return guessed


def gap_of(learner: Learner, shown: PictureSet, targets: Targets, unseen: PictureSet) -> Gap:
    """The gap between what it was shown, with the labels it was given there, and unseen pictures; learning nothing.

    Parameters
    ----------
    shown, targets
        Pictures of the book, and int64 (n,): their labels, some of which may be wrong.
    """
    taught = [replace(picture, label=int(label)) for picture, label in zip(shown.pictures, targets, strict=True)]
    labels = len(learner.labels or ())
    again = known(taught, learner.evaluate(shown.pixels, targets).right, labels)
    gap = gap_between(again, known(unseen.pictures, learner.evaluate(unseen.pixels, unseen.targets).right, labels))
    assert gap is not None
    return gap


def mixed_up(targets: Targets, labels: int, share: float, seed: int) -> Targets:
    """Give a share of the pictures a wrong label, any of the others alike.

    Parameters
    ----------
    targets
        int64 (n,); a changed copy comes back.
    share
        0 to 1; rounded to whole pictures.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, MIXING])))
    wrong = rng.permutation(len(targets))[: round(share * len(targets))]
    mixed = targets.copy()
    mixed[wrong] = (targets[wrong] + rng.integers(1, labels, len(wrong))) % labels
    return mixed
