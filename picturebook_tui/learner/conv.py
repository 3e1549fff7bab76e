"""A small convolutional network: rounds of (3×3 filters, 2×2 max pooling, rectifier), then one dense layer.

Every array inside has the axes (row, channel, column, picture). With the pictures innermost, a row's 3×3
patches lie in memory as one matrix once the row above, the row itself and the row below hold their columns
three times over (shifted right, straight, shifted left): three copies of the input instead of the nine of a
textbook im2col, and one small matrix product per row, whose operands stay in the processor's nearest cache.

Columns are not kept from left to right but even ones first (and within both halves so again, for the next
round), so that the two columns of a pooling window are two halves of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.learner.arrays import FloatArray, IntArray, zeros
from picturebook_tui.learner.inputs import ink_channels
from picturebook_tui.learner.networks import SMALL_PRODUCT, Buffers, Network, Part, split_evenly

FILTERS = {16: (16, 32), 32: (16, 32, 32)}
"""Filters of each round, by the side of the pictures."""

PADDING = 16
"""Unused numbers at the end of a prepared picture, and of a line of patches. Without them all of these begin at
multiples of 2,048 or 4,096 bytes, fall on the same few lines of the cache and drive each other out of it: turning
pictures round takes twice as long, some products a third longer."""

LEAST_WIDTH = 32
"""Columns: narrower blocks are not worth their calls."""

Runs = tuple[tuple[int, int, int], ...]
"""Copies to make: (from column, to column, how many columns)."""


def column_order(size: int, rounds: int) -> list[int]:
    """Which column of the picture lies where: even ones before odd ones, once for each round of pooling."""
    if rounds == 0:
        return list(range(size))
    half = column_order(size // 2, rounds - 1)
    return [2 * column for column in half] + [2 * column + 1 for column in half]


def shifted_runs(order: list[int], shift: int) -> Runs:
    """The fewest copies that bring column x + ``shift`` to where column x lies; beyond the edge nothing is copied."""
    place = {column: index for index, column in enumerate(order)}
    runs: list[tuple[int, int, int]] = []
    for index, column in enumerate(order):
        source = place.get(column + shift)
        if source is None:
            continue
        if runs and runs[-1][0] + runs[-1][2] == source and runs[-1][1] + runs[-1][2] == index:
            start, to, count = runs.pop()
            runs.append((start, to, count + 1))
        else:
            runs.append((source, index, 1))
    return tuple(runs)


class Patches:
    """Rows laid out as matrices of 3×3 patches, zero beyond the edges.

    Attributes
    ----------
    matrices : (size, blocks, 9 · channels, size · pictures / blocks)
        A view; neighbouring rows share their memory. The blocks are small enough for ``SMALL_PRODUCT`` when
        multiplied with ``filters`` rows.
    """

    def __init__(
        self, size: int, channels: int, filters: int, pictures: int, order: list[int], dtype: DTypeLike
    ) -> None:
        whole = size * pictures
        thrice: FloatArray = zeros((size + 2, 3, channels, whole + PADDING), dtype)
        width = split_evenly(whole, SMALL_PRODUCT / (9 * channels * filters))
        if width < LEAST_WIDTH:
            width = whole
        row, _, line, item = thrice.strides
        self.matrices: FloatArray = as_strided(
            thrice,
            shape=(size, whole // width, 9 * channels, width),
            strides=(row, width * item, line, item),
        )
        self._copies = [
            (
                thrice[1:-1, shift + 1, :, to * pictures : (to + count) * pictures],
                slice(start * pictures, (start + count) * pictures),
            )
            for shift in (-1, 0, 1)
            for start, to, count in shifted_runs(order, shift)
        ]

    def fill(self, rows: FloatArray) -> None:
        """Lay out ``rows`` (size, channels, size · pictures)."""
        for target, columns in self._copies:
            target[...] = rows[:, :, columns]

    def blocks_of(self, rows: FloatArray) -> FloatArray:
        """``rows`` (size, channels, size · pictures) seen as (size, blocks, channels, …), to fit ``matrices``."""
        size, channels, _ = rows.shape
        return rows.reshape(size, channels, self.matrices.shape[1], -1).transpose(0, 2, 1, 3)


class Round:
    """Convolution, pooling and rectifier for one batch size.

    Attributes
    ----------
    inputs : (size, channels, size · pictures)
    output : (size / 2, filters, size / 2 · pictures)
    output_delta : the loss's gradient with respect to ``output``; written over by ``backward``.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        filters: int,
        pictures: int,
        later: int,
        inputs: FloatArray | None,
        dtype: DTypeLike,
    ) -> None:
        half, order = size // 2, column_order(size, later + 1)
        first = inputs is None
        self.inputs: FloatArray = zeros((size, channels, size * pictures), dtype) if inputs is None else inputs
        self._patches = Patches(size, channels, filters, pictures, order, dtype)
        self._sums: FloatArray = zeros((size, filters, size * pictures), dtype)
        self._sum_blocks = self._patches.blocks_of(self._sums)
        # The larger of two rows, then (its left and right half are a window's columns) of two columns.
        self._tall: FloatArray = zeros((half, filters, size * pictures), dtype)
        self.output: FloatArray = zeros((half, filters, half * pictures), dtype)
        self._cut = half * pictures

        self.output_delta: FloatArray = zeros(self.output.shape, dtype)
        rows, blocks = self._patches.matrices.shape[:2]
        self._weight_sums: FloatArray = zeros((rows, blocks, filters, 9 * channels), dtype)
        self._ones: FloatArray = np.ones(self._cut, dtype)
        self._row_sums: FloatArray = zeros((half, filters), dtype)
        # The first round's input is the picture, which needs no gradient.
        self._back = None if first else Patches(size, filters, channels, pictures, order, dtype)
        self._turned: FloatArray = zeros((channels, 3, 3, filters), dtype)
        # The same memory as whole numbers: see `_route`.
        self._whole = np.dtype(f"i{np.dtype(dtype).itemsize}")
        self._sign = 8 * self._whole.itemsize - 1

    def forward(self, weight: FloatArray, bias: FloatArray) -> None:
        """``output`` from ``inputs``; ``weight`` is (filters, 3, 3, channels)."""
        sums, tall = self._sums, self._tall
        self._patches.fill(self.inputs)
        np.matmul(weight.reshape(len(weight), -1), self._patches.matrices, out=self._sum_blocks)
        np.maximum(sums[0::2], sums[1::2], out=tall)
        np.maximum(tall[..., : self._cut], tall[..., self._cut :], out=self.output)
        # The largest of four sums with the same bias is the largest plus the bias: a quarter of the additions.
        np.add(self.output, bias[:, None], out=self.output)
        np.maximum(self.output, 0, out=self.output)

    def _route(self, first: FloatArray, second: FloatArray, delta: FloatArray) -> None:
        """Replace each pair of values by its gradient: ``delta`` for the larger (the first of equals), 0 for the other.

        The sign bit of first − second, drawn out over the whole number, is all ones where second is larger; "and"
        with it keeps or clears. No bool array, which NumPy would convert to floats at ten times the cost, and no
        memory but what is in the cache already.
        """
        bits = first.view(self._whole)
        np.subtract(first, second, out=first)
        np.right_shift(bits, self._sign, out=bits)
        np.bitwise_and(bits, delta.view(self._whole), out=second.view(self._whole))
        np.subtract(delta, second, out=first)

    def backward(
        self, weight: FloatArray, weight_out: FloatArray, bias_out: FloatArray, inputs_out: FloatArray | None
    ) -> None:
        """Gradients from ``output_delta``: of the weights, and of the inputs where ``inputs_out`` is given.

        A pooling window's gradient goes to one of its four values (blank paper is full of equals; giving each of
        them all of it would count it four times). What ``forward`` computed is written over.
        """
        delta, tall, sums = self.output_delta, self._tall, self._sums
        # Through the rectifier: 0 − output has its sign bit set where the output is above zero.
        bits = self.output.view(self._whole)
        np.subtract(0, self.output, out=self.output)
        np.right_shift(bits, self._sign, out=bits)
        np.bitwise_and(bits, delta.view(self._whole), out=delta.view(self._whole))
        np.matmul(delta, self._ones, out=self._row_sums)
        np.add.reduce(self._row_sums, axis=0, out=bias_out)
        self._route(tall[..., : self._cut], tall[..., self._cut :], delta)
        self._route(sums[0::2], sums[1::2], tall)
        np.matmul(self._sum_blocks, self._patches.matrices.transpose(0, 1, 3, 2), out=self._weight_sums)
        np.add.reduce(self._weight_sums, axis=(0, 1), out=weight_out.reshape(len(weight_out), -1))
        if inputs_out is not None and self._back is not None:
            # The gradient of a convolution is the gradient's convolution with the filters turned half round.
            self._turned[...] = weight[:, ::-1, ::-1].transpose(3, 1, 2, 0)
            self._back.fill(sums)
            out = self._back.blocks_of(inputs_out)
            np.matmul(self._turned.reshape(len(self._turned), -1), self._back.matrices, out=out)


