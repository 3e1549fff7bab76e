"""How a gradient becomes an update: each optimizer is one class here, and a row of rates in ``defaults.py``.

Whatever tells of an optimizer (the code lens, the exported script, the report, the sweep) reads it from the class.
Signs and factors are folded where there are few numbers: ``scale`` goes into the gradient of the logits, so
what arrives here is ready to be added (SGD, momentum) or plain (Adam).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
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
    memory : arrays (p,), one for each of ``remembered``.
    """

    name: ClassVar[str]
    told: ClassVar[str]
    """What it is called in a report, after "with"."""
    remembered: ClassVar[Mapping[str, float]] = {}
    """What is remembered for each weight: by its name in ``code``, that value ÷ the one in ``memory``."""
    code: ClassVar[tuple[str, ...]]
    """The update for the code lens, a line for everything that is done; of at most 38 columns, and at most six.

    It knows ``weights``, ``gradients``, ``learning_rate``, ``global_step`` (from 1) and ``sqrt``, and what is
    ``remembered``, which begins at 0. Each line gives the name that it begins with a new value.
    """
    script: ClassVar[str]
    """The same for an exported run: ``update`` of arrays by name returns new ones; ``memory`` begins empty, ``number``
    counts from 1, and it knows ``LEARNING_RATE`` and ``np``."""
    keras: ClassVar[Mapping[str, tuple[Any, str]]] = {}
    """Arguments by which Keras chooses it, as in ``keras_words``."""
    heavy_ball: ClassVar[float | None] = None
    """The μ of V ← μV − rate · gradient, W ← W + V, where that is all the rule does; None where it does something else.
    A sweep can teach such learners together (``sweep_stack``)."""

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
        self.memory = [zeros(len(parameters), parameters.dtype) for _ in self.remembered]

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

    @classmethod
    @abstractmethod
    def worked(cls, weight: float, before: tuple[float, ...], after: tuple[float, ...], step: int) -> tuple[float, ...]:
        """What each line of ``code`` but the last made of one weight.

        Parameters
        ----------
        weight : before the update.
        before, after : that weight's numbers in ``memory``, before the update and after it.
        step : ``global_step`` in ``code``.
        """


class SGD(Optimizer):
    """w ← w − rate · gradient."""

    name, told = "sgd", "plain gradient descent (sgd)"
    code = ("weights -= learning_rate * gradients",)
    script = '''
def update(weights, gradients, memory, number):
    """Each weight takes a step downhill."""
    return {name: weights[name] - LEARNING_RATE * gradients[name] for name in weights}
'''
    heavy_ball = 0.0

    def _begin(self, gradient: float) -> float:
        return gradient

    def apply(self, weights: FloatArray, gradient: FloatArray, place: slice) -> None:
        np.add(weights, gradient, out=weights)

    @classmethod
    def worked(cls, weight: float, before: tuple[float, ...], after: tuple[float, ...], step: int) -> tuple[float, ...]:
        return ()


class Momentum(Optimizer):
    """v ← 0.9 v − rate · gradient; w ← w + v (Polyak 1964, as in Keras and PyTorch without Nesterov)."""

    name = told = "momentum"
    remembered: ClassVar[Mapping[str, float]] = {"velocity": 1.0}
    code: ClassVar[tuple[str, ...]] = (
        f"velocity *= {MOMENTUM:g}",
        "velocity -= learning_rate * gradients",
        "weights += velocity",
    )
    script = '''
def update(weights, gradients, memory, number):
    """Each weight keeps 0.9 of its last step and adds a new one, downhill."""
    for name in weights:
        memory[name] = 0.9 * memory.get(name, 0) - LEARNING_RATE * gradients[name]
    return {name: weights[name] + memory[name] for name in weights}
'''
    keras: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "momentum": (0.0, 'choose optimizer="momentum", which keeps 0.9 of the last change'),
    }
    heavy_ball: ClassVar[float | None] = MOMENTUM

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

    @classmethod
    def worked(cls, weight: float, before: tuple[float, ...], after: tuple[float, ...], step: int) -> tuple[float, ...]:
        return MOMENTUM * before[0], after[0]


