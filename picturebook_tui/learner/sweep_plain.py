"""Siblings taught one after another by the ordinary ``Learner``: slow, for any kind and optimizer.

It is also what ``sweep_stack`` is checked against.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.metrics import mean_by_label
from picturebook_tui.learner.sweep_job import SiblingEpoch, SweepJob, pack_guesses


def sweep_plain(job: SweepJob) -> Generator[tuple[SiblingEpoch, ...], None, None]:
    """See ``sweep``; a slice is one epoch of one sibling."""
    for batch_size in job.batch_sizes:
        for rate in job.learning_rates:
            yield from _sibling(job, batch_size, rate)


def _sibling(job: SweepJob, batch_size: int, rate: float) -> Generator[tuple[SiblingEpoch, ...], None, None]:
    learner = Learner(
        job.kind, labels=tuple(map(str, range(job.labels))), learning_rate=rate, optimizer=job.optimizer,
        hidden=job.hidden, seed=job.seed,
    )  # fmt: skip
    plan = job.plan(batch_size)
    unseen = job.unseen
    stopped: int | None = None
    for epoch in range(job.epochs):
        said, truths, pages, loss = [], [], [], 0.0
        for batch in plan.batches(epoch):
            chosen = np.array(batch.indices)
            pixels, targets = job.pixels[chosen], job.targets[chosen]
            said.append(learner.predict_proba(pixels).argmax(axis=1))
            truths.append(targets)
            pages.append(len(chosen))
            # Its loss before the update; a learner that has stopped makes none.
            loss += learner.step(pixels, targets) * len(chosen)
            if stopped is None and learner.stopped is not None:
                stopped = batch.global_step
        guesses, pictures = np.concatenate(said), sum(pages)
        book = learner.evaluate(job.pixels, job.targets)
        measured = None if unseen is None else learner.evaluate(*unseen)
        known = None
        if measured is not None and unseen is not None:
            known = float(mean_by_label(np.array(measured.right), np.asarray(unseen[1])))
        row = SiblingEpoch(
            batch_size=batch_size,
            learning_rate=rate,
            epoch=epoch,
            right=int(np.count_nonzero(guesses == np.concatenate(truths))),
            pictures=pictures,
            loss=loss / pictures,
            book_accuracy=book.accuracy,
            book_loss=book.loss,
            unseen_accuracy=known,
            unseen_loss=None if measured is None else measured.loss,
            pages=tuple(pages),
            said=pack_guesses(guesses, job.labels),
            stopped=stopped,
        )
        yield (row,)