class CNN(Network):
    """Rounds of 3×3 filters with pooling, and a dense layer to the labels.

    Parameters
    ----------
    filters : of each round; None: ``FILTERS``.
    """

    kind = "cnn"

    def __init__(
        self,
        size: int,
        labels: int,
        *,
        filters: tuple[int, ...] | None = None,
        seed: int = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.filters = FILTERS[size] if filters is None else filters
        self.channels = 4
        self._order = column_order(size, len(self.filters))
        super().__init__(size, labels, seed=seed, dtype=dtype)

    def layout(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        channels = self.channels
        for number, filters in enumerate(self.filters, 1):
            shapes[f"filters{number}"] = (filters, 3, 3, channels)
            shapes[f"bias{number}"] = (filters,)
            channels = filters
        side = self.size >> len(self.filters)
        shapes["weight"] = (side * side * channels, self.labels)
        shapes["bias"] = (self.labels,)
        return shapes

    def starting_weights(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        # He et al. 2015: variance 2 / inputs keeps the signal's size through a rectifier.
        arrays: dict[str, FloatArray] = {}
        for name, shape in self.layout().items():
            if name.startswith("filters"):
                arrays[name] = rng.standard_normal(shape) * (2.0 / np.prod(shape[1:])) ** 0.5
            elif name == "weight":
                arrays[name] = rng.standard_normal(shape) * (1.0 / shape[0]) ** 0.5
        return arrays

    def make_buffers(self, pictures: int) -> CNNBuffers:
        return CNNBuffers(self, pictures)

    def prepare(self, pixels: NDArray[np.uint8]) -> FloatArray:
        # (picture, row, column, channel) to (picture, row, channel, column in order), a row per picture.
        channels = ink_channels(pixels, self.dtype).transpose(0, 1, 3, 2)[..., self._order]
        rows: FloatArray = zeros((len(pixels), self.channels * self.size**2 + PADDING), self.dtype)
        rows[:, :-PADDING] = channels.reshape(len(pixels), -1)
        return rows

    def load(self, prepared: FloatArray, buffers: CNNBuffers, indices: IntArray | None = None) -> None:
        if indices is not None:
            prepared = prepared.take(indices, axis=0, out=buffers.chosen, mode="clip")
        np.copyto(buffers.turned_inputs, prepared[:, :-PADDING].T)

    def propagate(self, buffers: CNNBuffers) -> None:
        for number, this in enumerate(buffers.rounds, 1):
            this.forward(self.weights[f"filters{number}"], self.weights[f"bias{number}"])
        np.matmul(buffers.features.T, self.weights["weight"], out=buffers.logits)
        np.add(buffers.logits, self.weights["bias"], out=buffers.logits)

    def backpropagate(self, buffers: CNNBuffers) -> float:
        gradients = buffers.gradients
        np.matmul(buffers.features, buffers.delta, out=gradients["weight"])
        np.matmul(buffers.ones, buffers.delta, out=gradients["bias"])
        np.matmul(self.weights["weight"], buffers.delta.T, out=buffers.features_delta)
        for number in range(len(buffers.rounds), 0, -1):
            buffers.rounds[number - 1].backward(
                self.weights[f"filters{number}"],
                gradients[f"filters{number}"],
                gradients[f"bias{number}"],
                buffers.rounds[number - 2].output_delta if number > 1 else None,
            )
        return sqrt(buffers.gradient.dot(buffers.gradient))

    def parts(self, buffers: CNNBuffers) -> Iterator[Part]:
        yield slice(0, len(self.parameters)), buffers.gradient

    def features(self, buffers: CNNBuffers) -> FloatArray:
        return buffers.features.T


class CNNBuffers(Buffers):
    """The rounds' arrays; ``features`` are the last round's output as (size · filters · size, pictures)."""

    def __init__(self, network: CNN, pictures: int) -> None:
        self.rounds: list[Round] = []
        size, channels, dtype = network.size, network.channels, network.dtype
        for number, filters in enumerate(network.filters, 1):
            before = self.rounds[-1].output if self.rounds else None
            self.rounds.append(Round(size, channels, filters, pictures, len(network.filters) - number, before, dtype))
            size, channels = size // 2, filters
        first, last = self.rounds[0], self.rounds[-1]
        super().__init__(pictures, network.labels, first.inputs, dtype)
        self.turned_inputs = first.inputs.reshape(-1, pictures)
        self.chosen: FloatArray = zeros((pictures, len(self.turned_inputs) + PADDING), dtype)
        self.features = last.output.reshape(-1, pictures)
        self.features_delta = last.output_delta.reshape(-1, pictures)
        self.gradient: FloatArray = zeros(len(network.parameters), network.dtype)
        self.gradients: dict[str, Any] = {
            name: self.gradient[place].reshape(network.weights[name].shape) for name, place in network.places.items()
        }
