"""Pictures for tests: small, drawn by formula, and not quite alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PAPER = (246, 241, 228)


def make_pictures(
    count: int, *, size: int = 16, labels: int = 2, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Blots on paper: each label's blot lies in another place, in any colour; uint8 and int64 as in a book."""
    rng = np.random.default_rng(seed)
    targets = rng.permutation(np.arange(count) % labels).astype(np.int64)
    pixels = np.empty((count, size, size, 3), np.uint8)
    pixels[:] = PAPER
    for picture, label in zip(pixels, targets, strict=True):
        left = 1 + int(label) * (size - 4) // labels + int(rng.integers(0, 2))
        top = int(rng.integers(2, size - 6))
        picture[top : top + 4, left : left + 4] = rng.integers(0, 200, 3)
    return pixels, targets


def noise(count: int, *, size: int = 16, labels: int = 2, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures with nothing to learn but themselves; half of each is blank paper, where pooling meets equals."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    pixels[:, size // 2 :] = PAPER
    return pixels, rng.integers(0, labels, count)
