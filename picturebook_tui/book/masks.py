"""Noise to follow a picture, so that nothing of it lingers in the eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def mask(pixels: NDArray[np.uint8], seed: int | Sequence[int]) -> NDArray[np.uint8]:
    """One noise picture out of a page's pictures: its pixels are theirs, drawn by lot, each at most once.

    It has their colours and shows none of them; laboratories use 1/f noise, which has nothing of the picture.

    Parameters
    ----------
    pixels : uint8 (n, height, width, 3), n of 1 or more
    seed : whole numbers of 0 or more

    Returns
    -------
    uint8 (height, width, 3)
    """
    _, height, width, _ = pixels.shape
    colours = pixels.reshape(-1, 3)
    chosen = np.random.default_rng(seed).choice(len(colours), height * width, replace=False)
    noise: NDArray[np.uint8] = colours[chosen].reshape(height, width, 3)
    return noise