class Nesterov(Momentum):
    """v ← 0.9 v − rate · gradient; w ← w + 0.9 v − rate · gradient, with the new v (as Keras and PyTorch do it).

    Nesterov takes the gradient where the velocity is about to carry the weights (Sutskever et al. 2013, section 2).
    These weights are already there: they run 0.9 v ahead of his, so that the gradient is that of the guesses shown.
    """

    name, told = "nesterov", "Nesterov momentum"
    code = (
        f"velocity *= {MOMENTUM:g}",
        "velocity -= learning_rate * gradients",
        "weights -= learning_rate * gradients",
        f"weights += {MOMENTUM:g} * velocity",
    )
    script = '''
def update(weights, gradients, memory, number):
    """Each weight keeps 0.9 of its last step and adds a new one, and is set 0.9 of that ahead (Nesterov)."""
    new = {}
    for name, gradient in gradients.items():
        step = -LEARNING_RATE * gradient
        memory[name] = 0.9 * memory.get(name, 0) + step
        new[name] = weights[name] + step + 0.9 * memory[name]
    return new
'''
    keras: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "nesterov": (False, 'choose optimizer="nesterov", which keeps 0.9 of the last change and looks ahead'),
    }
    heavy_ball = None

    def _begin(self, gradient: float) -> float:
        return MOMENTUM * super()._begin(gradient) + gradient

    def apply(self, weights: FloatArray, gradient: FloatArray, place: slice) -> None:
        velocity = self.memory[0][place]
        np.multiply(velocity, MOMENTUM, out=velocity)
        np.add(velocity, gradient, out=velocity)
        np.add(weights, gradient, out=weights)
        np.multiply(velocity, MOMENTUM, out=gradient)
        np.add(weights, gradient, out=weights)

    @classmethod
    def worked(cls, weight: float, before: tuple[float, ...], after: tuple[float, ...], step: int) -> tuple[float, ...]:
        kept = MOMENTUM * before[0]
        return kept, after[0], weight + after[0] - kept


class Adam(Optimizer):
    """Kingma & Ba 2015, algorithm 1, with its constant factors moved into two numbers per update.

    Kept are Σ β₁ᵏ g and Σ β₂ᵏ g² (the paper's moments divided by 1 − β), so that the gradient needs no
    factor; what the paper multiplies every weight by is applied to the step size and to epsilon instead.
    """

    name, told = "adam", "Adam"
    remembered: ClassVar[Mapping[str, float]] = {"m": 1 - ADAM_BETA1, "v": 1 - ADAM_BETA2}
    code = (
        f"m += {1 - ADAM_BETA1:.3g} * (gradients - m)",
        f"v += {1 - ADAM_BETA2:.3g} * (gradients**2 - v)",
        f"mean = m / (1 - {ADAM_BETA1:g}**global_step)",
        f"square = v / (1 - {ADAM_BETA2:g}**global_step)",
        f"change = mean / (sqrt(square) + {ADAM_EPSILON:.0e})".replace("e-0", "e-"),
        "weights -= learning_rate * change",
    )
    script = '''
def update(weights, gradients, memory, number):
    """Adam (Kingma & Ba 2015): downhill, by the mean of the latest gradients over their usual size."""
    new = {}
    for name, gradient in gradients.items():
        mean, square = memory.get(name, (0, 0))
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        memory[name] = mean, square
        # Both began at zero: divided by the share of real gradients that is in them by now.
        mean, square = mean / (1 - 0.9**number), square / (1 - 0.999**number)
        new[name] = weights[name] - LEARNING_RATE * mean / (np.sqrt(square) + 1e-7)
    return new
'''

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

    @classmethod
    def worked(cls, weight: float, before: tuple[float, ...], after: tuple[float, ...], step: int) -> tuple[float, ...]:
        mean, square = (1 - ADAM_BETA1) * after[0], (1 - ADAM_BETA2) * after[1]
        fair_mean, fair_square = mean / (1 - ADAM_BETA1**step), square / (1 - ADAM_BETA2**step)
        return mean, square, fair_mean, fair_square, fair_mean / (sqrt(fair_square) + ADAM_EPSILON)


_BY_NAME: dict[str, type[Optimizer]] = {kind.name: kind for kind in (SGD, Momentum, Nesterov, Adam)}


def optimizer_named(name: str) -> type[Optimizer]:
    """The optimizer's class.

    Raises
    ------
    PictureBookError : where there is none of that name.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    raise PictureBookError(f"There is no optimizer called {name!r}: choose one of {', '.join(OPTIMIZERS)}.")


def build_optimizer(name: str, learning_rate: float) -> Optimizer:
    """The optimizer of that name.

    Raises
    ------
    PictureBookError : where there is none, or the rate is not a positive finite number.
    """
    return optimizer_named(name)(check_rate(learning_rate))


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
