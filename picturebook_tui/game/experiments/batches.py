"""What the batch size and the learning rate do to an update, and to an epoch of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.book import Book, Pixels, Targets
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.books import book_of
from picturebook_tui.game.experiments.catalogue import Result, Running, Told
from picturebook_tui.game.experiments.kit import plain_learner, train, weights
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import Figure, count, loss, share
from picturebook_tui.game.words import times

HARDLY = 0.5
"""A rate is too small where less than half of the loss that the right one took off was taken off."""


def small_or_large_batch(settings: Settings, seed: int) -> Running:
    """Read the same book once in small and once in large batches, and weigh the single updates' directions.

    A third learner reads large batches at a rate that is larger in proportion: the linear scaling of Goyal et al. 2017,
    "Accurate, Large Minibatch SGD" (arXiv 1706.02677, section 2.1). What it makes good of the small batches' lead is
    the rate's part, not the batch's.
    """
    small_size, large_size = settings.small_batch, settings.large_batch
    if not small_size < large_size <= settings.pictures:
        raise PictureBookError("small_batch must be smaller than large_batch, and that no larger than the book.")
    book = book_of(settings, seed)
    start = plain_learner(settings, book, seed).evaluate(book.training.pixels, book.training.targets).loss
    ratio = large_size / small_size
    # Rounded, as 0.03 × 10 is no 0.3 in binary, and is told.
    scaled_rate = float(f"{settings.learning_rate * ratio:.6g}")
    ways = {
        "small": (small_size, settings.learning_rate),
        "large": (large_size, settings.learning_rate),
        "scaled": (large_size, scaled_rate),
    }
    losses, updates = {}, {}
    for series, (size, rate) in ways.items():
        learner = plain_learner(settings, book, seed, rate=rate)
        yield from train(learner, book.training, epochs=1, batch_size=size, seed=seed, series=series, whole=True)
        updates[series] = learner.global_step
        losses[series] = learner.evaluate(book.training.pixels, book.training.targets).loss
    agree_small, agree_large = (_agreement(settings, book, seed, size) for size in (small_size, large_size))
    more_work, further = updates["small"] > updates["large"], losses["small"] < losses["large"]
    noisier = agree_small < agree_large
    answer = "both" if more_work and further and noisier else "only_further" if further else "only_more_work"
    return Result(
        answer,
        {
            "updates_small": count(updates["small"]),
            "updates_large": count(updates["large"]),
            "loss_start": loss(start),
            "loss_small": loss(losses["small"]),
            "loss_large": loss(losses["large"]),
            "agree_small": share(agree_small),
            "agree_large": share(agree_large),
            "ratio": Figure(ratio, "number"),
            "scaled_rate": Figure(scaled_rate, "number"),
            "loss_scaled": loss(losses["scaled"]),
            "rates_part": Figure(_part(losses["large"] - losses["scaled"], losses["large"] - losses["small"]), "words"),
        },
    )


def _part(part: float, whole: float) -> str:
    """How much of a difference something made good: "82%", "all" or "none"."""
    if part <= 0 or whole <= 0:
        return "none"
    return "all" if part >= whole else share(part / whole).text


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


def every_picture(settings: Settings, seed: int) -> Running:
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
        yield Told("model", "change", picture + 1, size, moved[-1])
    counted = int(np.count_nonzero(moved))
    return Result(
        "all" if counted == size else "some",
        {"counted": count(counted), "smallest": share(min(moved)), "largest": share(max(moved))},
    )


def learning_rates(settings: Settings, seed: int) -> Running:
    """Train four learners from the same weights on the same pages, each at a higher learning rate than the one before.

    Three things can be seen: a rate that is too small crawls, a larger one learns more in the same time, and one that
    is too large ends with a loss above the one that it began with.
    """
    rates = (settings.tiny_rate, settings.small_rate, settings.learning_rate, settings.large_rate)
    if sorted(set(rates)) != list(rates):
        raise PictureBookError("The rates must grow: tiny_rate, small_rate, learning_rate, then large_rate.")
    book = book_of(settings, seed)
    pixels, targets = book.training.pixels, book.training.targets
    start = plain_learner(settings, book, seed).evaluate(pixels, targets).loss
    ends, learners = [], []
    for series, rate in zip(("tiny", "small", "right", "large"), rates, strict=True):
        learner = plain_learner(settings, book, seed, rate=rate)
        yield from train(
            learner,
            book.training,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            seed=seed,
            series=series,
            whole=True,
        )
        ends.append(learner.evaluate(pixels, targets).loss)
        learners.append(learner)
    tiny, small, good, large = ends
    crawls = start - tiny < HARDLY * (start - good)
    if crawls and good < small < tiny and large > start:
        answer = "up_to_a_point"
    else:
        answer = "learns_more" if large < good else "no_great_difference"
    updates, made = learners[-2].global_step, learners[-1].global_step
    stopped = learners[-1].stopped is not None
    return Result(
        answer,
        {
            "loss_start": loss(start),
            "loss_tiny": loss(tiny),
            "loss_small": loss(small),
            "loss_right": loss(good),
            "loss_large": loss(large),
            "updates": count(updates),
            "updates_large": count(made),
            "ended_large": Figure(
                f"we had to stop it after {times(made, 'update')}" if stopped else "it ran to its end", "words"
            ),
        },
    )
