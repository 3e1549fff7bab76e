"""What if? Many sibling learners on one book: other batch sizes, other learning rates, everything else the same.

A sibling starts from the same weights as the run's own learner and reads the same pictures in the same order; only the
page's length and the rate differ. What comes out is what a ``Learner`` taught in a plain loop would have guessed, page
by page (``sweep_plain`` is that loop; ``sweep_stack`` gets there sooner where it can).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

from picturebook_tui.learner.optimizers import optimizer_named
from picturebook_tui.learner.sweep_job import SiblingEpoch, SweepJob
from picturebook_tui.learner.sweep_plain import sweep_plain
from picturebook_tui.learner.sweep_stack import sweep_stacks

__all__ = ["Sibling", "SiblingEpoch", "SweepJob", "SweepResult", "estimated_seconds", "gather", "sweep"]

STACKED_PICTURES = 2000
"""Books up to this size are taught by the rewriting of ``sweep_stack``: its products grow with the square of the book,
and from about twice the 768 inputs on the plain loop has no more to multiply."""

UPDATE, PICTURE = 0, 1
PLAIN = {"softmax": (80e-6, 12e-6), "mlp": (250e-6, 25e-6), "cnn": (320e-6, 230e-6)}
STACKED = (40e-6, 6e-6)
"""Seconds of CPU that one sibling takes for an update, and for a picture read and measured again, at 16 pixels and
64 hidden units: measured (tests/benchmarks/bench_sweep.py knows the stacked ones better), a little too high."""


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
    return sweep_stacks(job) if stacks(job) else sweep_plain(job)


def stacks(job: SweepJob) -> bool:
    """Whether the siblings can be taught together by ``sweep_stack``, and are sooner done that way."""
    ball = optimizer_named(job.optimizer or "").heavy_ball
    return job.kind in ("softmax", "mlp") and ball is not None and len(job.pixels) <= STACKED_PICTURES


def estimated_seconds(job: SweepJob) -> float:
    """About how long a sweep takes one core, from constants: the same on every machine."""
    pictures = len(job.pixels)
    wide = (int(job.pixels.shape[1]) / 16) ** 2
    if job.kind == "mlp":
        wide *= max(1.0, job.hidden / 64)
    if stacks(job):
        # Its products are as wide as the book is long, not as a picture is.
        update, picture = STACKED[UPDATE], STACKED[PICTURE] + pictures * 10e-9
        wide = max(1.0, job.hidden / 64) if job.kind == "mlp" else 1.0
    else:
        update, picture = PLAIN[job.kind]
    measured = pictures + (0 if job.unseen is None else len(job.unseen[0]))
    seconds = 0.0
    for batch_size in job.batch_sizes:
        steps = job.plan(batch_size).steps
        read = steps * min(batch_size, pictures)
        seconds += steps * update + (read + measured) / 2 * picture
    return seconds * wide * job.epochs * len(job.learning_rates)
