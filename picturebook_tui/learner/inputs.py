"""What the network is given of a picture: its pixels as numbers around zero, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.errors import PictureBookError

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]

CENTRE = (246, 241, 228)
"""The paper (``book.atlas.PAPER``), subtracted from every pixel: blank paper becomes exactly zero.

A constant, so that it is the same in every run and no part of what is saved. It also makes zero the right
value to pad a convolution with.
"""

SCALE = 1.0 / 255.0
"""Brings differences of 0 to 255 levels to about one."""

SIZES = (16, 32)
"""Sides, in pixels, that networks are made for."""


def check_pixels(pixels: NDArray[Any], size: int | None) -> int:
    """Say whether these are pictures, and how large.

    Parameters
    ----------
    pixels : uint8 (n, height, width, 3)
    size : the side that is expected, in pixels; None where any of ``SIZES`` will do.

    Returns
    -------
    int : the side of the pictures.

    Raises
    ------
    PictureBookError : one sentence, where the array is not such a stack of pictures.
    """
    wanted = f"{size}×{size}" if size else " or ".join(f"{side}×{side}" for side in SIZES)
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        kind = getattr(pixels, "dtype", type(pixels).__name__)
        raise PictureBookError(
            f"Pictures must be a NumPy array of uint8 (0 to 255), not {kind}: convert them first."
        )
    if pixels.ndim == 3 and pixels.shape[-1] == 3:
        raise PictureBookError("This is one picture, not a stack: pass pixels[None] to show it alone.")
    if pixels.ndim != 4 or pixels.shape[3] != 3:
        raise PictureBookError(
            f"Pictures must have the shape (pictures, height, width, 3), not {tuple(pixels.shape)}: "
            "reshape them first."
        )
    height, width = pixels.shape[1:3]
    if height != width or (height != size if size else height not in SIZES):
        raise PictureBookError(f"Pictures must be {wanted} pixels, not {width}×{height}: scale them first.")
    return int(height)


def check_targets(targets: NDArray[Any], pictures: int, labels: int | None) -> IntArray:
    """Targets as an integer array of shape (pictures,), each below ``labels`` (None: any).

    Raises
    ------
    PictureBookError : one sentence, where there is not exactly one known label per picture.
    """
    array = np.asarray(targets)
    if array.shape != (pictures,):
        raise PictureBookError(
            f"There must be one label per picture, and {pictures} pictures came with labels of shape "
            f"{tuple(array.shape)}: pass as many labels as pictures."
        )
    if not np.issubdtype(array.dtype, np.integer):
        raise PictureBookError(
            "Labels must be whole numbers counted from 0: pass the position of each label instead."
        )
    if pictures and (array.min() < 0 or (labels is not None and array.max() >= labels)):
        most = "" if labels is None else f" to {labels - 1}"
        raise PictureBookError(
            f"Labels must be numbers from 0{most}, and one is {array.min() if array.min() < 0 else array.max()}: "
            "pass the position of each label."
        )
    return array
