"""The order in which a book is read: pages, steps and epochs, worked out from the seed and nothing else.

Words: a *page* is a batch; reading one is a *step*. A *pass* is once through the book, in one shuffled order. An
*epoch* is a pass too, unless ``steps_per_epoch`` is given: that only moves the epoch line, and reading goes on
where it stopped. (Keras ends such an epoch with the book: of 4 pages and ``steps_per_epoch=3`` it reads 3, 1, 3, 1 in
four epochs, and here it is 3, 3, 3, 3.) Everything counts from 0 but ``Batch.first`` and ``Batch.last``, which are the
numbers a person reads: "pictures 1 to 10".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import index
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.counting import (
    MAX_EPOCHS,
    MAX_PICTURES,
    MAX_STEPS_PER_EPOCH,
    check_seed,
    steps_per_epoch,
    whole_number,
    yes_or_no,
)

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book

Order = NDArray[np.intp]
"""intp (pictures,): each picture's index once."""

ORDER_TAG = 0x9A6E5
"""Keeps the order's random stream apart from any other made from the same seed (pictures, weights)."""


@lru_cache(maxsize=4)
def _order(pictures: int, seed: int, number: int, shuffle: bool) -> Order:
    """``epoch_order`` of checked numbers, remembered: every page of a pass asks for the same one."""
    if shuffle:
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number, ORDER_TAG])))
        order: Order = rng.permutation(pictures).astype(np.intp, copy=False)
    else:
        order = np.arange(pictures, dtype=np.intp)
    order.flags.writeable = False
    return order


def epoch_order(pictures: SupportsIndex, seed: SupportsIndex, epoch: SupportsIndex, *, shuffle: bool = True) -> Order:
    """Give the order in which a pass through the book shows its pictures.

    Parameters
    ----------
    pictures
        Pictures in the book, 1 to ``MAX_PICTURES``.
    seed
        The run's seed.
    epoch
        Which pass, from 0; each has an order of its own.
    shuffle
        False: the book's own order, every time.

    Returns
    -------
    intp (pictures,), a permutation of 0 … pictures-1, read-only: NumPy's PCG64 seeded with (seed, epoch, a tag).
    """
    count = whole_number(pictures, "number of pictures", least=1, most=MAX_PICTURES)
    number = whole_number(epoch, "epoch", least=0, most=MAX_EPOCHS * MAX_STEPS_PER_EPOCH)
    return _order(count, check_seed(seed), number, bool(shuffle))


