"""How ``sweep_stack`` cuts its work: an epoch into blocks of pages, its buffers into the rows of a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from picturebook_tui.book.pages import Plan, epoch_order
from picturebook_tui.learner.inputs import FloatArray, IntArray
from picturebook_tui.learner.networks import FAINTEST

if TYPE_CHECKING:
    from picturebook_tui.learner.sweep_stack import Stack


FEW_LABELS = 8
"""Up to so many, taking the labels one after another is quicker than reducing over them: NumPy reduces a short last
axis at ten times the cost of its numbers."""


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


def blocks(plan: Plan, epoch: int, most: int) -> Iterator[list[IntArray]]:
    """The pages of an epoch as ``plan.batches`` gives them, ``most`` at a time.

    In a block no picture comes twice, so it ends where a pass through the book does. (``plan.batch`` takes as long to
    make a page as a small page takes to learn: this only cuts the order.)
    """
    step, end = epoch * plan.steps, (epoch + 1) * plan.steps
    while step < end:
        number, first = divmod(step, plan.steps_per_pass)
        last = min(first + most, plan.steps_per_pass, first + end - step)
        order = epoch_order(plan.pictures, plan.seed, number, shuffle=plan.shuffle)
        size = plan.batch_size
        yield [order[page * size : (page + 1) * size] for page in range(first, last)]
        step += last - first


def diagonal(array: FloatArray, count: int, height: int, width: int) -> FloatArray:
    """The ``count`` blocks on the diagonal of (count · height, count · width), as a view (count, height, width)."""
    blocks = array.reshape(count, height, count, width)
    view: FloatArray = np.einsum("shsw->shw", blocks)
    return view
