"""Which siblings a sweep has: batch sizes and learning rates around a run's own, as many as there is time for."""

from __future__ import annotations

from math import isfinite, log
from typing import TYPE_CHECKING

from picturebook_tui.learner.optimizers import optimizer_named

if TYPE_CHECKING:
    from picturebook_tui.learner.sweep import SweepJob

BATCH_SIZES = 8
LEARNING_RATES = 8
"""Of the sweep nobody chose otherwise: 64 siblings."""

FEWEST = 3
"""Of each, where time is short: below, between and above is the least that shows which way it goes."""

LARGEST_SIBLING_BATCH = 128
"""The default axis ends here: with four pages an epoch, larger ones hardly move in the epochs that a person reads."""

RATE_STEP = 10**0.5
"""From one learning rate to the next: two a power of ten, so that eight reach from far too low to far too high."""

RATES_BELOW = 4
"""Of the default rates, so many lie below the run's own: falling short is seen slowly, running away at once."""

STACKED_PICTURES = 2000
"""Books up to this size are taught by the rewriting of ``sweep_stack``: its products grow with the square of the book,
and from about twice the 768 inputs on the plain loop has no more to multiply."""

UPDATE, PICTURE = 0, 1
PLAIN = {"softmax": (80e-6, 12e-6), "mlp": (250e-6, 25e-6), "cnn": (320e-6, 230e-6)}
STACKED = (40e-6, 6e-6)
"""Seconds of CPU that one sibling takes for an update, and for a picture read and measured again, at 16 pixels and
64 hidden units: measured (tests/benchmarks/bench_sweep.py knows the stacked ones better), a little too high."""


def default_batch_sizes(
    pictures: int, own: int, *, drop_last: bool = False, count: int = BATCH_SIZES
) -> tuple[int, ...]:
    """At most ``count`` sizes, evenly spaced by their ratio from 1 to the whole book (128 at most), ascending.

    The run's own is one of them, in place of the nearest. One larger than the book reads as the whole book does.
    """
    largest = min(pictures, LARGEST_SIBLING_BATCH)
    sizes = {round(largest ** (number / (count - 1))) for number in range(count)}
    if own not in sizes:
        if len(sizes) == count or own > pictures:
            sizes.discard(min(sizes, key=lambda size: abs(log(size / own))))
        sizes.add(own)
    if drop_last:
        sizes = {size for size in sizes if size <= pictures}
    return tuple(sorted(sizes))


def default_learning_rates(own: float, *, count: int = LEARNING_RATES) -> tuple[float, ...]:
    """``count`` rates around the run's own, which is one of them, evenly spaced by their ratio, ascending.

    Eight are ``RATE_STEP`` apart; fewer reach as far.
    """
    step = RATE_STEP ** ((LEARNING_RATES - 1) / (count - 1))
    below = round((count - 1) * RATES_BELOW / (LEARNING_RATES - 1))
    rates = [own * step ** (number - below) for number in range(count)]
    # Rounded to be readable, but never the run's own, and never to nothing.
    rounded = {float(f"{rate:.2g}") for rate in rates if rate != own}
    return tuple(sorted({rate for rate in rounded if rate > 0 and isfinite(rate) and rate != own} | {own}))


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
