"""What every network here has in common, and the three to choose from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.learner import defaults
from picturebook_tui.learner.arrays import FloatArray, IntArray, aligned, zeros

KINDS = defaults.KINDS
"""Names of the networks, simplest first."""

BUFFER_SETS = 4
"""Batch sizes whose buffers are kept: a book's batch, its short last one, a page asked about, a chunk measured."""

FAINTEST = -30.0
"""Logits are this many nats below the row's largest at least, before they are exponentiated.

e⁻³⁰ ≈ 1e-13 is nothing beside 1 in float32, and keeps everything computed from it clear of the subnormal
numbers (below 1e-38), on which processors are ten to a hundred times slower. The loss uses the true logits.
"""

SMALL_PRODUCT = 1_000_000
"""Multiplications up to which OpenBLAS multiplies matrices without first copying them into panels (its "small
matrix" kernels). With few rows on one side the copying costs as much again, so larger products are made as a
stack of ones of at most this size: 1.4 to 2 times faster (768 → 64 at batch 32, 3072 → 128 at batch 10)."""

Part = tuple[slice, FloatArray]
"""Where in the parameters, and the gradient there (flat, valid until the next part is asked for)."""


def split_evenly(count: int, most: float) -> int:
    """The largest divisor of ``count`` that is no larger than ``most`` (1 where ``most`` is less)."""
    return next((size for size in range(min(count, max(1, int(most))), 0, -1) if count % size == 0), 1)


class Buffers:
    """The arrays that one batch size needs: made once, written over at every step.

    Attributes
    ----------
    inputs : what ``Network.load`` writes; its shape is the network's own affair.
    logits : (n, labels), less each row's largest.
    probabilities : (n, labels), rows sum to 1.
    sums : (n, 1), Σ exp(logits).
    truth : (n, labels), 1 at the right label, else 0; written by ``Network.loss``.
    delta : (n, labels), the scaled gradient of the loss with respect to the logits.
    """

    def __init__(self, pictures: int, labels: int, inputs: FloatArray, dtype: DTypeLike) -> None:
        self.pictures = pictures
        self.inputs = inputs
        self.logits: FloatArray = zeros((pictures, labels), dtype)
        self.probabilities: FloatArray = zeros(self.logits.shape, dtype)
        self.truth: FloatArray = zeros(self.logits.shape, dtype)
        self.delta: FloatArray = zeros(self.logits.shape, dtype)
        self.sums: FloatArray = zeros((pictures, 1), dtype)
        self.ones: FloatArray = np.ones(pictures, dtype)
        self._largest: FloatArray = zeros((pictures, 1), dtype)
        # The same memory as rows, for scalar products.
        self._sums_row = self.sums.reshape(-1)
        self._logits_row, self._truth_row = self.logits.reshape(-1), self.truth.reshape(-1)
        self._logs: FloatArray = zeros(pictures, dtype)

    def choose(self) -> None:
        """Make ``probabilities`` of the logits (softmax)."""
        logits, probabilities = self.logits, self.probabilities
        np.maximum.reduce(logits, axis=1, out=self._largest, keepdims=True)
        np.subtract(logits, self._largest, out=logits)
        np.maximum(logits, FAINTEST, out=probabilities)
        np.exp(probabilities, out=probabilities)
        np.add.reduce(probabilities, axis=1, out=self.sums, keepdims=True)
        np.divide(probabilities, self.sums, out=probabilities)

    def loss(self) -> float:
        """Mean cross-entropy in nats of ``truth``: log Σ exp(logits) less the true logit; no log of a rounded zero."""
        np.log(self._sums_row, out=self._logs)
        total = self._logs.dot(self.ones) - self._logits_row.dot(self._truth_row)
        return float(total) / self.pictures


