"""How a gradient becomes an update: SGD, momentum, Adam.

Signs and factors are folded where there are few numbers: ``scale`` goes into the gradient of the logits, so
what arrives here is ready to be added (SGD, momentum) or plain (Adam).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from math import inf, nan, sqrt
from typing import Any, ClassVar

import numpy as np

from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner import defaults
from picturebook_tui.learner.arrays import FloatArray, aligned, zeros

OPTIMIZERS = defaults.OPTIMIZERS
"""Names, simplest first."""

MOMENTUM = 0.9
"""Keeps 0.9 of the last change: in effect the last ten gradients. The value nearly everyone uses."""

ADAM_BETA1 = 0.9
ADAM_BETA2 = 0.999
ADAM_EPSILON = 1e-7
"""Kingma & Ba 2015's decay rates, and Keras' epsilon."""

ADAM_REACH = 10.0
"""No weight moves further than this times the rate: |mean| / root of mean square is at most
(1 − β₁) / √((1 − β₂)(1 − β₁²/β₂)) ≈ 7.3, after any sequence of gradients."""

FLUSH_EVERY = 128
TINY = 1e-30
"""A weight whose gradient has become zero for good (a silent unit's) lets its moments fade into subnormal
numbers, on which processors are 10 to 100 times slower. Every 128 updates what is below 1e-30 is set to zero:
0.9¹²⁸ ≈ 1e-6, so it is caught before it gets to 1e-38, and 1e-30 is far too little to move a weight."""


class Optimizer(ABC):
    """One learner's update rule and what it remembers.

    An update is ``begin`` once and ``apply`` for each part of the weights.

    Parameters
    ----------
    learning_rate : how far each update moves, positive.

    Attributes
    ----------
    updates : how many were begun.
    memory : arrays (p,), ``memories`` of them.
    """

    name: ClassVar[str]
    memories: ClassVar[int]
    """How many numbers are remembered for each weight."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.updates = 0
        self.memory: list[FloatArray] = []

    @property
    def scale(self) -> float:
        """What the gradient must be multiplied by before it comes here."""
        return -self.learning_rate

    def remember(self, parameters: FloatArray) -> None:
        """Make room for what is remembered, all zero."""
        self.memory = [zeros(len(parameters), parameters.dtype) for _ in range(self.memories)]

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Also where `copy.copy` would share them: two rules that write into one memory.
        self.__dict__.update(state)
        self.memory = [aligned(array) for array in self.memory]

    def recall(self, updates: int) -> None:
        """``memory`` was filled from a saved learner that had made so many updates."""
        self.updates = updates

    def begin(self, gradient: float) -> float:
        """Begin an update with a gradient no longer than this.

        Returns
        -------
        float : how far the weights can move at most (Euclidean length).
        """
        self.updates += 1
        if self.updates % FLUSH_EVERY == 0:
            for array in self.memory:
                array[np.abs(array) < TINY] = 0
        return self._begin(gradient)

    @abstractmethod
    def _begin(self, gradient: float) -> float: ...

    @abstractmethod
    def apply(self, weights: FloatArray, gradient: FloatArray, place: slice) -> None:
        """Update ``weights`` (those at ``place``) where they are; ``gradient`` (scaled) may be written over."""


class SGD(Optimizer):
    """w ← w − rate · gradient."""

    name, memories = "sgd", 0

    def _begin(self, gradient: float) -> float:
        return gradient

    def apply(self, weights: FloatArray, gradient: FloatArray, place: slice) -> None:
        np.add(weights, gradient, out=weights)


class Momentum(Optimizer):
    """v ← 0.9 v − rate · gradient; w ← w + v (Polyak 1964, as in Keras and PyTorch without Nesterov)."""

    name, memories = "momentum", 1

    def __init__(self, learning_rate: float) -> None:
        super().__init__(learning_rate)
        self._fastest = 0.0

    def recall(self, updates: int) -> None:
        super().recall(updates)
        (velocity,) = self.memory
        self._fastest = sqrt(np.dot(velocity, velocity))

    def _begin(self, gradient: float) -> float:
        self._fastest = MOMENTUM * self._fastest + gradient
        return self._fastest

    def apply(self, weights: FloatArray, gradient: FloatArray, place: slice) -> None:
        velocity = self.memory[0][place]
        np.multiply(velocity, MOMENTUM, out=velocity)
        np.add(velocity, gradient, out=velocity)
        np.add(weights, velocity, out=weights)


class Adam(Optimizer):
    """Kingma & Ba 2015, algorithm 1, with its constant factors moved into two numbers per update.

    Kept are Σ β₁ᵏ g and Σ β₂ᵏ g² (the paper's moments divided by 1 − β), so that the gradient needs no
    factor; what the paper multiplies every weight by is applied to the step size and to epsilon instead.
    """

    name, memories = "adam", 2

    @property
    def scale(self) -> float:
        return 1.0

    def _begin(self, gradient: float) -> float:
        mean_factor = (1 - ADAM_BETA1) / (1 - ADAM_BETA1**self.updates)
        root_factor = ((1 - ADAM_BETA2) / (1 - ADAM_BETA2**self.updates)) ** 0.5
        self._epsilon = ADAM_EPSILON / root_factor
        self._factor = -self.learning_rate * mean_factor / root_factor
        return self.learning_rate * ADAM_REACH * sqrt(len(self.memory[0]))

    def apply(self, weights: FloatArray, gradient: FloatArray, place: slice) -> None:
        first, second = self.memory[0][place], self.memory[1][place]
        np.multiply(first, ADAM_BETA1, out=first)
        np.add(first, gradient, out=first)
        np.multiply(gradient, gradient, out=gradient)
        np.multiply(second, ADAM_BETA2, out=second)
        np.add(second, gradient, out=second)
        np.sqrt(second, out=gradient)
        np.add(gradient, self._epsilon, out=gradient)
        np.divide(first, gradient, out=gradient)
        np.multiply(gradient, self._factor, out=gradient)
        np.add(weights, gradient, out=weights)


def build_optimizer(name: str, learning_rate: float) -> Optimizer:
    """The optimizer of that name.

    Raises
    ------
    PictureBookError : where there is none, or the rate is not a positive finite number.
    """
    rate = check_rate(learning_rate)
    for kind in (SGD, Momentum, Adam):
        if kind.name == name:
            return kind(rate)
    raise PictureBookError(f"There is no optimizer called {name!r}: choose one of {', '.join(OPTIMIZERS)}.")


def check_rate(learning_rate: float) -> float:
    """The rate as a float; a PictureBookError unless it is a positive finite number."""
    rate = nan
    # A text and a switch would pass for numbers, and an array of one for a single one.
    if not isinstance(learning_rate, str | bytes | bool | np.bool_) and not getattr(learning_rate, "shape", ()):
        with suppress(TypeError, ValueError, OverflowError):
            rate = float(learning_rate)
    if not 0 < rate < inf:
        raise PictureBookError(
            f"The learning rate must be a number above 0, not {shown(learning_rate)}: try 0.1, or leave it out."
        )
    return rate
