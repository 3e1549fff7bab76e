"""When the steps are too big: noticing in time, and saying by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil, inf, log2, sqrt

import numpy as np

from picturebook_tui.learner.arrays import FloatArray, IntArray
from picturebook_tui.learner.networks import Buffers, Network, Part
from picturebook_tui.learner.optimizers import Optimizer, build_optimizer

LARGEST_NORM = 1e4
"""An update that takes the length of the weight vector beyond this is refused.

Ordinary weights have lengths of 5 to 50. Up to 1e4 no product that these networks form can leave
float32 (largest number 3e38): Adam's squared gradient comes nearest with (100 · 1e4²)² = 1e20. So
every weight, guess and loss that is ever shown is finite, and of a size that can be printed.
"""

LARGEST_LOSS = 1e4
"""Nats per picture. Float32 can't tell a probability below e⁻¹⁰³ from zero, so a mean loss of thousands says
that the weights are running away, many updates before the numbers end."""

TRIAL_UPDATES = 20
"""Twice the memory of momentum 0.9: a rate that is too high has grown by then."""

LOWEST_RATE = 1e-5
"""Every network here settles at this rate: the trials begin there."""

STRIDE = 3
"""Doublings of the rate from trial to trial, until one fails; from the last good one on, single doublings."""

ROUNDING = 1e-5
"""Relative; a loss counts as higher from this much on, which float32 can tell."""

MOST_HALVINGS = 40
"""Rates more than 2⁴⁰ ≈ 10¹² times too high are not told apart."""


class Guard:
    """Sees that no update makes the weight vector longer than ``LARGEST_NORM``.

    It keeps a bound of the length and adds to it how far each update can move at most. Only when that bound
    would pass the limit, every thousand updates or so, are the weights kept beside, updated and measured.
    """

    def __init__(self) -> None:
        self._length = inf

    def update(self, parameters: FloatArray, parts: Iterable[Part], gradient: float, rule: Optimizer) -> bool:
        """Apply a gradient, part by part; all of it is no longer than ``gradient``.

        Returns
        -------
        bool : False where the update was refused; the weights are then as they were.
        """
        self._length += rule.begin(gradient)
        sure = self._length <= LARGEST_NORM
        before = None if sure else parameters.copy()
        for place, values in parts:
            rule.apply(parameters[place], values, place)
        if before is None:
            return True
        self._length = sqrt(np.dot(parameters, parameters))
        # Written so that NaN fails.
        if self._length <= LARGEST_NORM:
            return True
        parameters[:] = before
        self._length = inf
        return False


def times_too_high(fresh: Callable[[], Network], optimizer: str, rate: float, batch: Buffers, targets: IntArray) -> int:
    """By which power of two the learning rate is too high to settle, found by trying.

    From the starting weights, on the batch on which training stopped, ``TRIAL_UPDATES`` updates are made at a very
    low rate, and again at higher ones for as long as the batch's loss never rises above where it began and ends no
    higher than it did at the rate before. Updates are made from every other picture of each label in turn, as if
    these were two batches, and the loss is looked at after both: a single batch can be learned by heart in one leap
    of any length, and a book can't.

    Parameters
    ----------
    fresh : makes the network with its starting weights.
    optimizer, rate : as in the run.
    batch : buffers of another such network, with the batch in them.
    targets : int (n,)
    """

    pictures = len(targets)
    by_label = np.argsort(targets, kind="stable")

    def learned(halvings: int) -> float:
        """The loss after the trial at the rate halved so often; infinite where it does not settle."""
        network = fresh()
        rule = build_optimizer(optimizer, max(rate / 2.0**halvings, 1e-30))
        rule.remember(network.parameters)
        buffers = network.copy_input(batch)
        network.guess(buffers)
        before = after = network.loss(buffers, targets)
        guard = Guard()
        for number in range(TRIAL_UPDATES):
            share = 1.0
            if pictures > 1:
                # A picture whose truth is what was guessed has no gradient.
                out = by_label[number % 2 :: 2]
                buffers.truth[out] = buffers.probabilities[out]
                share = pictures / (pictures - len(out))
            gradient = network.backward(buffers, rule.scale * share)
            if not guard.update(network.parameters, network.parts(buffers), gradient, rule):
                return inf
            network.guess(buffers)
            after = network.loss(buffers, targets)
            if number % 2 and after > before * (1 + ROUNDING):
                return inf
        return after

    with np.errstate(all="ignore"):
        # From far below upward, because high above the settling rates some settle again: one leap, and all is known.
        halvings = min(MOST_HALVINGS, max(1, ceil(log2(rate / LOWEST_RATE))))
        best = learned(halvings)
        for stride in (STRIDE, 1):
            while halvings > stride and (loss := learned(halvings - stride)) <= best < inf:
                halvings, best = halvings - stride, loss
    return int(2**halvings)


def stopped_sentence(times: int) -> str:
    """What a person is told."""
    if times >= 2**MOST_HALVINGS:
        amount = "more than a thousand billion times"
    else:
        unit, word = next((u, w) for u, w in ((10**9, " billion"), (10**6, " million"), (1, "")) if times >= u)
        amount = f"about {float(f'{times / unit:.2g}'):,.0f}{word} times"
    return f"The steps were too big: the learning rate is {amount} too high to settle."
