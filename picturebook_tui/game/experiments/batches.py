"""What the batch size and the learning rate do to an update, and to an epoch of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.book import Book, Pixels, Targets
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import Result, Tell, Told
from picturebook_tui.game.experiments.kit import book_of, plain_learner, train, weights
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import count, loss, share

HARDLY = 0.5
"""A rate is too small where less than half of the loss that the right one took off was taken off."""


def small_or_large_batch(settings: Settings, seed: int, tell: Tell) -> Result:
    """Read the same book once in small and once in large batches, and weigh the single updates' directions."""
    small_size, large_size = settings.small_batch, settings.large_batch
    if not small_size < large_size <= settings.pictures:
        raise PictureBookError("small_batch must be smaller than large_batch, and that no larger than the book.")
    book = book_of(settings, seed)
    start = plain_learner(settings, book, seed).evaluate(book.training.pixels, book.training.targets).loss
    losses, updates, agree = [], [], []
    for series, size in (("small", small_size), ("large", large_size)):
        learner = plain_learner(settings, book, seed)
        train(learner, book.training, epochs=1, batch_size=size, seed=seed, tell=tell, series=series)
        updates.append(learner.global_step)
        losses.append(learner.evaluate(book.training.pixels, book.training.targets).loss)
        agree.append(_agreement(settings, book, seed, size))
    more_work, further = updates[0] > updates[1], losses[0] < losses[1]
    noisier = agree[0] < agree[1]
    answer = "both" if more_work and further and noisier else "only_further" if further else "only_more_work"
    return Result(
        answer,
        {
            "updates_small": count(updates[0]),
            "updates_large": count(updates[1]),
            "loss_start": loss(start),
            "loss_small": loss(losses[0]),
            "loss_large": loss(losses[1]),
            "agree_small": share(agree[0]),
            "agree_large": share(agree[1]),
        },
    )


def _agreement(settings: Settings, book: Book, seed: int, size: int) -> float:
    """How well single batches' updates point where the whole book's would: mean cosine, 1 is the same way.

    All from the starting weights, on full pages in the book's order.
    """
    pixels, targets = book.training.pixels, book.training.targets
    whole = _update(settings, book, seed, pixels, targets)
    cosines = []
    for start in range(0, len(targets) - size + 1, size):
        page = slice(start, start + size)
        move = _update(settings, book, seed, pixels[page], targets[page])
        cosines.append(float(move @ whole / (np.linalg.norm(move) * np.linalg.norm(whole))))
    return float(np.mean(cosines))


def _update(settings: Settings, book: Book, seed: int, pixels: Pixels, targets: Targets) -> NDArray[np.float64]:
    """How one update from the starting weights moves each of them: float64 (parameters,)."""
    learner = plain_learner(settings, book, seed)
    before = weights(learner).astype(np.float64)
    learner.step(pixels, targets)
    return weights(learner) - before


def every_picture(settings: Settings, seed: int, tell: Tell) -> Result:
    """Make the same update again and again, each time with another picture's label changed: does it matter?"""
    book = book_of(settings, seed)
    size = min(settings.batch_size, len(book.training))
    pixels, targets = book.training.pixels[:size], book.training.targets[:size]
    plain = _update(settings, book, seed, pixels, targets)
    length = float(np.linalg.norm(plain))
    moved = []
    for picture in range(size):
        changed = targets.copy()
        changed[picture] = (targets[picture] + 1) % len(book.labels)
        moved.append(float(np.linalg.norm(_update(settings, book, seed, pixels, changed) - plain)) / length)
        tell(Told("model", "change", picture + 1, size, moved[-1]))
    counted = int(np.count_nonzero(moved))
    return Result(
        "all" if counted == size else "some",
        {"counted": count(counted), "smallest": share(min(moved)), "largest": share(max(moved))},
    )


def learning_rates(settings: Settings, seed: int, tell: Tell) -> Result:
    """Train three learners from the same weights on the same pages, at three learning rates."""
    rates = (settings.small_rate, settings.learning_rate, settings.large_rate)
    if not rates[0] < rates[1] < rates[2]:
        raise PictureBookError("The rates must grow: small_rate, then learning_rate, then large_rate.")
    book = book_of(settings, seed)
    pixels, targets = book.training.pixels, book.training.targets
    start = plain_learner(settings, book, seed).evaluate(pixels, targets).loss
    ends, updates = [], []
    stopped = False
    for series, rate in zip(("small", "right", "large"), rates, strict=True):
        learner = plain_learner(settings, book, seed, rate=rate)
        train(
            learner,
            book.training,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            seed=seed,
            tell=tell,
            series=series,
        )
        ends.append(learner.evaluate(pixels, targets))
        updates.append(learner.global_step)
        stopped = learner.stopped is not None
    small, good, large = ends
    too_small = start - small.loss < HARDLY * (start - good.loss) and small.accuracy < good.accuracy
    if stopped and large.loss > start and too_small:
        answer = "overshoots"
    else:
        answer = "learns_more" if large.loss < good.loss else "no_great_difference"
    return Result(
        answer,
        {
            "loss_start": loss(start),
            "loss_small": loss(small.loss),
            "loss_right": loss(good.loss),
            "loss_large": loss(large.loss),
            "accuracy_small": share(small.accuracy),
            "accuracy_right": share(good.accuracy),
            "updates": count(updates[1]),
            "updates_large": count(updates[2]),
        },
    )