class Network(ABC):
    """A stack of layers with all its weights in one flat vector.

    Parameters
    ----------
    size : side of a picture in pixels.
    labels : how many there are to choose from.
    seed : the starting weights are drawn from it.
    dtype : float32 for use; float64 to check gradients numerically.

    Attributes
    ----------
    parameters : dtype (p,)
        Weights and biases, layer after layer.
    weights : the same memory, by name and in shape.
    """

    kind: ClassVar[str]

    def __init__(self, size: int, labels: int, *, seed: int = 0, dtype: DTypeLike = np.float32) -> None:
        self.size, self.labels, self.dtype = size, labels, np.dtype(dtype)
        shapes = self.layout()
        count = sum(int(np.prod(shape)) for shape in shapes.values())
        self.places: dict[str, slice] = {}
        start = 0
        for name, shape in shapes.items():
            self.places[name] = slice(start, start + int(np.prod(shape)))
            start = self.places[name].stop
        self._lay_out(zeros(count, self.dtype))
        self._truths: FloatArray = np.eye(labels, dtype=self.dtype)
        rng = np.random.default_rng(np.random.SeedSequence([seed, WEIGHTS_TAG]))
        for name, array in self.starting_weights(rng).items():
            self.weights[name][...] = array

    # -- what each kind of network says for itself -------------

    @abstractmethod
    def layout(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of each weight array, in the order they lie in ``parameters``."""

    @abstractmethod
    def starting_weights(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """The arrays of ``layout`` to begin with; those left out are zero."""

    @abstractmethod
    def make_buffers(self, pictures: int) -> Buffers:
        """Everything that a batch of this many pictures needs."""

    @abstractmethod
    def prepare(self, pixels: NDArray[np.uint8]) -> FloatArray:
        """From uint8 (n, size, size, 3) the numbers that ``load`` takes, a row per picture.

        Row by row: the same picture gives the same numbers in whatever company.
        """

    @abstractmethod
    def load(self, prepared: FloatArray, buffers: Any, indices: IntArray | None = None) -> None:
        """Write prepared pictures (those at ``indices``; None: all) into ``buffers.inputs``."""

    @abstractmethod
    def propagate(self, buffers: Any) -> None:
        """Compute ``buffers.logits`` from the input that was loaded."""

    @abstractmethod
    def backpropagate(self, buffers: Any) -> float:
        """Carry ``buffers.delta`` back through the layers.

        Returns
        -------
        float : no less than the length of the gradient vector that ``parts`` will give.
        """

    @abstractmethod
    def parts(self, buffers: Any) -> Iterator[Part]:
        """After ``backpropagate``: the gradient, part by part, so that each can be used while it is in the cache."""

    @abstractmethod
    def features(self, buffers: Any) -> FloatArray:
        """After ``guess``: what the labels are chosen from, a row per picture (n, k); valid until the next picture."""

    # -- what they share ---------------------------------------

    def _lay_out(self, parameters: FloatArray) -> None:
        """Take this vector for the parameters, and make all that is a view of it."""
        self.parameters = parameters
        self.weights: dict[str, FloatArray] = {
            name: parameters[self.places[name]].reshape(shape) for name, shape in self.layout().items()
        }
        self._buffers: OrderedDict[int, Any] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        # Whoever copies or pickles arrays parts the views from what they look at: a copy makes its own.
        return {name: value for name, value in self.__dict__.items() if name not in ("weights", "_buffers")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lay_out(aligned(self.parameters))

    def rest(self) -> None:
        """Let go of the arrays that are only kept for the next step; it makes them anew."""
        self._buffers.clear()

    def buffers(self, pictures: int) -> Any:
        """The buffers for this batch size, kept for the next time."""
        found = self._buffers.get(pictures)
        if found is None:
            found = self._buffers[pictures] = self.make_buffers(pictures)
            if len(self._buffers) > BUFFER_SETS:
                self._buffers.popitem(last=False)
        else:
            self._buffers.move_to_end(pictures)
        return found

    def copy_input(self, other: Buffers) -> Buffers:
        """Take over the pictures that were loaded into another network's buffers."""
        buffers: Buffers = self.buffers(other.pictures)
        np.copyto(buffers.inputs, other.inputs)
        return buffers

    def guess(self, buffers: Buffers) -> None:
        """Fill ``logits`` and ``probabilities`` from the input that lies in the buffers."""
        self.propagate(buffers)
        buffers.choose()

    def forward(self, pixels: NDArray[np.uint8]) -> Buffers:
        """Guess pictures uint8 (n, size, size, 3)."""
        buffers: Buffers = self.buffers(len(pixels))
        self.load(self.prepare(pixels), buffers)
        self.guess(buffers)
        return buffers

    def loss(self, buffers: Buffers, targets: IntArray) -> float:
        """After ``guess``: mean cross-entropy in nats."""
        # mode="clip" writes straight into `out`; targets were checked where they came in.
        self._truths.take(targets, axis=0, out=buffers.truth, mode="clip")
        return buffers.loss()

    def backward(self, buffers: Buffers, scale: float = 1.0) -> float:
        """After ``loss``: the gradient of the mean loss, times ``scale``, ready for ``parts``.

        The optimizer's learning rate comes in here, where there are (n, labels) numbers to multiply instead of
        every weight's gradient. Returns what ``backpropagate`` does.
        """
        np.subtract(buffers.probabilities, buffers.truth, out=buffers.delta)
        np.multiply(buffers.delta, scale / buffers.pictures, out=buffers.delta)
        return self.backpropagate(buffers)

    def gradient(self, buffers: Buffers) -> FloatArray:
        """All parts as one vector (p,); for those who look at gradients, not for training."""
        whole: FloatArray = zeros(len(self.parameters), self.dtype)
        for place, values in self.parts(buffers):
            whole[place] = values
        return whole


WEIGHTS_TAG = 0x1EA2
"""Keeps the starting weights' random numbers apart from the page order's, which come from the same seed."""
