"""What if? Many sibling learners on one book: other batch sizes, other learning rates, everything else the same.

A sibling starts from the same weights as the run's own learner and reads the same pictures in the same order; only the
page's length and the rate differ. What comes out is what a ``Learner`` taught in a plain loop would have guessed, page
by page (``sweep_plain`` is that loop; ``sweep_stack`` gets there sooner where it can).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
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
from picturebook_tui.learner.sweep_axes import stacks

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


@dataclass(frozen=True, slots=True)
class Sibling:
    """All epochs of one sibling that have been run so far."""

    batch_size: int
    learning_rate: float
    epochs: tuple[SiblingEpoch, ...]

    @property
    def stopped(self) -> int | None:
        """See ``SiblingEpoch.stopped``."""
        return self.epochs[-1].stopped if self.epochs else None

    @property
    def right(self) -> int:
        return sum(epoch.right for epoch in self.epochs)

    @property
    def pictures(self) -> int:
        return sum(epoch.pictures for epoch in self.epochs)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """The siblings of a sweep, as far as it got."""

    batch_sizes: tuple[int, ...]
    """Ascending."""
    learning_rates: tuple[float, ...]
    """Ascending."""
    epochs: int
    """How many each sibling was to read."""
    siblings: tuple[Sibling, ...]
    """Batch size by batch size, in each rate by rate; those not run yet have no epochs."""

    def sibling(self, batch_size: int, learning_rate: float) -> Sibling:
        """Raises KeyError where the sweep has no such sibling."""
        try:
            row, column = self.batch_sizes.index(batch_size), self.learning_rates.index(learning_rate)
        except ValueError:
            raise KeyError((batch_size, learning_rate)) from None
        return self.siblings[row * len(self.learning_rates) + column]

    @property
    def complete(self) -> bool:
        return all(len(sibling.epochs) == self.epochs for sibling in self.siblings)


def gather(job: SweepJob, slices: Iterable[Sequence[SiblingEpoch]]) -> SweepResult:
    """Lay the slices that ``sweep`` gave, all or the first few, out as a table."""
    found: dict[tuple[int, float], list[SiblingEpoch]] = {}
    for some in slices:
        for row in some:
            found.setdefault((row.batch_size, row.learning_rate), []).append(row)
    sizes, rates = tuple(sorted(job.batch_sizes)), tuple(sorted(job.learning_rates))
    return SweepResult(
        batch_sizes=sizes,
        learning_rates=rates,
        epochs=job.epochs,
        siblings=tuple(
            Sibling(size, rate, tuple(sorted(found.get((size, rate), ()), key=lambda row: row.epoch)))
            for size in sizes
            for rate in rates
        ),
    )


def sweep(job: SweepJob) -> Generator[tuple[SiblingEpoch, ...], None, None]:
    """Teach every sibling, a slice at a time; whoever asks for no more slices has stopped it.

    Yields
    ------
    One epoch of some siblings of one batch size. Batch sizes come in the job's order, and all epochs of one before the
    next begins. The same job gives the same slices, bit for bit, on one machine and NumPy version.
    """
    # Late: each needs this module's classes.
    from picturebook_tui.learner.sweep_plain import sweep_plain
    from picturebook_tui.learner.sweep_stack import sweep_stacks

    return sweep_stacks(job) if stacks(job) else sweep_plain(job)
