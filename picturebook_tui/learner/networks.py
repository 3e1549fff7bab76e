"""What every network here has in common, and the three to choose from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.inputs import FloatArray, IntArray

KINDS = ("softmax", "mlp", "cnn")
"""Names of the networks, simplest first."""

BUFFER_SETS = 4
"""Batch sizes whose buffers are kept: a book's batch, its short last one, a page asked about, a chunk
measured."""


class Buffers:
    """The arrays that one batch size needs; made once, written over at every step."""

    def __init__(self, pictures: int, labels: int, inputs: FloatArray, dtype: DTypeLike) -> None:
        self.pictures = pictures
        self.inputs = inputs
        self.logits: FloatArray = np.zeros((pictures, labels), dtype)
        self.probabilities: FloatArray = np.zeros((pictures, labels), dtype)
        self.delta: FloatArray = np.zeros((pictures, labels), dtype)
        self.column: FloatArray = np.zeros((pictures, 1), dtype)
        self.chosen: FloatArray = np.zeros((pictures,), dtype)
        self.rows = np.arange(pictures)
        self.extra: dict[str, Any] = {}


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
    gradient : dtype (p,)
        After ``backward``: the gradient of the mean loss, multiplied by ``scale``.
    """

    kind: ClassVar[str]

    def __init__(self, size: int, labels: int, *, seed: int = 0, dtype: DTypeLike = np.float32) -> None:
        self.size, self.labels, self.dtype = size, labels, np.dtype(dtype)
        self._shapes = self.layout()
        count = sum(int(np.prod(shape)) for shape in self._shapes.values())
        self.parameters: FloatArray = np.zeros(count, self.dtype)
        self.spare: FloatArray = np.zeros(count, self.dtype)
        self.gradient: FloatArray = np.zeros(count, self.dtype)
        self._views = [self._split(self.parameters), self._split(self.spare)]
        self.weights = self._views[0]
        self.gradients = self._split(self.gradient)
        self._buffers: OrderedDict[int, Buffers] = OrderedDict()
        self.set_parameters(self.starting_weights(np.random.default_rng(np.random.SeedSequence([seed, 0x1EA2]))))

    # -- what each kind of network says for itself ---------------------------------------------------

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
    def load(self, pixels: NDArray[np.uint8], buffers: Buffers) -> None:
        """Write uint8 (n, size, size, 3) into the buffers as the network's input."""

    @abstractmethod
    def propagate(self, buffers: Buffers) -> None:
        """Compute ``buffers.logits`` from the input that was loaded."""

    @abstractmethod
    def backpropagate(self, buffers: Buffers) -> None:
        """Compute ``gradient`` from ``buffers.delta``, the loss's gradient with respect to the logits."""

    # -- what they share -----------------------------------------------------------------------------

    def _split(self, flat: FloatArray) -> dict[str, FloatArray]:
        views, start = {}, 0
        for name, shape in self._shapes.items():
            stop = start + int(np.prod(shape))
            views[name] = flat[start:stop].reshape(shape)
            start = stop
        return views

    def set_parameters(self, arrays: dict[str, FloatArray]) -> None:
        """Copy the given arrays in; the others become zero."""
        self.parameters[:] = 0
        for name, array in arrays.items():
            self.weights[name][...] = array

    def swap(self) -> None:
        """Make ``spare`` the parameters, and keep the former ones as ``spare``."""
        self.parameters, self.spare = self.spare, self.parameters
        self._views.reverse()
        self.weights = self._views[0]

    def buffers(self, pictures: int) -> Buffers:
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
        buffers = self.buffers(other.pictures)
        np.copyto(buffers.inputs, other.inputs)
        return buffers

    def forward(self, pixels: NDArray[np.uint8]) -> Buffers:
        """Guess: fills ``logits`` and ``probabilities`` (n, labels) of the buffers it returns."""
        buffers = self.buffers(len(pixels))
        self.load(pixels, buffers)
        self.guess(buffers)
        return buffers

    def guess(self, buffers: Buffers) -> None:
        """Probabilities from the input that lies in the buffers."""
        self.propagate(buffers)
        logits, probabilities, column = buffers.logits, buffers.probabilities, buffers.column
        np.maximum.reduce(logits, axis=1, out=column, keepdims=True)
        np.subtract(logits, column, out=logits)
        np.exp(logits, out=probabilities)
        np.add.reduce(probabilities, axis=1, out=column, keepdims=True)
        np.divide(probabilities, column, out=probabilities)

    def loss(self, buffers: Buffers, targets: IntArray) -> float:
        """Mean cross-entropy in nats: log Σ exp(logits) − the true label's logit, never the log of a rounded
        zero."""
        # After ``guess`` the logits are relative to their row's largest, and ``column`` holds Σ exp(logits).
        chosen = buffers.logits[buffers.rows, targets]
        return (
            float(np.log(buffers.column).sum(dtype=np.float64) - chosen.sum(dtype=np.float64)) / buffers.pictures
        )

    def backward(self, buffers: Buffers, targets: IntArray, scale: float = 1.0) -> None:
        """Fill ``gradient`` with ``scale`` times the gradient of the mean loss.

        The optimizer's learning rate comes in through ``scale``: multiplying (n, labels) numbers is cheaper
        than multiplying every weight's gradient.
        """
        delta = buffers.delta
        np.copyto(delta, buffers.probabilities)
        delta[buffers.rows, targets] -= 1
        np.multiply(delta, scale / buffers.pictures, out=delta)
        self.backpropagate(buffers)


def build_network(
    kind: str, size: int, labels: int, *, hidden: int = 64, seed: int = 0, dtype: DTypeLike = np.float32
) -> Network:
    """The network of that name.

    Raises
    ------
    PictureBookError : where there is none.
    """
    from picturebook_tui.learner.conv import CNN
    from picturebook_tui.learner.dense import MLP, Softmax

    if kind == "softmax":
        return Softmax(size, labels, seed=seed, dtype=dtype)
    if kind == "mlp":
        return MLP(size, labels, hidden=hidden, seed=seed, dtype=dtype)
    if kind == "cnn":
        return CNN(size, labels, seed=seed, dtype=dtype)
    raise PictureBookError(f"There is no learner called {kind!r}: choose one of {', '.join(KINDS)}.")
