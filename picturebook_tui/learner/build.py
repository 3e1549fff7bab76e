"""The networks there are, by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.conv import CNN
from picturebook_tui.learner.defaults import KINDS
from picturebook_tui.learner.dense import MLP, Softmax
from picturebook_tui.learner.networks import Network


def build_network(
    kind: str, size: int, labels: int, *, hidden: int = 64, seed: int = 0, dtype: DTypeLike = np.float32
) -> Network:
    """The network of that name.

    Raises
    ------
    PictureBookError : where there is none.
    """
    if kind == "softmax":
        return Softmax(size, labels, seed=seed, dtype=dtype)
    if kind == "mlp":
        return MLP(size, labels, hidden=hidden, seed=seed, dtype=dtype)
    if kind == "cnn":
        return CNN(size, labels, seed=seed, dtype=dtype)
    raise PictureBookError(f"There is no learner called {kind!r}: choose one of {', '.join(KINDS)}.")
