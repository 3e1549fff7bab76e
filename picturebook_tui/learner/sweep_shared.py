"""What all siblings of a sweep have in common: the book as scalar products, and the weights they start from."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from picturebook_tui.learner.build import build_network
from picturebook_tui.learner.inputs import FloatArray, IntArray
from picturebook_tui.learner.optimizers import optimizer_named
from picturebook_tui.learner.sweep_job import SweepJob


class Shared:
    """Computed once for a job of the kinds "softmax" and "mlp", and of optimizers that are a ``heavy_ball``.

    Write X (n, inputs) for the book as the network is given it, and W for the first layer's weights with the bias as
    their last row, X having a last column of ones. Every update adds Xᵀ times something to W, so W = W₀ + XᵀA with an A
    of shape (n, units), and what the first layer computes is XW = XW₀ + (XXᵀ)A: the pictures themselves are needed no
    more. (The kernel trick, as for the dual perceptron; Freund & Schapire 1999, section 3.)

    Attributes
    ----------
    dtype : of all arrays; float32 for use, float64 to check that the rewriting is exact.
    products : (n + m, n)
        Scalar products of every picture, book and unseen, with each of the book's, plus 1 for the bias.
    start : (n + m, units)
        XW₀: the first layer before any update.
    units : int
        Hidden units, and after them one that is always 1, for the second layer's bias; for softmax, labels.
    second : (labels, hidden + 1), or None for softmax
        The second layer's weights with the bias last.
    targets : int (n + m,)
    truth : (n + m, labels)
        1 at the right label, else 0.
    """

    def __init__(self, job: SweepJob, dtype: DTypeLike = np.float32) -> None:
        size = job.pixels.shape[1]
        network = build_network(job.kind, size, job.labels, hidden=job.hidden, seed=job.seed, dtype=dtype)
        unseen = job.unseen
        self.pictures = len(job.pixels)
        pixels = job.pixels if unseen is None else np.concatenate([job.pixels, unseen[0]])
        targets = job.targets if unseen is None else np.concatenate([job.targets, unseen[1]])
        inputs = network.prepare(pixels).astype(np.float64)
        self.dtype = np.dtype(dtype)
        self.inputs: FloatArray = inputs[: self.pictures].astype(dtype)
        # Summed in float64: these are used in every step of every sibling.
        self.products: FloatArray = (inputs @ inputs[: self.pictures].T + 1.0).astype(dtype)
        hidden = job.kind == "mlp"
        weight, bias = (
            network.weights[name + ("1" if hidden else "")].astype(np.float64) for name in ("weight", "bias")
        )
        self.start: FloatArray = (inputs @ weight + bias).astype(dtype)
        self.weight: FloatArray = weight.astype(dtype)
        self.bias: FloatArray = bias.astype(dtype)
        self.labels = job.labels
        self.second: FloatArray | None = None
        if hidden:
            ones = np.ones((len(inputs), 1), dtype)
            self.start = np.concatenate([self.start, ones], axis=1)
            second = network.weights["weight2"].T, network.weights["bias2"][:, None]
            self.second = np.concatenate(second, axis=1).astype(dtype)
        self.units = self.start.shape[1]
        self.momentum = optimizer_named(job.optimizer or "").heavy_ball or 0.0
        self.targets: IntArray = np.asarray(targets)
        self.truth: FloatArray = np.eye(job.labels, dtype=dtype)[self.targets]
        self.lengths_squared: FloatArray = np.diagonal(self.products[: self.pictures]).copy()
        """Of each picture's numbers, with the bias's 1."""
