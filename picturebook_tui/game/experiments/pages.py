"""Pages, steps and epochs: counted while a real learner reads."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import numpy as np

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.books import book_of
from picturebook_tui.game.experiments.catalogue import Result, Running, Told
from picturebook_tui.game.experiments.kit import different, learner_for, train, weights
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import Figure, count, loss, share
from picturebook_tui.learner.history import FitEvent, StepEnded

NAMED = 3
"""Dropped pictures named in a sentence."""


def pages(settings: Settings, seed: int) -> Running:
    """Read the book once and count: pictures on a full page, and pages."""
    book = book_of(settings, seed)
    steps, _ = yield from _read(settings, seed)
    page = max(step.pictures for step in steps)
    answer = "pictures_per_page" if page == min(settings.batch_size, len(book.training)) else "number_of_pages"
    return Result(answer, {"updates": count(len(steps)), "page": count(page)})


def timed_steps(settings: Settings, seed: int) -> Running:
    """Read the book once with a watch, and count how often it was stopped, and for how many pictures at a time."""
    book = book_of(settings, seed)
    learner = learner_for(settings, book, seed)
    start = weights(learner)
    readings = 0
    first: list[float] = []
    steps: list[StepEnded] = []

    def watch() -> float:
        nonlocal readings
        readings += 1
        return float(readings)

    def listen(event: FitEvent) -> None:
        if isinstance(event, StepEnded):
            steps.append(event)
            if len(steps) == 1:
                page = list(event.indices)
                after = learner.evaluate(book.training.pixels[page], book.training.targets[page])
                first.extend((event.loss, after.loss, different(start, weights(learner))))

    yield from train(
        learner,
        book.training,
        epochs=1,
        batch_size=settings.batch_size,
        seed=seed,
        series="model",
        on_event=listen,
        clock=watch,
    )
    timings = sum(step.seconds is not None for step in steps)
    held = max(step.pictures for step in steps)
    # Read once before and once after whatever is timed.
    answer = "once_a_page" if readings == 2 * timings and timings == len(steps) and held > 1 else "once_a_picture"
    return Result(
        answer,
        {
            "timings": count(timings),
            "on_the_watch": count(held),
            "loss_before": loss(first[0]),
            "loss_after": loss(first[1]),
            "weights": count(learner.parameters),
            "weights_moved": count(int(first[2])),
        },
    )


def one_epoch(settings: Settings, seed: int) -> Running:
    """Read the book and count updates, in one epoch and in all; and how often each picture was shown."""
    steps, updates = yield from _read(settings, seed, epochs=settings.epochs)
    in_one = sum(step.epoch == 0 for step in steps)
    shown = np.bincount([index for step in steps for index in step.indices], minlength=settings.pictures)
    answer = "one_step" if updates == settings.epochs else "many_steps"
    return Result(answer, {"steps": count(in_one), "updates": count(updates), "times_read": count(int(shown.min()))})


def last_page(settings: Settings, seed: int) -> Running:
    """Read the book once with its short last page and once without; find the pictures that were dropped."""
    if settings.batch_size > settings.pictures:
        raise PictureBookError("The batch is larger than the book, so no page is full: choose a smaller batch_size.")
    book = book_of(settings, seed)
    kept, updates = yield from _read(settings, seed, series="kept")
    full, _ = yield from _read(settings, seed, series="dropped", drop_last=True)
    seen = {index for step in full for index in step.indices}
    dropped = tuple(index for step in kept for index in step.indices if index not in seen)
    names = list(dict.fromkeys(book.training.pictures[index].name for index in dropped))
    told = listed_plainly(names[:NAMED])
    if not dropped:
        answer = "even"
    else:
        answer = "round_up" if updates > settings.pictures // settings.batch_size else "round_down"
    return Result(
        answer,
        {
            "updates": count(updates),
            "updates_dropping": count(len(full)),
            "last": count(kept[-1].pictures),
            "dropped": count(len(dropped)),
            "dropped_names": Figure(told, "words"),
        },
        {"dropped": dropped},
    )


def epoch_line(settings: Settings, seed: int) -> Running:
    """Make the same number of updates with the epoch line in two places, and compare the weights."""
    book = book_of(settings, seed)
    plain = learner_for(settings, book, seed)
    moved = learner_for(settings, book, seed)
    read = partial(train, batch_size=settings.batch_size, seed=seed)
    yield from read(plain, book.training, epochs=settings.epochs, series="book")
    updates = plain.global_step
    epochs, rest = divmod(updates, settings.steps_per_epoch)
    if rest:
        raise PictureBookError(
            f"The book's {updates} steps are no whole number of epochs of {settings.steps_per_epoch} steps: "
            "choose another steps_per_epoch."
        )
    yield from read(moved, book.training, epochs=epochs, steps_per_epoch=settings.steps_per_epoch, series="moved")
    apart = different(weights(plain), weights(moved))
    return Result(
        "another_learner" if apart else "same_learner",
        {
            "steps": count(updates // settings.epochs),
            "updates": count(updates),
            "epochs_moved": count(epochs),
            "share_read": share(min(1.0, settings.steps_per_epoch * settings.batch_size / settings.pictures)),
            "weights": count(plain.parameters),
            "weights_different": count(apart),
        },
    )


def _read(
    settings: Settings, seed: int, *, series: str = "model", epochs: int = 1, drop_last: bool = False
) -> Generator[Told, None, tuple[list[StepEnded], int]]:
    """Train on the book; returns the steps as they were told, and the updates that the learner itself counted."""
    book = book_of(settings, seed)
    learner = learner_for(settings, book, seed)
    steps: list[StepEnded] = []

    def listen(event: FitEvent) -> None:
        if isinstance(event, StepEnded):
            steps.append(event)

    yield from train(
        learner,
        book.training,
        epochs=epochs,
        batch_size=settings.batch_size,
        seed=seed,
        series=series,
        on_event=listen,
        drop_last=drop_last,
    )
    return steps, learner.global_step


def listed_plainly(names: list[str]) -> str:
    """ "melon, dog and cat"; "none" where there is nothing to name."""
    if len(names) < 2:
        return names[0] if names else "none"
    return f"{', '.join(names[:-1])} and {names[-1]}"
