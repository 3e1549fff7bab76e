"""A small convolutional network: two rounds of (3×3 filters, 2×2 max pooling, rectifier), then one dense layer.

Every array inside has the axes (row, channel, column, picture). With the pictures innermost, a row's 3×3
patches lie in memory as one matrix once the row above, the row itself and the row below hold their columns
three times over (shifted right, straight, shifted left): three copies of the input instead of the nine of a
textbook im2col, and one small matrix product per row, whose operands stay in the processor's nearest cache.

Columns are not kept from left to right but even ones first (and, within both halves, so again for the next
round), so that the two columns of a pooling window are two halves of a row.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.learner.inputs import CENTRE, SCALE, FloatArray
from picturebook_tui.learner.networks import Buffers, Network

Runs = tuple[tuple[int, int, int], ...]
"""Copies to make: (from column, to column, how many columns)."""


def column_order(size: int, rounds: int) -> list[int]:
    """Which column of the picture lies where: even ones before odd ones, once for each round of pooling."""
    if rounds == 0:
        return list(range(size))
    half = column_order(size // 2, rounds - 1)
    return [2 * column for column in half] + [2 * column + 1 for column in half]


def shifted_runs(order: list[int], shift: int) -> Runs:
    """The fewest copies that bring column x + ``shift`` to where column x lies; columns off the edge stay
    zero."""
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
    """A stack of rows as matrices of 3×3 patches, zero beyond the edges.

    Attributes
    ----------
    matrices : (size, 9 · channels, size · pictures)
        A view: neighbouring rows share their memory.
    """

    def __init__(self, size: int, channels: int, pictures: int, order: list[int], dtype: DTypeLike) -> None:
        self._padded: FloatArray = np.zeros((size + 2, 3, channels, size, pictures), dtype)
        row = self._padded.strides[0]
        item = self._padded.itemsize
        self.matrices: FloatArray = as_strided(
            self._padded,
            shape=(size, 9 * channels, size * pictures),
            strides=(row, size * pictures * item, item),
        )
        self._copies = [
            (self._padded[1:-1, shift + 1, :, to : to + count], slice(start, start + count))
            for shift in (-1, 0, 1)
            for start, to, count in shifted_runs(order, shift)
        ]

    def fill(self, rows: FloatArray) -> None:
        """Lay out ``rows`` (size, channels, size, pictures)."""
        for target, columns in self._copies:
            target[...] = rows[:, :, columns]


class Round:
    """Convolution, pooling and rectifier for one batch size; ``weight`` is (filters, 3, 3, channels)."""

    def __init__(
        self,
        size: int,
        channels: int,
        filters: int,
        pictures: int,
        rounds_left: int,
        first: bool,
        dtype: DTypeLike,
    ) -> None:
        half = size // 2
        order = column_order(size, rounds_left)
        self.inputs: FloatArray = np.zeros((size, channels, size, pictures), dtype)
        self.patches = Patches(size, channels, pictures, order, dtype)
        self.raw: FloatArray = np.zeros((size, filters, size * pictures), dtype)
        self.tall: FloatArray = np.zeros((half, filters, size * pictures), dtype)
        self.pooled: FloatArray = np.zeros((half, filters, half * pictures), dtype)
        self.output = self.pooled.reshape(half, filters, half, pictures)
        self.pooled_delta: FloatArray = np.zeros_like(self.pooled)
        self.output_delta = self.pooled_delta.reshape(self.output.shape)
        self._mask = np.zeros(self.pooled.shape, np.bool_)
        self._tall_mask = np.zeros(self.tall.shape, np.bool_)
        self._tall_delta: FloatArray = np.zeros_like(self.tall)
        self._raw_delta: FloatArray = np.zeros_like(self.raw)
        self._weight_sums: FloatArray = np.zeros((size, filters, 9 * channels), dtype)
        self._cut = half * pictures
        # The first round's input is the picture, which needs no gradient.
        self._delta_patches = None if first else Patches(size, filters, pictures, order, dtype)
        self._turned: FloatArray = np.zeros((channels, 3, 3, filters), dtype)

    def forward(self, weight: FloatArray, bias: FloatArray) -> None:
        """``output`` (size/2, filters, size/2, pictures) from ``inputs``."""
        self.patches.fill(self.inputs)
        np.matmul(weight.reshape(len(weight), -1), self.patches.matrices, out=self.raw)
        np.maximum(self.raw[0::2], self.raw[1::2], out=self.tall)
        np.maximum(self.tall[..., : self._cut], self.tall[..., self._cut :], out=self.pooled)
        # The largest of four sums with the same bias is the largest plus the bias: a quarter of the additions.
        np.add(self.pooled, bias[:, None], out=self.pooled)
        np.maximum(self.pooled, 0, out=self.pooled)

    def backward(
        self, weight: FloatArray, weight_out: FloatArray, bias_out: FloatArray, inputs_out: FloatArray | None
    ) -> None:
        """Gradients from ``output_delta``: of the weights, and of the inputs where ``inputs_out`` is given.

        A pooling window's gradient goes to one of its four values, the first of equals (blank paper is full of
        equals; giving each of them all of it would count it four times).
        """
        delta, tall, raw = self.pooled_delta, self._tall_delta, self._raw_delta
        np.greater(self.pooled, 0, out=self._mask)
        np.multiply(delta, self._mask, out=delta)
        delta.sum(axis=(0, 2), out=bias_out)
        left, right = tall[..., : self._cut], tall[..., self._cut :]
        np.greater_equal(self.tall[..., : self._cut], self.tall[..., self._cut :], out=self._mask)
        np.multiply(delta, self._mask, out=left)
        np.subtract(delta, left, out=right)
        np.greater_equal(self.raw[0::2], self.raw[1::2], out=self._tall_mask)
        np.multiply(tall, self._tall_mask, out=raw[0::2])
        np.subtract(tall, raw[0::2], out=raw[1::2])
        np.matmul(raw, self.patches.matrices.transpose(0, 2, 1), out=self._weight_sums)
        np.add.reduce(self._weight_sums, axis=0, out=weight_out.reshape(len(weight_out), -1))
        if inputs_out is not None and self._delta_patches is not None:
            # The gradient of a convolution is the convolution of the gradient with the filters turned half
            # round.
            size, filters = raw.shape[:2]
            self._turned[...] = weight[:, ::-1, ::-1].transpose(3, 1, 2, 0)
            self._delta_patches.fill(raw.reshape(size, filters, size, -1))
            np.matmul(
                self._turned.reshape(len(self._turned), -1),
                self._delta_patches.matrices,
                out=inputs_out.reshape(size, len(self._turned), -1),
            )


class CNN(Network):
    """Two rounds of 3×3 filters (8, then 16) with pooling, and a dense layer to the labels."""

    kind = "cnn"
    filters = (8, 16)

    def layout(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        channels = 3
        for number, filters in enumerate(self.filters, 1):
            shapes[f"filters{number}"] = (filters, 3, 3, channels)
            shapes[f"bias{number}"] = (filters,)
            channels = filters
        side = self.size // 2 ** len(self.filters)
        shapes["weight"] = (side * side * channels, self.labels)
        shapes["bias"] = (self.labels,)
        return shapes

    def starting_weights(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        # He et al. 2015: variance 2 / inputs keeps the signal's size through a rectifier.
        arrays: dict[str, FloatArray] = {}
        for name, shape in self._shapes.items():
            if name.startswith("filters"):
                arrays[name] = rng.standard_normal(shape) * (2.0 / np.prod(shape[1:])) ** 0.5
            elif name == "weight":
                arrays[name] = rng.standard_normal(shape) * (1.0 / shape[0]) ** 0.5
        return arrays

    def make_buffers(self, pictures: int) -> Buffers:
        rounds: list[Round] = []
        size, channels = self.size, 3
        for number, filters in enumerate(self.filters):
            left = len(self.filters) - number
            rounds.append(Round(size, channels, filters, pictures, left, number == 0, self.dtype))
            size, channels = size // 2, filters
            if number:
                rounds[number].inputs = rounds[number - 1].output
        buffers = Buffers(pictures, self.labels, rounds[0].inputs, self.dtype)
        buffers.extra["rounds"] = rounds
        # The dense layer sees the last round's output as (size · size · filters, pictures).
        buffers.extra["features"] = rounds[-1].pooled.reshape(-1, pictures)
        buffers.extra["features_delta"] = rounds[-1].pooled_delta.reshape(-1, pictures)
        return buffers

    def load(self, pixels: NDArray[np.uint8], buffers: Buffers) -> None:
        inputs = buffers.inputs
        # (n, row, column, colour) -> (row, colour, column in order, n); the columns' order is reversed bits.
        pictures, size = len(pixels), self.size
        depth = len(self.filters)
        split = pixels.reshape(pictures, size, size >> depth, *(2,) * depth, 3)
        axes = (1, 3 + depth, *range(2 + depth, 1, -1), 0)
        np.subtract(
            split.transpose(axes),
            np.array(CENTRE, self.dtype).reshape(3, *(1,) * (depth + 2)),
            out=inputs.reshape(size, 3, *(2,) * depth, size >> depth, pictures),
        )
        np.multiply(inputs, SCALE, out=inputs)

    def propagate(self, buffers: Buffers) -> None:
        rounds: list[Round] = buffers.extra["rounds"]
        for number, this in enumerate(rounds, 1):
            this.forward(self.weights[f"filters{number}"], self.weights[f"bias{number}"])
        np.matmul(buffers.extra["features"].T, self.weights["weight"], out=buffers.logits)
        np.add(buffers.logits, self.weights["bias"], out=buffers.logits)

    def backpropagate(self, buffers: Buffers) -> None:
        rounds: list[Round] = buffers.extra["rounds"]
        gradients = self.gradients
        np.matmul(buffers.extra["features"], buffers.delta, out=gradients["weight"])
        np.add.reduce(buffers.delta, axis=0, out=gradients["bias"])
        np.matmul(self.weights["weight"], buffers.delta.T, out=buffers.extra["features_delta"])
        for number in range(len(rounds), 0, -1):
            rounds[number - 1].backward(
                self.weights[f"filters{number}"],
                gradients[f"filters{number}"],
                gradients[f"bias{number}"],
                rounds[number - 2].output_delta if number > 1 else None,
            )
