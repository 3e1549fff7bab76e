"""What a sweep is asked, and what it tells of each epoch of a sibling: values that cross into another process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.counting import whole_number
from picturebook_tui.book.pages import Plan
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.defaults import LARGEST_HIDDEN, default_learning_rate, default_optimizer
from picturebook_tui.learner.given import MOST_LABELS
from picturebook_tui.learner.inputs import check_pixels, check_targets
from picturebook_tui.learner.optimizers import check_rate

MOST_SIBLINGS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class SweepJob:
    """Everything a sweep needs, in values that pickle: it crosses into a process of its own.

    Raises
    ------
    PictureBookError : on making it, where the parts can't be used together.
    """

    pixels: NDArray[np.uint8]
    """uint8 (n, size, size, 3): the book's training pictures."""
    targets: NDArray[Any]
    """int (n,)"""
    labels: int
    batch_sizes: tuple[int, ...]
    learning_rates: tuple[float, ...]
    unseen_pixels: NDArray[np.uint8] | None = None
    """uint8 (m, size, size, 3); None or none of them: no validation."""
    unseen_targets: NDArray[Any] | None = None
    kind: str = "mlp"
    optimizer: str | None = None
    hidden: int = 64
    epochs: int = 3
    seed: int = 0
    shuffle: bool = True
    drop_last: bool = False
    steps_per_epoch: int | None = None

    def __post_init__(self) -> None:
        if self.optimizer is None:
            object.__setattr__(self, "optimizer", default_optimizer(self.kind))
        default_learning_rate(self.kind, self.optimizer or "")  # says so where there is no such learner or optimizer
        whole_number(self.labels, "number of labels", least=2, most=MOST_LABELS)
        whole_number(self.hidden, "number of hidden units", least=1, most=LARGEST_HIDDEN)
        size = check_pixels(self.pixels, None)
        check_targets(self.targets, len(self.pixels), self.labels)
        if self.unseen_pixels is not None and len(self.unseen_pixels):
            if self.unseen_targets is None:
                raise PictureBookError("The unseen pictures came without their labels: pass both, or neither.")
            check_pixels(self.unseen_pixels, size)
            check_targets(self.unseen_targets, len(self.unseen_pixels), self.labels)
        if not self.batch_sizes or not self.learning_rates:
            raise PictureBookError("A sweep needs a batch size and a learning rate at least: pass one of each.")
        for rate in self.learning_rates:
            check_rate(rate)
        if len(set(self.batch_sizes)) < len(self.batch_sizes) or len(set(self.learning_rates)) < len(
            self.learning_rates
        ):
            raise PictureBookError("Each batch size and each learning rate is tried once: leave out the repeated one.")
        whole_number(
            len(self.batch_sizes) * len(self.learning_rates), "number of siblings", least=1, most=MOST_SIBLINGS
        )
        for batch_size in self.batch_sizes:
            self.plan(batch_size)

    @property
    def siblings(self) -> int:
        return len(self.batch_sizes) * len(self.learning_rates)

    @property
    def unseen(self) -> tuple[NDArray[np.uint8], NDArray[Any]] | None:
        """The validation pictures and their targets; None where there are none."""
        if self.unseen_pixels is None or self.unseen_targets is None or not len(self.unseen_pixels):
            return None
        return self.unseen_pixels, self.unseen_targets

    def plan(self, batch_size: int) -> Plan:
        """The pages of the siblings with this batch size."""
        return Plan(
            pictures=len(self.pixels), batch_size=batch_size, epochs=self.epochs, seed=self.seed,
            shuffle=self.shuffle, drop_last=self.drop_last, steps_per_epoch=self.steps_per_epoch,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiblingEpoch:
    """One epoch of one sibling. Accuracies are shares, 0 to 1; losses mean nats per picture; all finite."""

    batch_size: int
    learning_rate: float
    epoch: int
    """From 0."""
    right: int
    """Pictures guessed right, each before its page's update."""
    pictures: int
    """Pictures shown."""
    loss: float
    """Of the same guesses."""
    book_accuracy: float
    book_loss: float
    """The whole book measured again at the end of the epoch, with frozen weights."""
    unseen_accuracy: float | None
    unseen_loss: float | None
    """Unseen pictures at the end of the epoch, the accuracy averaged over their labels; None where there are none."""
    pages: tuple[int, ...]
    """How many pictures each page had."""
    said: bytes = field(repr=False)
    """The label guessed for each picture in the order shown; see ``guesses``."""
    stopped: int | None
    """The step, from 0 since the start, whose update was refused because the weights would have run away; the sibling
    goes on guessing with those it had. None: it still learns."""

    @property
    def accuracy(self) -> float:
        """Prequential: each page guessed before its update."""
        return self.right / self.pictures

    @property
    def guesses(self) -> tuple[NDArray[np.integer[Any]], ...]:
        """Page by page, the index of the label guessed for each picture."""
        wide = len(self.said) > self.pictures
        flat = np.frombuffer(self.said, np.dtype("<u2") if wide else np.dtype(np.uint8))
        return tuple(np.split(flat, np.cumsum(self.pages)[:-1]))


def pack_guesses(labels: NDArray[np.integer[Any]], count: int) -> bytes:
    """Guessed labels as ``SiblingEpoch.said``: a byte each, two where there are more than 256 labels."""
    return labels.astype("<u2" if count > 256 else np.uint8).tobytes()
