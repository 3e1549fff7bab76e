"""Reading a book, page after page, epoch after epoch: what ``Learner.fit`` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.book import Book, PictureSet
from picturebook_tui.book.pages import Plan
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.arrays import IntArray
from picturebook_tui.learner.history import EpochBegan, EpochEnded, FitEvent, History, StepEnded, Stopped

if TYPE_CHECKING:
    from picturebook_tui.learner.learner import Learner

Arrays = tuple[NDArray[np.uint8], NDArray[Any]]


MOST_PREPARED = 64_000_000
"""Bytes of pixels as float32: 20,000 pictures at 16×16."""


class Average:
    """Σ over batches of value × batch length, divided by Σ lengths: a short last batch weighs what it holds."""

    def __init__(self) -> None:
        self.loss = self.right = 0.0
        self.pictures = 0

    def add(self, loss: float, right: int, pictures: int) -> None:
        """``loss`` is the batch's mean, ``right`` the number guessed right."""
        self.loss += loss * pictures
        self.right += right
        self.pictures += pictures

    def logs(self) -> dict[str, float]:
        return {"accuracy": self.right / self.pictures, "loss": self.loss / self.pictures}


def fit(
    learner: Learner,
    book: Any,
    *,
    epochs: int,
    batch_size: int,
    validation_data: Any,
    steps_per_epoch: int | None,
    shuffle: bool,
    drop_last: bool,
    verbose: int,
    seed: int,
    on_event: Callable[[FitEvent], None] | None,
    clock: Callable[[], float] | None,
) -> History:
    """See ``Learner.fit``."""
    if verbose not in (0, 1, 2):
        raise PictureBookError(f"verbose can be 0 (silent), 1 or 2 (a line an epoch), not {verbose}.")
    pixels, targets = _arrays(book, "A book")
    if not len(pixels):
        raise PictureBookError("This book has no pictures: put at least one in.")
    plan = Plan(
        pictures=len(pixels), batch_size=batch_size, epochs=epochs, seed=seed,
        shuffle=shuffle, drop_last=drop_last, steps_per_epoch=steps_per_epoch,
    )  # fmt: skip
    if learner.labels is None and isinstance(book, Book):
        learner.labels = book.labels
    truth, network = learner._checked(pixels, targets)
    validation = _validation(book, validation_data)
    if validation is not None:
        learner._checked(*validation)
    history = History(
        params={
            "epochs": plan.epochs, "steps": plan.steps, "batch_size": plan.batch_size, "pictures":
            plan.pictures, "kind": learner.kind, "optimizer": learner.optimizer_name, "learning_rate":
            learner.learning_rate, "seed": seed, "shuffle": shuffle, "drop_last": drop_last, "verbose":
            verbose,
        }
    )  # fmt: skip

    # Each picture is made ready once and not once an epoch, where there is room for all of them.
    whole = network.prepare(pixels) if pixels.size * 4 <= MOST_PREPARED else None

    def read(chosen: IntArray) -> tuple[float, int]:
        if whole is None:
            return learner._learn(network, network.prepare(pixels[chosen]), truth[chosen], None)
        return learner._learn(network, whole, truth[chosen], chosen)

    def tell(event: FitEvent) -> None:
        if verbose:
            _print(event, verbose)
        if on_event is not None:
            on_event(event)

    for epoch in range(plan.epochs):
        tell(EpochBegan(epoch, plan.epochs, plan.steps))
        average = Average()
        seconds = None if clock is None else 0.0
        before = learner.global_step
        for step_in_epoch in range(plan.steps):
            began = None if clock is None else clock()
            batch = plan.batch(epoch * plan.steps + step_in_epoch)
            chosen = np.array(batch.indices)
            made = learner.global_step
            loss, right = read(chosen)
            took = None
            if clock is not None and began is not None and seconds is not None:
                took = clock() - began
                seconds += took
            average.add(loss, right, len(chosen))
            tell(
                StepEnded(
                    epoch, step_in_epoch, made, plan.steps, batch.first, batch.last, batch.indices,
                    loss, right / len(chosen), took,
                )
            )  # fmt: skip
            if learner.stopped is not None:
                break
        logs = average.logs()
        if learner.stopped is not None:
            tell(Stopped(learner.global_step, learner.stopped))
            history.stopped = learner.stopped
        if validation is not None:
            measured = learner.evaluate(*validation)
            logs |= {"val_accuracy": measured.accuracy, "val_loss": measured.loss}
        history.add(epoch, logs)
        tell(EpochEnded(epoch, plan.epochs, logs, seconds, learner.global_step - before, average.pictures))
        if learner.stopped is not None:
            break
    return history


def _arrays(book: Any, what: str) -> Arrays:
    if isinstance(book, Book):
        return book.training.pixels, book.training.targets
    if isinstance(book, PictureSet):
        return book.pixels, book.targets
    if isinstance(book, tuple) and len(book) == 2:
        return book[0], book[1]
    raise PictureBookError(f"{what} must be one from load_book, or (pixels, targets), not {type(book).__name__}.")


def _validation(book: Any, given: Any) -> Arrays | None:
    """The pictures to measure after each epoch; None where there are none."""
    if given is None:
        return None
    if isinstance(given, str):
        if given != "unseen":
            raise PictureBookError(f'validation_data can be pictures, None or "unseen", not {given!r}.')
        if not isinstance(book, Book):
            return None
        given = book.unseen
    pixels, targets = _arrays(given, "validation_data")
    return (pixels, targets) if len(pixels) else None


def _print(event: FitEvent, verbose: int) -> None:
    """Keras' lines, on standard output: what people who know it look for."""
    if isinstance(event, EpochBegan):
        print(f"Epoch {event.epoch + 1}/{event.epochs}", flush=True)
    elif isinstance(event, Stopped):
        print(event.sentence, flush=True)
    elif isinstance(event, EpochEnded):
        parts = [f"{event.steps}/{event.steps}"]
        if verbose == 1:
            parts[0] += " " + "━" * 20
        if event.seconds is not None and event.seconds_per_step is not None:
            parts.append(f"{event.seconds:.0f}s {event.seconds_per_step * 1000:.3g}ms/step")
        parts += [f"{name}: {value:.4f}" for name, value in event.logs.items()]
        print(" - ".join(parts), flush=True)
