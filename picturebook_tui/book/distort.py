"""Pictures made harder to see, for both players alike: noise, contrast, blur, grey.

All of it is done in whole numbers, and chance is taken from a bit generator's own stream, which NumPy keeps the same
from version to version: a saved book comes back pixel for pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, exp

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import PAPER
from picturebook_tui.book.ladder import BLURS, CONTRASTS, GREYS, NOISE_WIDTHS, distortion_of

Pixels = NDArray[np.uint8]

_PAPER = np.array(PAPER, dtype=np.int64)

_LUMA = np.array((2126, 7152, 722), dtype=np.int64)
"""Ten-thousandths of red, green and blue in luma: Rec. ITU-R BT.709-6, item 3.2; sRGB has the same primaries."""

_ONE = 4096
"""The sum of a blur's weights: as fine as eight bits need, and two passes fit 64 bits."""

_REACH = 3
"""Standard deviations to which a Gaussian is drawn: 99.7% of it."""

_CHUNK = 2048
"""Pictures done at once: 50 MB of 64-bit numbers at 32×32, so that the largest book needs little more than itself."""


def distort(pixels: Pixels, kind: str, level: int, seed: int | Sequence[int]) -> Pixels:
    """Make pictures harder to see.

    A picture's noise depends on the seed and on its place among ``pixels``, not on how many there are.

    Parameters
    ----------
    pixels
        uint8 (n, height, width, 3), on the paper colour.
    kind
        "noise": every pixel lighter or darker by chance, evenly up to a width and the same in its three channels,
        then cut to 0 to 255. "contrast": towards the paper, which is what a picture fades into here (laboratories
        fade to a middle grey, which is what theirs lie on). "blur": a Gaussian, the paper going on beyond the rim.
        "grey": luma instead of colour.
    level
        0 (nothing changes) to the kind's highest, see ``ladder.KINDS``.
    seed
        Whole numbers of 0 or more, for the noise.

    Returns
    -------
    uint8 (n, height, width, 3), an array of its own.

    Raises
    ------
    PictureBookError
        For a kind or a level that isn't there.
    """
    chosen = distortion_of(kind, level)
    if chosen is None:
        return pixels.copy()
    out = np.empty_like(pixels)
    bits = np.random.PCG64(np.random.SeedSequence(seed))
    for start in range(0, len(pixels), _CHUNK):
        part = pixels[start : start + _CHUNK].astype(np.int64)
        out[start : start + _CHUNK] = _KINDS[chosen.kind](part, chosen.level, bits).clip(0, 255)
    return out


def _noise(pixels: NDArray[np.int64], level: int, bits: np.random.PCG64) -> NDArray[np.int64]:
    count, height, width, _ = pixels.shape
    # Sixteen bits a pixel, whole 64-bit words a picture: so each picture's noise stays its own.
    words = ceil(height * width / 4)
    drawn = bits.random_raw(count * words).astype("<u8").view("<u2").reshape(count, words * 4)[:, : height * width]
    most = NOISE_WIDTHS[level]
    steps: NDArray[np.int64] = (drawn.astype(np.int64) * (2 * most + 1) >> 16) - most
    return pixels + steps.reshape(count, height, width, 1)


def _contrast(pixels: NDArray[np.int64], level: int, bits: np.random.PCG64) -> NDArray[np.int64]:
    left: NDArray[np.int64] = _PAPER + ((pixels - _PAPER) * CONTRASTS[level] + 50) // 100
    return left


def _grey(pixels: NDArray[np.int64], level: int, bits: np.random.PCG64) -> NDArray[np.int64]:
    luma = (pixels @ _LUMA + 5000) // 10_000
    greyer: NDArray[np.int64] = pixels + ((luma[..., None] - pixels) * GREYS[level] + 50) // 100
    return greyer


def _blur(pixels: NDArray[np.int64], level: int, bits: np.random.PCG64) -> NDArray[np.int64]:
    height, width = pixels.shape[1:3]
    weights = gaussian(BLURS[level] / 100 * max(height, width) / 16)
    reach = len(weights) // 2
    laid = np.empty((len(pixels), height + 2 * reach, width + 2 * reach, 3), dtype=np.int64)
    laid[:] = _PAPER
    laid[:, reach : reach + height, reach : reach + width] = pixels
    down = np.zeros((len(pixels), height, width + 2 * reach, 3), dtype=np.int64)
    for k, weight in enumerate(weights):
        down += weight * laid[:, k : k + height]
    across = np.zeros_like(pixels)
    for k, weight in enumerate(weights):
        across += weight * down[:, :, k : k + width]
    return (across + _ONE * _ONE // 2) // (_ONE * _ONE)


def gaussian(sigma: float) -> list[int]:
    """Weights of a Gaussian in whole numbers that sum to ``_ONE``, ``_REACH`` standard deviations to each side."""
    reach = max(1, ceil(_REACH * sigma))
    bell = [exp(-((k / sigma) ** 2) / 2) for k in range(-reach, reach + 1)]
    weights = [round(_ONE * height / sum(bell)) for height in bell]
    # What rounding lost or won goes to the middle, so that plain paper stays plain paper.
    weights[reach] += _ONE - sum(weights)
    return weights


_KINDS: dict[str, Callable[[NDArray[np.int64], int, np.random.PCG64], NDArray[np.int64]]] = {
    "noise": _noise,
    "contrast": _contrast,
    "blur": _blur,
    "grey": _grey,
}
