"""Siblings of one batch size taught together, by an exact rewriting of the ordinary loop.

With W = W₀ + XᵀA (see ``sweep_shared``) an update of a page touches only its pictures' rows of A. The rates of one
batch size read the same pages, so their columns lie side by side and are multiplied at once. Momentum keeps a second
array V like A: V ← μV, V[page] += D, A ← A + V, where D is the page's scaled gradient. To spare passing over all of A
and V at every page, U = A + V μ/(1 − μ) is kept instead of A: it is where A would come to rest, and it changes only
where D is added, U[page] += D/(1 − μ). Some pages form a block: what U and V contribute to all of them is one large
product, and inside the block an update k pages ago counts (1 − μᵏ)/(1 − μ) times. It is all the same sum in another
order.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.book.pages import Plan
from picturebook_tui.learner.inputs import FloatArray, IntArray
from picturebook_tui.learner.metrics import mean_by_label
from picturebook_tui.learner.networks import FAINTEST
from picturebook_tui.learner.stability import LARGEST_LOSS, LARGEST_NORM
from picturebook_tui.learner.sweep_blocks import blocks, diagonal
from picturebook_tui.learner.sweep_job import SiblingEpoch, SweepJob, pack_guesses
from picturebook_tui.learner.sweep_shared import Shared

COLUMNS = 520
"""Columns stacked at most: eight siblings of 64 units and the bias's. More leave the cache, fewer make more calls."""

BLOCK = 128
"""Pictures in a block, at most: within it every page is multiplied with all before it."""

SMALL_BLOCKS = {1: 32, 2: 64}
"""The same for the smallest pages, whose products with those before them cost more than their own sums."""

SINGLE = 64
"""From this batch size on a block is one page: A itself is then cheaper to make than a second product."""

LARGEST_RATE = 1e30
"""Higher rates are refused at the first update just the same, and this one is still a float32."""

FAINT = 1e-6
"""The velocities' common factor is worked into them when it is this small, after 130 pages or so at momentum 0.9."""

FEW_LABELS = 8
"""Up to so many, taking the labels one after another is quicker than reducing over them: NumPy reduces a short last
axis at ten times the cost of its numbers."""

TINY = 1e-30
"""As in ``optimizers``: velocities that fade for good must not become subnormal numbers, which are slow."""

