"""Softmax regression and the network with one hidden layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.learner.inputs import CENTRE, SCALE, FloatArray
from picturebook_tui.learner.networks import Buffers, Network


def load_flat(pixels: NDArray[np.uint8], out: FloatArray) -> None:
    """Write uint8 (n, size, size, 3) into ``out`` (n, size · size · 3): centred on the paper, about −1 to 0."""
    flat = out.reshape(pixels.shape)
    np.subtract(pixels, np.array(CENTRE, out.dtype), out=flat)
    np.multiply(out, SCALE, out=out)


class Softmax(Network):
    """One weight per pixel, colour and label: the straight-line learner."""

    kind = "softmax"

    def layout(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.size * self.size * 3, self.labels), "bias": (self.labels,)}

    def starting_weights(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        # Small, so that the first guesses are near even, and not zero, so that they are guesses.
        inputs = self.size * self.size * 3
        return {"weight": rng.standard_normal((inputs, self.labels)) * (1.0 / inputs) ** 0.5}

    def make_buffers(self, pictures: int) -> Buffers:
        inputs: FloatArray = np.zeros((pictures, self.size * self.size * 3), self.dtype)
        return Buffers(pictures, self.labels, inputs, self.dtype)

    def load(self, pixels: NDArray[np.uint8], buffers: Buffers) -> None:
        load_flat(pixels, buffers.inputs)

    def propagate(self, buffers: Buffers) -> None:
        np.matmul(buffers.inputs, self.weights["weight"], out=buffers.logits)
        np.add(buffers.logits, self.weights["bias"], out=buffers.logits)

    def backpropagate(self, buffers: Buffers) -> None:
        np.matmul(buffers.inputs.T, buffers.delta, out=self.gradients["weight"])
        np.add.reduce(buffers.delta, axis=0, out=self.gradients["bias"])


class MLP(Network):
    """One hidden layer of rectified units between the pixels and the labels."""

    kind = "mlp"

    def __init__(
        self, size: int, labels: int, *, hidden: int = 64, seed: int = 0, dtype: DTypeLike = np.float32
    ) -> None:
        self.hidden = hidden
        super().__init__(size, labels, seed=seed, dtype=dtype)

    def layout(self) -> dict[str, tuple[int, ...]]:
        # Stored (inputs, hidden), as the forward product reads it.
        inputs = self.size * self.size * 3
        return {
            "weight1": (inputs, self.hidden),
            "bias1": (self.hidden,),
            "weight2": (self.hidden, self.labels),
            "bias2": (self.labels,),
        }

    def starting_weights(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        # He et al. 2015: variance 2 / inputs keeps the signal's size through a rectifier.
        inputs = self.size * self.size * 3
        return {
            "weight1": rng.standard_normal((inputs, self.hidden)) * (2.0 / inputs) ** 0.5,
            "weight2": rng.standard_normal((self.hidden, self.labels)) * (1.0 / self.hidden) ** 0.5,
        }

    def make_buffers(self, pictures: int) -> Buffers:
        inputs: FloatArray = np.zeros((pictures, self.size * self.size * 3), self.dtype)
        buffers = Buffers(pictures, self.labels, inputs, self.dtype)
        buffers.extra["hidden"] = np.zeros((pictures, self.hidden), self.dtype)
        buffers.extra["active"] = np.zeros((pictures, self.hidden), np.bool_)
        buffers.extra["delta"] = np.zeros((pictures, self.hidden), self.dtype)
        return buffers

    def load(self, pixels: NDArray[np.uint8], buffers: Buffers) -> None:
        load_flat(pixels, buffers.inputs)

    def propagate(self, buffers: Buffers) -> None:
        hidden, weights = buffers.extra["hidden"], self.weights
        np.matmul(buffers.inputs, weights["weight1"], out=hidden)
        np.add(hidden, weights["bias1"], out=hidden)
        np.maximum(hidden, 0, out=hidden)
        np.matmul(hidden, weights["weight2"], out=buffers.logits)
        np.add(buffers.logits, weights["bias2"], out=buffers.logits)

    def backpropagate(self, buffers: Buffers) -> None:
        hidden, delta, gradients = buffers.extra["hidden"], buffers.extra["delta"], self.gradients
        np.matmul(hidden.T, buffers.delta, out=gradients["weight2"])
        np.add.reduce(buffers.delta, axis=0, out=gradients["bias2"])
        np.matmul(buffers.delta, self.weights["weight2"].T, out=delta)
        np.greater(hidden, 0, out=buffers.extra["active"])
        np.multiply(delta, buffers.extra["active"], out=delta)
        np.matmul(buffers.inputs.T, delta, out=gradients["weight1"])
        np.add.reduce(delta, axis=0, out=gradients["bias1"])
