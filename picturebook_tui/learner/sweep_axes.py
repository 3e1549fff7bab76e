"""Which siblings a sweep has: batch sizes and learning rates around a run's own."""

from __future__ import annotations

from math import isfinite, log

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
