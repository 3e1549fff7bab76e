"""When the steps are too big: noticing in time, and saying by how much."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from picturebook_tui.learner.inputs import FloatArray, IntArray
from picturebook_tui.learner.networks import Buffers, Network
from picturebook_tui.learner.optimizers import build_optimizer

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

MOST_HALVINGS = 40
"""Rates more than 2⁴⁰ ≈ 10¹² times too high are not told apart."""


def is_safe(parameters: FloatArray) -> bool:
    """Whether everything computed with these weights will be finite; NaN and infinity are not safe."""
    # A dot product, because it is the one pass over the weights that needs no array for its result.
    return bool(np.dot(parameters, parameters) <= LARGEST_NORM**2)


def times_too_high(
    fresh: Callable[[], Network], optimizer: str, rate: float, batch: Buffers, targets: IntArray
) -> int:
    """By which power of two the learning rate is too high to settle, found by trying.

    From the starting weights, on the batch on which training stopped, ``TRIAL_UPDATES``
    updates are made at the rate divided by 2, 4, 8 …; a rate settles if no update takes the
    loss above where it began. The smallest divisor that settles is found by bisection (a rate
    below one that settles is taken to settle too).

    Parameters
    ----------
    fresh : makes the network with its starting weights.
    optimizer, rate : as in the run.
    batch : buffers of another such network, with the batch in them.
    targets : int (n,)
    """

    def settles(halvings: int) -> bool:
        network = fresh()
        rule = build_optimizer(optimizer, max(rate / 2.0**halvings, 1e-30))
        rule.remember(network.parameters)
        buffers = network.copy_input(batch)
        network.guess(buffers)
        before = network.loss(buffers, targets)
        for _ in range(TRIAL_UPDATES):
            network.backward(buffers, targets, rule.scale)
            rule.update(network.parameters, network.gradient, network.spare)
            if not is_safe(network.spare):
                return False
            network.swap()
            network.guess(buffers)
            if network.loss(buffers, targets) > before:
                return False
        return True

    low, high = 0, MOST_HALVINGS
    with np.errstate(all="ignore"):
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if settles(middle) else (middle, high)
    return int(2**high)


def stopped_sentence(times: int) -> str:
    """What a person is told."""
    if times >= 2**MOST_HALVINGS:
        amount = "more than a thousand billion times"
    elif times >= 1_000_000:
        amount = f"about {float(f'{times / 1_000_000:.1g}'):,.0f} million times"
    else:
        amount = f"about {float(f'{times:.2g}'):,.0f} times"
    return f"The steps were too big: the learning rate is {amount} too high to settle."
