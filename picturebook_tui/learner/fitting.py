"""Reading a book, page after page, epoch after epoch: what ``Learner.fit`` does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.counting import MAX_EPOCHS, whole_number
from picturebook_tui.book.pages import Plan
from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.arrays import IntArray
from picturebook_tui.learner.given import Given, given_pictures, given_pixels, is_book
from picturebook_tui.learner.history import EpochBegan, EpochEnded, FitEvent, History, StepEnded, Stopped
from picturebook_tui.learner.state import Bookmark

if TYPE_CHECKING:
    from picturebook_tui.learner.learner import Learner

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
    targets: Any,
    *,
    epochs: int,
    batch_size: int,
    initial_epoch: int | None,
    validation_data: Any,
    steps_per_epoch: int | None,
    shuffle: bool,
    drop_last: bool,
    verbose: int | str,
    seed: int,
    on_event: Callable[[FitEvent], None] | None,
    clock: Callable[[], float] | None,
) -> History:
    """See ``Learner.fit``."""
    lines = 1 if verbose == "auto" else verbose
    if not isinstance(lines, int | np.integer) or lines not in (0, 1, 2):
        raise PictureBookError(f"verbose can be 0 (silent), 1 or 2 (a line an epoch), not {shown(verbose)}.")
    for name, function in (("on_event", on_event), ("clock", clock)):
        if function is not None and not callable(function):
            raise PictureBookError(f"{name} is {shown(function)}, which can't be called: pass a function.")
    given = given_pictures(book.training if is_book(book) and targets is None else book, targets, "fit({})", "book")
    pixels, truth, labels = learner._checked(given)
    plan = Plan(
        pictures=len(pixels), batch_size=batch_size, epochs=epochs, seed=seed,
        shuffle=shuffle, drop_last=drop_last, steps_per_epoch=steps_per_epoch,
    )  # fmt: skip
    validation = _validation(book, validation_data)
    if validation is not None:
        unseen, unseen_truth, labels = learner._checked(validation, pixels.shape[1], labels)
    first, start = _beginning(learner.bookmark, plan, pixels, initial_epoch)
    last = first + plan.epochs if initial_epoch is None else plan.epochs
    network = learner._ready(pixels.shape[1], labels)
    history = History(
        params={
            "epochs": plan.epochs, "initial_epoch": first, "steps": plan.steps, "batch_size": plan.batch_size,
            "pictures": plan.pictures, "kind": learner.kind, "optimizer": learner.optimizer_name, "learning_rate":
            learner.learning_rate, "seed": plan.seed, "shuffle": plan.shuffle, "drop_last":
            plan.drop_last, "verbose": int(lines),
        }
    )  # fmt: skip

    # Each picture is made ready once and not once an epoch, where there is room for all of them.
    whole = network.prepare(pixels) if pixels.size * 4 <= MOST_PREPARED else None

    def read(chosen: IntArray) -> tuple[float, int]:
        if whole is None:
            return learner._learn(network, network.prepare(pixels[chosen]), truth[chosen], None)
        return learner._learn(network, whole, truth[chosen], chosen)

    def tell(event: FitEvent) -> None:
        if lines:
            _print(event, int(lines), plan.steps)
        if on_event is not None:
            on_event(event)

    for epoch in range(first, last):
        tell(EpochBegan(epoch, last, plan.steps))
        average = Average()
        seconds, learned, before = 0.0, 0, learner.global_step
        for step_in_epoch in range(plan.steps):
            began = 0.0 if clock is None else clock()
            batch = plan.further(start + step_in_epoch)
            chosen = np.array(batch.indices)
            made = learner.global_step
            loss, right = read(chosen)
            updated = learner.global_step > made
            # Where the update was refused, most of the time went into finding out by how much the rate is too high.
            took = None if clock is None else clock() - began
            if updated:
                seconds += took or 0.0
                learned += len(chosen)
            average.add(loss, right, len(chosen))
            tell(
                StepEnded(
                    epoch, step_in_epoch, made, plan.steps, batch.first, batch.last, batch.indices,
                    loss, right / len(chosen), took if updated else None, updated,
                )
            )  # fmt: skip
            if learner.stopped is not None:
                break
        logs = average.logs()
        if learner.stopped is not None:
            tell(Stopped(learner.global_step, learner.stopped))
            history.stopped = learner.stopped
        if validation is not None:
            figures = learner.evaluate(unseen, unseen_truth)
            logs |= {"val_accuracy": figures.accuracy, "val_loss": figures.loss}
        start += plan.steps
        learner.bookmark = _bookmark(epoch + 1, start, plan, pixels)
        history.add(epoch, logs)
        tell(
            EpochEnded(
                epoch, last, logs, None if clock is None else seconds, learner.global_step - before, average.pictures,
                learned,
            )
        )  # fmt: skip
        if learner.stopped is not None:
            break
    return history


def _beginning(bookmark: Bookmark, plan: Plan, pixels: NDArray[np.uint8], initial_epoch: int | None) -> tuple[int, int]:
    """The number of the first epoch, and how many pages of the plan lie before it."""
    if initial_epoch is not None:
        first = whole_number(initial_epoch, "initial epoch", least=0, most=MAX_EPOCHS)
        if first > plan.epochs:
            raise PictureBookError(
                f"initial_epoch is {first} and epochs {plan.epochs}: epochs is the number that the last one ends at, "
                f"so pass epochs={first + plan.epochs} for {plan.epochs} more."
            )
        return first, first * plan.steps
    passed = bookmark.pass_ * plan.steps_per_pass
    if not bookmark.pictures:
        return bookmark.epoch, passed
    if plan.steps_per_epoch is not None and bookmark.book == _digest(pixels):
        # With another batch size, from the page on in which it stopped.
        return bookmark.epoch, passed + min(bookmark.pictures // plan.batch_size, plan.steps_per_pass)
    # An epoch is once through the book, and another book is not open in the middle.
    return bookmark.epoch, passed + plan.steps_per_pass


def _bookmark(epoch: int, read: int, plan: Plan, pixels: NDArray[np.uint8]) -> Bookmark:
    """After so many pages of the plan."""
    number, page = divmod(read, plan.steps_per_pass)
    return Bookmark(epoch, number, page * plan.batch_size, _digest(pixels) if page else "")


def _digest(pixels: NDArray[np.uint8]) -> str:
    return hashlib.blake2b(np.ascontiguousarray(pixels).data, digest_size=16).hexdigest()


def _validation(book: Any, data: Any) -> Given | None:
    """The pictures to measure after each epoch; None where there are none."""
    if isinstance(data, str):
        if data != "unseen":
            raise PictureBookError(f'validation_data can be pictures, None or "unseen", not {shown(data)}.')
        data = book.unseen if is_book(book) else None
    elif is_book(data):
        if not len(data.unseen):
            raise PictureBookError("That book has no unseen pages: load it with some, as in load_book(…, unseen=10).")
        data = data.unseen
    if data is None:
        return None
    given = given_pictures(data, None, "validation_data=({})", "book")
    pixels = given_pixels(given.pixels)
    return None if getattr(pixels, "shape", ())[:1] == (0,) else given._replace(pixels=pixels)


def _print(event: FitEvent, verbose: int, steps: int) -> None:
    """Keras' lines, on standard output: what people who know it look for."""
    if isinstance(event, EpochBegan):
        print(f"Epoch {event.epoch + 1}/{event.epochs}", flush=True)
    elif isinstance(event, Stopped):
        print(event.sentence, flush=True)
    elif isinstance(event, EpochEnded):
        parts = [f"{event.steps}/{steps}"]
        if verbose == 1:
            parts[0] += " " + "━" * 20
        if event.pace:
            parts.append(f"{event.seconds:.0f}s {event.pace}")
        parts += [f"{name}: {value:.4f}" for name, value in event.logs.items()]
        print(" - ".join(parts), flush=True)
