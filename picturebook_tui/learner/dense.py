"""Softmax regression and the network with one hidden layer.

Small products are made with ``np.dot``: a call costs 0.4 µs less than one of ``np.matmul``, and a step has six.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.learner.arrays import FloatArray, IntArray, zeros
from picturebook_tui.learner.inputs import flat_inputs
from picturebook_tui.learner.networks import SMALL_PRODUCT, Buffers, Network, Part, split_evenly

PART = 50_000
"""Weights whose gradient is made and used at a time, at most: 200 KB in float32, which with the weights and the
optimizer's memory of the same stretch stays in a second-level cache of 1 to 2 MB."""

LEAST_ROWS = 64
"""Blocks of fewer rows are not worth their calls, nor the memory for their sums."""

COMMON_INPUTS = 16 * 16 * 3
"""Inputs are scaled to have the length they have at 16×16 (see ``flat_inputs``), so starting weights are as well."""


class DenseNetwork(Network):
    """What takes the picture as one long row of numbers."""

    @property
    def inputs(self) -> int:
        return self.size * self.size * 3

    def prepare(self, pixels: NDArray[np.uint8]) -> FloatArray:
        return flat_inputs(pixels, self.dtype)

    def load(self, prepared: FloatArray, buffers: Buffers, indices: IntArray | None = None) -> None:
        if indices is None:
            np.copyto(buffers.inputs, prepared)
        else:
            prepared.take(indices, axis=0, out=buffers.inputs, mode="clip")


