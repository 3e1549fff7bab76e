"""Try a hundred speeds: one update at each learning rate, from far too small to far too big.

The learning-rate range test of Smith 2015, "Cyclical Learning Rates for Training Neural Networks" (arXiv 1506.01186,
section 3.3), with the rates spaced evenly by their ratio. The learner starts new; each update's rate is higher than the
last one's. While the rate is too small the loss hardly moves, then it falls, then the updates overshoot and it rises.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import isfinite, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.counting import whole_number
from picturebook_tui.book.pages import Plan
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.optimizers import check_rate

RATES = 100
"""Enough that neighbours differ by a fifth, and a second's work."""

LOWEST, HIGHEST = 1e-5, 1e3
"""Every learner here is too slow at the first and has run away before the last."""

SMOOTHING = 0.8
"""Of the faded mean, in effect over the last five pages: single pages differ by more than one update changes."""

RISEN = 4.0
"""Times the lowest smoothed loss so far: the test ends there, for what follows only gets steeper (as in fastai)."""

BEYOND_CHANCE = 2.0
"""Times the loss of saying every label alike: less than this is not running away, however low the loss once was."""

WARM_UP = 5
"""Updates at the start that the steepest point is not looked for in: the faded mean then rests on few pages."""

DENT = 0.2
"""Of the whole fall: less than this below where the loss began is no fall yet. Over nine books and six seeds the CNN's
steepest points then begin at 0.0002 instead of 0.00004; the MLP's stay where they were."""

REACH = 3
"""The slope at a rate is taken from this many rates below it to as many above."""


@dataclass(frozen=True, slots=True)
class RateTried:
    """One of the rates, as soon as it was tried."""

    learning_rate: float
    loss: float
    """Mean nats of its page, before its update."""
    smoothed: float
    """The faded mean up to here."""
    test: int = 0
    """Which test it is of, from 0, where several are made one after another."""


@dataclass(frozen=True, slots=True)
class RateTest:
    """What happened at each learning rate that was tried, in the order tried, ascending."""

    learning_rates: tuple[float, ...]
    losses: tuple[float, ...]
    """Mean nats of each rate's page before its update; finite."""
    smoothed: tuple[float, ...]
    """The same, as a faded mean."""
    steepest: int | None
    """Where the smoothed loss falls fastest against the logarithm of the rate; None where it falls
    nowhere between the first few pages and its lowest point."""
    diverged: int | None
    """The first rate at which the loss had risen far above its lowest or the update was refused, where the test ended;
    None where it went through. (A small book may be learned by heart before the rate is too high.)"""

    @property
    def suggestion(self) -> float | None:
        """The rate at the steepest point."""
        return None if self.steepest is None else self.learning_rates[self.steepest]


def rate_test(
    pixels: NDArray[np.uint8],
    targets: NDArray[Any],
    *,
    labels: int,
    kind: str = "mlp",
    optimizer: str | None = None,
    hidden: int = 64,
    batch_size: int = 10,
    seed: int = 0,
    rates: int = RATES,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
) -> Generator[RateTried, None, RateTest]:
    """Give a new learner one update at each of many rates; each is yielded as soon as it was tried.

    Parameters
    ----------
    pixels, targets : uint8 (n, size, size, 3) and int (n,); the book, read in the order of a run with this seed.
    rates : how many, from ``lowest`` to ``highest``, each the same number of times the one before.

    Raises
    ------
    PictureBookError : where an argument can't be used.
    """
    count = whole_number(rates, "number of rates", least=2, most=10_000)
    for rate in (lowest, highest):
        check_rate(rate)
    if lowest >= highest:
        raise PictureBookError(f"The lowest rate, {lowest:g}, must be below the highest, {highest:g}: swap them.")
    learner = Learner(
        kind, labels=tuple(map(str, range(labels))), learning_rate=lowest, optimizer=optimizer, hidden=hidden, seed=seed
    )
    plan = Plan(len(pixels), batch_size, count, seed)
    tried = [float(rate) for rate in np.geomspace(lowest, highest, count)]
    losses: list[float] = []
    smoothed: list[float] = []
    diverged: int | None = None
    total = weight = 0.0
    for number, rate in enumerate(tried):
        chosen = np.array(plan.batch(number).indices)
        learner.learning_rate = rate
        losses.append(learner.step(pixels[chosen], targets[chosen]))
        total, weight = total * SMOOTHING + losses[-1], weight * SMOOTHING + 1.0
        smoothed.append(total / weight)
        yield RateTried(rate, losses[-1], smoothed[-1])
        if learner.stopped is not None or smoothed[-1] > max(RISEN * min(smoothed), BEYOND_CHANCE * log(labels)):
            diverged = number
            break
    return RateTest(tuple(tried[: len(losses)]), tuple(losses), tuple(smoothed), _steepest(smoothed), diverged)


def _steepest(smoothed: list[float]) -> int | None:
    """Where the loss falls fastest on its way down for good; the rates are evenly spaced.

    A page that happens to be easy makes a dent in the loss at any rate: dents that fill again are passed over.
    """
    lowest = int(np.argmin(smoothed))
    beginning = smoothed[WARM_UP : max(WARM_UP + 1, len(smoothed) // 3)]
    if not beginning:
        return None
    height = float(np.median(beginning))
    still_up = height - DENT * max(0.0, height - smoothed[lowest])
    begin = max((number for number in range(WARM_UP, lowest + 1) if smoothed[number] >= still_up), default=WARM_UP)
    found, slope = None, 0.0
    for number in range(begin, lowest + 1):
        low, high = max(0, number - REACH), min(len(smoothed) - 1, number + REACH)
        here = (smoothed[high] - smoothed[low]) / (high - low) if high > low else 0.0
        if isfinite(here) and here < slope:
            found, slope = number, here
    return found