Measured = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Accuracy and loss, (siblings,) each."""


def sweep_stacks(job: SweepJob, dtype: DTypeLike = np.float32) -> Generator[tuple[SiblingEpoch, ...], None, None]:
    """See ``sweep``; a slice is one epoch of the siblings of one batch size, ``COLUMNS`` columns of them at most."""
    shared = Shared(job, dtype)
    together = max(1, COLUMNS // shared.units)
    for batch_size in job.batch_sizes:
        plan = job.plan(batch_size)
        for first in range(0, len(job.learning_rates), together):
            stack = Stack(shared, job.learning_rates[first : first + together], batch_size)
            for epoch in range(job.epochs):
                yield stack.read(plan, epoch)


class Stack:
    """Siblings that differ in their learning rate alone.

    Attributes
    ----------
    rest, velocity : (n, siblings · units)
        U and V above, one sibling's columns after the other's; views of one array, so that both are one product.
    second : (siblings · labels, siblings · units), or None for softmax
        The second layers, each in its block on the diagonal and zero elsewhere: one product instead of many small ones.
        Nothing is ever added to the columns of the units that are always 1.
    stopped : for each sibling the step whose update was refused, or −1.
    """

    def __init__(self, shared: Shared, rates: Sequence[float], batch_size: int) -> None:
        dtype = shared.dtype
        self.shared, self.rates, self.batch_size = shared, tuple(rates), batch_size
        count, units, labels = len(rates), shared.units, shared.labels
        self.count = count
        self.columns = count * units
        self.scale = -np.minimum(np.array(rates, np.float64), LARGEST_RATE).astype(dtype)[:, None]
        self.momentum = shared.momentum
        self.at_rest = self.momentum / (1.0 - self.momentum)
        both = np.zeros((shared.pictures, self.columns * (2 if self.momentum else 1)), dtype)
        self.both: FloatArray = both
        self.rest = both[:, : self.columns]
        self.velocity = both[:, self.columns :] if self.momentum else None
        self.second: FloatArray | None = None
        if shared.second is not None:
            self.second = np.zeros((count * labels, self.columns), dtype)
            self.second_own = diagonal(self.second, count, labels, units)
            self.second_own[:] = shared.second
            self.second_velocity = np.zeros((count, labels, units), dtype)
            self.second_gradient = np.zeros_like(self.second)
            self.gradient_own = diagonal(self.second_gradient, count, labels, units)
        self.stopped = np.full(count, -1, np.int64)
        self.steps = 0
        length = np.linalg.norm(self.shared.weight) ** 2 + np.linalg.norm(self.shared.bias) ** 2
        if shared.second is not None:
            length += np.linalg.norm(shared.second) ** 2
        # How long each sibling's weights and last change can be at most; as ``stability.Guard`` reckons.
        self.length = np.full(count, length**0.5)
        self.fastest = np.zeros(count)
        self.faded = 1.0
        """V is ``velocity`` times this: it fades at every page, and is not multiplied each time."""
        block = SMALL_BLOCKS.get(batch_size, BLOCK)
        self._pages = block // batch_size if batch_size < SINGLE else 1
        self._rows = max(min(batch_size, shared.pictures), BLOCK)
        self._make_buffers(self._rows)

    # -- reading ---------------------------------------------------------------------------------------

    def read(self, plan: Plan, epoch: int) -> tuple[SiblingEpoch, ...]:
        """Teach all siblings one epoch and measure them."""
        said: list[NDArray[Any]] = []
        losses: list[NDArray[Any]] = []
        shown: list[IntArray] = []
        for block in blocks(plan, epoch, self._pages):
            shown += block
            for labels, lost in self._advance(block):
                said.append(labels)
                losses.append(lost)
        sizes = tuple(map(len, shown))
        pictures = sum(sizes)
        guesses, order = np.concatenate(said), np.concatenate(shown)
        right = np.count_nonzero(guesses == self.shared.targets[order][:, None], axis=0)
        loss = np.concatenate(losses).sum(axis=0, dtype=np.float64) / pictures
        book, unseen = self._measure()
        return tuple(
            SiblingEpoch(
                batch_size=self.batch_size,
                learning_rate=rate,
                epoch=epoch,
                right=int(right[number]),
                pictures=pictures,
                loss=float(loss[number]),
                book_accuracy=float(book[0][number]),
                book_loss=float(book[1][number]),
                unseen_accuracy=None if unseen is None else float(unseen[0][number]),
                unseen_loss=None if unseen is None else float(unseen[1][number]),
                pages=sizes,
                said=pack_guesses(guesses[:, number], self.shared.labels),
                stopped=None if self.stopped[number] < 0 else int(self.stopped[number]),
            )
            for number, rate in enumerate(self.rates)
        )

    def _advance(self, pages: list[IntArray]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Make the updates of a block of pages.

        Returns
        -------
        For each part of it: labels guessed int (pictures, siblings) and losses float32 (pictures, siblings), both from
        before each page's update.
        """
        before = None if self.second is None else (self.second_own.copy(), self.second_velocity.copy())
        rows = pages[0] if len(pages) == 1 else np.concatenate(pages)
        starts = np.cumsum([0, *map(len, pages)])
        # Numbers may run over on the way to updates that are then refused.
        with np.errstate(all="ignore"):
            self._learn(rows, starts)
            labels, losses = self._said(self.shared.targets[rows])
            length, fastest, fine = self._reach(rows, starts, losses)
        if not fine.all():
            if len(pages) > 1:
                # Some sibling may have run away: once more, page by page, to see which and where.
                self._put_back(before)
                return [part for page in pages for part in self._advance([page])]
            for number in np.flatnonzero(~fine).tolist():
                exact = self._length_after(number, rows, losses)
                if exact <= LARGEST_NORM:
                    length[number] = exact
                else:
                    self._stop(number, before)
                    length[number], fastest[number] = self.length[number], 0.0
        self.length, self.fastest = length, fastest
        self._commit(rows, starts)
        return [(labels, losses)]

    # -- one block -------------------------------------------------------------------------------------

    def _make_buffers(self, rows: int) -> None:
        count, labels, dtype = self.count, self.shared.labels, self.shared.dtype
        self.first = np.zeros((rows, self.columns), dtype)
        self.product = np.zeros((rows, self.columns), dtype)
        self.change = np.zeros((rows, self.columns), dtype)
        self.logits = np.zeros((rows, count, labels), dtype)
        self.chances = np.zeros_like(self.logits)
        self.delta = np.zeros_like(self.logits)
        self.most = np.zeros((rows, count, 1), dtype)
        self.sums = np.zeros((rows, count, 1), dtype)
        self.hidden = np.zeros((rows, self.columns), dtype)
        self.back = np.zeros((rows, self.columns), dtype)
        self.at_rest_now = np.zeros((self.shared.pictures, self.columns), dtype)
        self._views: dict[tuple[int, int], Views] = {}

    def _view(self, start: int, stop: int) -> Views:
        """The buffers' rows from ``start`` to ``stop``, cut once: cutting costs as much as a small page's sums."""
        found = self._views.get((start, stop))
        if found is None:
            found = self._views[start, stop] = Views(self, slice(start, stop))
        return found

    def _weights_now(self) -> FloatArray:
        """A, from U and V."""
        if self.velocity is None:
            return self.rest
        now = self.at_rest_now
        np.multiply(self.velocity, -self.at_rest * self.faded, out=now)
        np.add(now, self.rest, out=now)
        return now

    def _learn(self, rows: IntArray, starts: NDArray[Any]) -> None:
        """Fill the block's buffers, page after page; the second layer moves on, the first waits for ``_commit``."""
        shared, momentum, total, pages = self.shared, self.momentum, len(rows), len(starts) - 1
        products = shared.products[rows]
        first = self.first[:total]
        inside = None
        if pages == 1:
            np.dot(products, self._weights_now(), out=first)
        else:
            age = np.repeat(np.arange(pages), np.diff(starts))
            if self.velocity is None:
                np.dot(products, self.both, out=first)
            else:
                found = products @ self.both
                fading = (-self.at_rest * self.faded * momentum**age).astype(shared.dtype)
                np.multiply(found[:, self.columns :], fading[:, None], out=first)
                np.add(first, found[:, : self.columns], out=first)
            counts = (1.0 - momentum ** np.maximum(age[:, None] - age, 0)) / (1.0 - momentum)
            inside = products[:, rows] * counts.astype(shared.dtype)
        tall = first.reshape(total, self.count, -1)
        np.add(tall, shared.start[rows][:, None], out=tall)
        truths = shared.truth[rows][:, None]
        for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            view = self._view(start, stop)
            if inside is not None and start:
                np.dot(inside[start:stop, :start], self.change[:start], out=view.product)
                np.add(view.first, view.product, out=view.first)
            if self.second is not None:
                np.maximum(view.first, 0, out=view.hidden)
                np.dot(view.hidden, self.second.T, out=view.flat_logits)
            else:
                np.copyto(view.flat_logits, view.first)
            view.choose()
            np.subtract(view.chances, truths[start:stop], out=view.delta)
            np.multiply(view.delta, view.scale, out=view.delta)
            if self.second is None:
                np.copyto(view.change, view.flat_delta)
                continue
            np.dot(view.flat_delta, self.second, out=view.back)
            # Through the rectifier: what it passed on has the sign 1, the rest 0.
            np.sign(view.hidden, out=view.change)
            np.multiply(view.change, view.back, out=view.change)
            # So that the unit that is always 1 stays so.
            view.last_change.fill(0)
            np.dot(view.flat_delta.T, view.hidden, out=self.second_gradient)
            np.multiply(self.second_velocity, momentum, out=self.second_velocity)
            np.add(self.second_velocity, self.gradient_own, out=self.second_velocity)
            np.add(self.second_own, self.second_velocity, out=self.second_own)

    def _said(self, targets: IntArray) -> tuple[NDArray[Any], NDArray[Any]]:
        """Labels guessed and losses, (pictures, siblings) each, of the guesses that lie in the buffers."""
        total = len(targets)
        labels = self.chances[:total].argmax(axis=2)
        true = self.logits[np.arange(total), :, targets]
        return labels, np.log(self.sums[:total, :, 0]) - true

    def _commit(self, rows: IntArray, starts: NDArray[Any]) -> None:
        """Make the block's updates of the first layer."""
        total, pages, momentum = len(rows), len(starts) - 1, self.momentum
        change = self.change[:total]
        self.steps += pages
        if self.velocity is None:
            self.rest[rows] += change
            return
        self.rest[rows] += change * (1.0 / (1.0 - momentum))
        self.faded *= momentum**pages
        age = np.repeat(np.arange(pages - 1, -1, -1), np.diff(starts))
        self.velocity[rows] += change * (momentum**age / self.faded).astype(self.shared.dtype)[:, None]
        if self.faded < FAINT:
            np.multiply(self.velocity, self.faded, out=self.velocity)
            self.faded = 1.0
            for array in (self.velocity, self.second_velocity) if self.second is not None else (self.velocity,):
                array[np.abs(array) < TINY] = 0

    # -- running away ----------------------------------------------------------------------------------

    def _reach(
        self, rows: IntArray, starts: NDArray[Any], losses: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
        """How long the weights and the last change can have become, and which siblings are surely fine."""
        total, pages, momentum, count = len(rows), len(starts) - 1, self.momentum, self.count

        def lengths(array: FloatArray) -> NDArray[Any]:
            tall = array.reshape(total, count, -1)
            return np.add.reduceat(np.einsum("nsu,nsu->ns", tall, tall), starts[:-1], axis=0)

        inputs = np.add.reduceat(self.shared.lengths_squared[rows], starts[:-1])[:, None]
        # |XᵀD| ≤ |X| |D|, and so for the second layer.
        moved = np.sqrt(lengths(self.change[:total]) * inputs)
        if self.second is not None:
            moved = moved + np.sqrt(lengths(self.delta[:total]) * lengths(self.hidden[:total]))
        moved = moved.astype(np.float64)
        left = np.arange(pages, 0, -1)[:, None]
        fastest = self.fastest * momentum**pages + (moved * momentum ** (left - 1)).sum(axis=0)
        way = self.fastest * momentum * (1 - momentum**pages) / (1 - momentum)
        way = way + (moved * (1 - momentum**left) / (1 - momentum)).sum(axis=0)
        length = self.length + way
        worst = np.add.reduceat(losses, starts[:-1], axis=0).max(axis=0)
        # Written so that NaN is not fine. The worst page's sum is at least its mean.
        fine = (length <= LARGEST_NORM) & (worst <= LARGEST_LOSS)
        return np.where(self.stopped < 0, length, self.length), fastest, fine | (self.stopped >= 0)

    def _length_after(self, number: int, rows: IntArray, losses: NDArray[Any]) -> float:
        """The length of a sibling's weights after the page that lies in the buffers; infinite where its loss is too
        high to go on."""
        shared, units = self.shared, self.shared.units
        if not float(losses[:, number].mean()) <= LARGEST_LOSS:
            return float("inf")
        own = slice(number * units, (number + 1) * units)
        with np.errstate(all="ignore"):
            rest = self.rest[:, own].astype(np.float64)
            if self.velocity is not None:
                # A + V after the update: V' = μV + D, and A = U − V μ/(1 − μ).
                rest += self.velocity[:, own] * (self.faded * (self.momentum - self.at_rest))
            rest[rows] += self.change[: len(rows), own]
            rest = rest[:, : len(shared.bias)]
            weight = shared.weight + shared.inputs.T @ rest.astype(self.shared.dtype)
            bias = shared.bias + rest.sum(axis=0)
            squared = np.vdot(weight, weight) + np.vdot(bias, bias)
            if self.second is not None:
                squared += np.vdot(self.second_own[number], self.second_own[number])
            length = float(np.sqrt(squared))
        return length if length <= LARGEST_NORM else float("inf")

    def _stop(self, number: int, before: tuple[FloatArray, FloatArray] | None) -> None:
        """Refuse a sibling's update and all that would follow."""
        own = slice(number * self.shared.units, (number + 1) * self.shared.units)
        self.stopped[number] = self.steps
        self.scale[number] = 0
        self._views.clear()
        self.change[:, own] = 0
        if self.velocity is not None:
            self.rest[:, own] -= self.velocity[:, own] * (self.at_rest * self.faded)
            self.velocity[:, own] = 0
        if before is not None:
            self.second_own[number] = before[0][number]
            self.second_velocity[number] = 0

    def _put_back(self, before: tuple[FloatArray, FloatArray] | None) -> None:
        """Undo what ``_learn`` did to the second layers."""
        if before is not None:
            self.second_own[:], self.second_velocity[:] = before

    # -- measuring -------------------------------------------------------------------------------------

    def _measure(self) -> tuple[Measured, Measured | None]:
        """Accuracy and loss (siblings,), weights frozen: of the book, and of unseen pictures averaged over labels."""
        shared = self.shared
        now = self._weights_now()
        labels, losses = [], []
        for start in range(0, len(shared.products), self._rows):
            here = slice(start, start + self._rows)
            targets = shared.targets[here]
            view = self._view(0, len(targets))
            np.dot(shared.products[here], now, out=view.first)
            np.add(view.tall, shared.start[here][:, None], out=view.tall)
            if self.second is not None:
                np.maximum(view.first, 0, out=view.hidden)
                np.dot(view.hidden, self.second.T, out=view.flat_logits)
            else:
                np.copyto(view.flat_logits, view.first)
            view.choose()
            told, lost = self._said(targets)
            labels.append(told)
            losses.append(lost)
        right = np.concatenate(labels) == shared.targets[:, None]
        lost = np.concatenate(losses).astype(np.float64)
        book, unseen = slice(0, shared.pictures), slice(shared.pictures, None)
        if len(right) == shared.pictures:
            return (right.mean(axis=0), lost.mean(axis=0)), None
        return (right[book].mean(axis=0), lost[book].mean(axis=0)), (
            mean_by_label(right[unseen], shared.targets[unseen]),
            lost[unseen].mean(axis=0),
        )


class Views:
    """Some rows of a stack's buffers, in the shapes they are used in."""

    def __init__(self, stack: Stack, here: slice) -> None:
        rows = here.stop - here.start
        units = stack.shared.units
        self.first, self.product, self.change = stack.first[here], stack.product[:rows], stack.change[here]
        self.tall = self.first.reshape(rows, stack.count, units)
        self.last_change = self.change.reshape(rows, stack.count, units)[:, :, -1]
        self.logits, self.chances, self.delta = stack.logits[here], stack.chances[here], stack.delta[here]
        self.flat_logits, self.flat_delta = self.logits.reshape(rows, -1), self.delta.reshape(rows, -1)
        self.most, self.sums = stack.most[here], stack.sums[here]
        self.few = self.logits.shape[2] <= FEW_LABELS
        if self.few:
            self.by_label = [self.logits[:, :, label] for label in range(self.logits.shape[2])]
            self.chances_by_label = [self.chances[:, :, label] for label in range(self.logits.shape[2])]
        self.most_flat, self.sums_flat = self.most[:, :, 0], self.sums[:, :, 0]
        self.hidden, self.back = stack.hidden[here], stack.back[:rows]
        self.scale = stack.scale / rows

    def choose(self) -> None:
        """Make ``chances`` of the logits (softmax), as ``networks.Buffers.choose`` does."""
        if self.few:
            np.maximum(self.by_label[0], self.by_label[1], out=self.most_flat)
            for column in self.by_label[2:]:
                np.maximum(self.most_flat, column, out=self.most_flat)
        else:
            np.maximum.reduce(self.logits, axis=2, out=self.most, keepdims=True)
        np.subtract(self.logits, self.most, out=self.logits)
        np.maximum(self.logits, FAINTEST, out=self.chances)
        np.exp(self.chances, out=self.chances)
        if self.few:
            np.add(self.chances_by_label[0], self.chances_by_label[1], out=self.sums_flat)
            for column in self.chances_by_label[2:]:
                np.add(self.sums_flat, column, out=self.sums_flat)
        else:
            np.add.reduce(self.chances, axis=2, out=self.sums, keepdims=True)
        np.divide(self.chances, self.sums, out=self.chances)
