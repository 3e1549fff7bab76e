"""How ``sweep_stack`` cuts its work: an epoch into blocks of pages, a second layer into its diagonal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from picturebook_tui.book.pages import Plan, epoch_order
from picturebook_tui.learner.inputs import FloatArray, IntArray


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