class Softmax(DenseNetwork):
    """One weight per pixel, colour and label: the straight-line learner."""

    kind = "softmax"

    def layout(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.inputs, self.labels), "bias": (self.labels,)}

    def starting_weights(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        # Small, so that the first guesses are near even; not zero, so that they are guesses.
        return {"weight": rng.standard_normal((self.inputs, self.labels)) * (0.1 / COMMON_INPUTS) ** 0.5}

    def make_buffers(self, pictures: int) -> SoftmaxBuffers:
        return SoftmaxBuffers(self, pictures)

    def propagate(self, buffers: SoftmaxBuffers) -> None:
        np.matmul(buffers.inputs, self.weights["weight"], out=buffers.logits)
        np.add(buffers.logits, self.weights["bias"], out=buffers.logits)

    def backpropagate(self, buffers: SoftmaxBuffers) -> float:
        np.matmul(buffers.inputs.T, buffers.delta, out=buffers.weight_gradient)
        np.dot(buffers.ones, buffers.delta, out=buffers.bias_gradient)
        return sqrt(buffers.gradient.dot(buffers.gradient))

    def parts(self, buffers: SoftmaxBuffers) -> Iterator[Part]:
        yield slice(0, len(self.parameters)), buffers.gradient

    def features(self, buffers: SoftmaxBuffers) -> FloatArray:
        # There is no layer in between: it chooses from the picture itself.
        return buffers.inputs


class SoftmaxBuffers(Buffers):
    """See ``Softmax.backpropagate``."""

    def __init__(self, network: Softmax, pictures: int) -> None:
        super().__init__(pictures, network.labels, zeros((pictures, network.inputs), network.dtype), network.dtype)
        self.gradient: FloatArray = zeros(len(network.parameters), network.dtype)
        self.weight_gradient = self.gradient[network.places["weight"]].reshape(-1, network.labels)
        self.bias_gradient = self.gradient[network.places["bias"]]


class MLP(DenseNetwork):
    """One hidden layer of rectified units between the pixels and the labels."""

    kind = "mlp"

    def __init__(
        self, size: int, labels: int, *, hidden: int = 64, seed: int = 0, dtype: DTypeLike = np.float32
    ) -> None:
        self.hidden = hidden
        super().__init__(size, labels, seed=seed, dtype=dtype)

    def layout(self) -> dict[str, tuple[int, ...]]:
        # weight1 as (inputs, hidden), as the forward product reads it; the small ones together, as one part.
        return {
            "weight1": (self.inputs, self.hidden),
            "bias1": (self.hidden,),
            "weight2": (self.hidden, self.labels),
            "bias2": (self.labels,),
        }

    def starting_weights(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        # He et al. 2015: variance 2 / inputs keeps the signal's size through a rectifier.
        return {
            "weight1": rng.standard_normal((self.inputs, self.hidden)) * (2.0 / COMMON_INPUTS) ** 0.5,
            "weight2": rng.standard_normal((self.hidden, self.labels)) * (1.0 / self.hidden) ** 0.5,
        }

    def make_buffers(self, pictures: int) -> MLPBuffers:
        return MLPBuffers(self, pictures)

    def propagate(self, buffers: MLPBuffers) -> None:
        hidden, weights = buffers.hidden, self.weights
        if buffers.sums_by_block is None:
            np.matmul(buffers.inputs, weights["weight1"], out=hidden)
        else:
            np.matmul(buffers.input_blocks, buffers.weight1_blocks, out=buffers.sums_by_block)
            np.add.reduce(buffers.sums_by_block, axis=0, out=hidden)
        np.add(hidden, weights["bias1"], out=hidden)
        np.maximum(hidden, 0, out=hidden)
        np.dot(hidden, weights["weight2"], out=buffers.logits)
        np.add(buffers.logits, weights["bias2"], out=buffers.logits)

    def backpropagate(self, buffers: MLPBuffers) -> float:
        hidden, delta, small = buffers.hidden, buffers.hidden_delta, buffers.small_gradient
        np.dot(hidden.T, buffers.delta, out=buffers.weight2_gradient)
        np.dot(buffers.ones, buffers.delta, out=buffers.bias2_gradient)
        # Through the rectifier: hidden is done with, and its sign is 1 where it passed something on, else 0.
        np.sign(hidden, out=hidden)
        np.dot(buffers.delta, self.weights["weight2"].T, out=delta)
        np.multiply(delta, hidden, out=delta)
        np.dot(buffers.ones, delta, out=buffers.bias1_gradient)
        # |inputsᵀ delta| ≤ |inputs| |delta|: spares reading all of weight1's gradient to know its length.
        row = buffers.hidden_delta_row
        return sqrt(small.dot(small)) + buffers.longest_input * sqrt(row.dot(row))

    def parts(self, buffers: MLPBuffers) -> Iterator[Part]:
        for place, inputs, out, flat in buffers.parts:
            np.matmul(inputs, buffers.hidden_delta, out=out)
            yield place, flat

    def features(self, buffers: MLPBuffers) -> FloatArray:
        return buffers.hidden


class MLPBuffers(Buffers):
    """The hidden layer's arrays, and ``weight1`` cut into parts and blocks (see ``PART``, ``SMALL_PRODUCT``)."""

    def __init__(self, network: MLP, pictures: int) -> None:
        inputs, hidden, dtype = network.inputs, network.hidden, network.dtype
        super().__init__(pictures, network.labels, zeros((pictures, inputs), dtype), dtype)
        self.hidden: FloatArray = zeros((pictures, hidden), dtype)
        self.hidden_delta: FloatArray = zeros(self.hidden.shape, dtype)
        self.hidden_delta_row = self.hidden_delta.reshape(-1)
        self.longest_input = sqrt(COMMON_INPUTS * pictures)
        """No batch of inputs is longer: each is at most 1 (at 32×32, four times as many at most ½)."""

        rows = split_evenly(inputs, SMALL_PRODUCT / (pictures * hidden))
        if rows < LEAST_ROWS:
            rows = inputs
        self.input_blocks = self.inputs.reshape(pictures, -1, rows).transpose(1, 0, 2)
        self.weight1_blocks = network.weights["weight1"].reshape(-1, rows, hidden)
        self.sums_by_block: FloatArray | None = None
        if rows < inputs:
            self.sums_by_block = zeros((inputs // rows, pictures, hidden), dtype)

        rows = split_evenly(inputs, min(PART / hidden, SMALL_PRODUCT / (pictures * hidden)))
        if rows < LEAST_ROWS:
            rows = inputs
        # The small gradients lie behind those of the last rows, and go with them: one part less.
        large, everything = inputs * hidden, len(network.parameters)
        scratch: FloatArray = zeros(rows * hidden + everything - large, dtype)
        out, turned = scratch[: rows * hidden], self.inputs.T
        self.parts = [
            (
                slice(start * hidden, everything if start + rows == inputs else (start + rows) * hidden),
                turned[start : start + rows],
                out.reshape(rows, hidden),
                scratch if start + rows == inputs else out,
            )
            # Backwards: what the forward product read last is still in the cache, and what it reads first will be.
            for start in range(inputs - rows, -1, -rows)
        ]
        self.small_gradient = scratch[rows * hidden :]
        bias1, weight2, bias2 = (
            self.small_gradient[network.places[name].start - large : network.places[name].stop - large]
            for name in ("bias1", "weight2", "bias2")
        )
        self.bias1_gradient, self.bias2_gradient = bias1, bias2
        self.weight2_gradient = weight2.reshape(hidden, network.labels)