@dataclass(frozen=True, slots=True)
class Batch:
    """One page of the plan: which pictures, and where in the reading it stands."""

    epoch: int
    step_in_epoch: int
    global_step: int
    """Steps before this one since the start."""
    indices: tuple[int, ...]
    """Into the book's training pictures, in the order shown."""
    first: int
    """Position of the first picture in this pass's order, from 1."""
    last: int
    """Position of the last picture, true to a short last page."""
    pass_: int
    """Which time through the book, from 0; the epoch, unless ``steps_per_epoch`` moved its line."""

    def __len__(self) -> int:
        return len(self.indices)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every page of a run, in order, before anyone has read one: pure arithmetic and the seed.

    Raises
    ------
    PictureBookError
        On making it, where a number can't be meant: no picture, batch size or epochs below 1, a negative seed,
        ``drop_last`` leaving no page.
    """

    pictures: int
    batch_size: int
    epochs: int
    seed: int
    shuffle: bool = True
    drop_last: bool = False
    """Leave the short last page of every pass out; ``dropped`` names its pictures."""
    steps_per_epoch: int | None = None
    """Where to draw the epoch line; None: at the end of the book."""

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("pictures", whole_number(self.pictures, "number of pictures", least=1, most=MAX_PICTURES))
        put("epochs", whole_number(self.epochs, "number of epochs", least=1, most=MAX_EPOCHS))
        put("seed", check_seed(self.seed))
        put("shuffle", yes_or_no(self.shuffle, "shuffle"))
        put("drop_last", yes_or_no(self.drop_last, "drop_last"))
        if self.steps_per_epoch is not None:
            steps = whole_number(self.steps_per_epoch, "steps per epoch", least=1, most=MAX_STEPS_PER_EPOCH)
            put("steps_per_epoch", steps)
        steps_per_epoch(self.pictures, self.batch_size, drop_last=self.drop_last)
        put("batch_size", index(self.batch_size))

    @property
    def steps_per_pass(self) -> int:
        """Pages in once through the book."""
        return steps_per_epoch(self.pictures, self.batch_size, drop_last=self.drop_last)

    @property
    def steps(self) -> int:
        """Steps in an epoch: those of a pass, unless ``steps_per_epoch`` says otherwise."""
        return self.steps_per_pass if self.steps_per_epoch is None else self.steps_per_epoch

    @property
    def total_steps(self) -> int:
        """Steps, that is weight updates, in the whole run."""
        return self.steps * self.epochs

    def batch(self, global_step: SupportsIndex) -> Batch:
        """Open the plan at one page.

        Parameters
        ----------
        global_step
            Steps before it since the start, 0 to ``total_steps`` - 1.

        Raises
        ------
        IndexError
            Where the run has no such step.
        """
        step = index(global_step)
        if not 0 <= step < self.total_steps:
            raise IndexError(f"global_step {step} of a run of {self.total_steps} steps")
        return self.further(step)

    def further(self, step: int) -> Batch:
        """Open the plan at any page from the start on, also beyond its end: where reading goes on after it."""
        epoch, step_in_epoch = divmod(step, self.steps)
        number, step_in_pass = divmod(step, self.steps_per_pass)
        start = step_in_pass * self.batch_size
        stop = min(start + self.batch_size, self.pictures)
        order = _order(self.pictures, self.seed, number, self.shuffle)
        return Batch(
            epoch=epoch,
            step_in_epoch=step_in_epoch,
            global_step=step,
            indices=tuple(order[start:stop].tolist()),
            first=start + 1,
            last=stop,
            pass_=number,
        )

    def batches(self, epoch: SupportsIndex | None = None) -> Iterator[Batch]:
        """Turn the pages of one epoch, or of the whole run where ``epoch`` is None."""
        if epoch is None:
            steps = range(self.total_steps)
        else:
            steps = self._steps_of(epoch)
        return (self.batch(step) for step in steps)

    def dropped(self, epoch: SupportsIndex) -> tuple[int, ...]:
        """Name the pictures that ``drop_last`` left out in an epoch.

        They are the tail of each pass that ends in it, each once, in that order; () without ``drop_last``, and
        where the pages come out even. (Under ``steps_per_epoch`` another pass of the same epoch may show them.)
        """
        kept = self._kept
        if kept == self.pictures:
            return ()
        steps = self._steps_of(epoch)
        passes = range(steps.start // self.steps_per_pass, steps.stop // self.steps_per_pass)
        tails = (_order(self.pictures, self.seed, number, self.shuffle)[kept:].tolist() for number in passes)
        return tuple(dict.fromkeys(picture for tail in tails for picture in tail))

    def share_read(self, epoch: SupportsIndex) -> float:
        """Pictures an epoch shows ÷ pictures in the book: 1.0 is the whole book, 0.5 half of it, 2.0 twice."""
        steps = self._steps_of(epoch)
        return (self._shown_before(steps.stop) - self._shown_before(steps.start)) / self.pictures

    def order_hash(self, book: Book | None = None) -> str:
        """Prove the order: sha-256 (hex) of every index shown, page by page, and of the book's pixels.

        The bytes are ``"pictures batch_size steps epochs\\n"`` (ASCII decimals), each index shown in the run as an
        8-byte little-endian integer, and last the ASCII ``book.pixels_hash`` where a book is given.
        """
        digest = hashlib.sha256(f"{self.pictures} {self.batch_size} {self.steps} {self.epochs}\n".encode("ascii"))
        passes, rest = divmod(self.total_steps, self.steps_per_pass)
        for number in range(passes + bool(rest)):
            shown = self._kept if number < passes else rest * self.batch_size
            order = _order(self.pictures, self.seed, number, self.shuffle)
            digest.update(order[:shown].astype("<i8").tobytes())
        if book is not None:
            digest.update(book.pixels_hash.encode("ascii"))
        return digest.hexdigest()

    @property
    def _kept(self) -> int:
        """Pictures that one pass shows."""
        return self.steps_per_pass * self.batch_size if self.drop_last else self.pictures

    def _shown_before(self, global_step: int) -> int:
        """Pictures shown by the steps before this one."""
        passes, rest = divmod(global_step, self.steps_per_pass)
        return passes * self._kept + rest * self.batch_size

    def _steps_of(self, epoch: SupportsIndex) -> range:
        """The global steps of one epoch."""
        number = index(epoch)
        if not 0 <= number < self.epochs:
            raise IndexError(f"epoch {number} of a run of {self.epochs} epochs")
        return range(number * self.steps, (number + 1) * self.steps)
