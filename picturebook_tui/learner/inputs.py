"""What the network is given of a picture: its pixels as numbers around zero, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from picturebook_tui.book.counting import SIZES
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.arrays import FloatArray as FloatArray
from picturebook_tui.learner.arrays import IntArray as IntArray

PAPER = (246, 241, 228)
"""The paper's colour, as in ``book.atlas.PAPER`` (a test compares them; importing it would read the drawings)."""

CENTRE = (210.0, 199.0, 183.0)
"""Subtracted from every pixel where the picture is taken as one row of numbers.

The average colour of all 11,039 drawings on their paper. Centred on it, a network learns in a third of the steps
that it takes centred on the paper or on mid-grey; as a constant it is the same in every run and no part of what is
saved.
"""

HALF_INK = 0.1
"""Distance from the paper's colour (white to black is √3) at which a pixel counts as half ink."""

COLOUR = 0.5
"""How much the colours weigh beside the silhouette. With 1 an artist never seen is known less well (0.87 of the cats
and dogs against 0.90, tests/benchmarks/held_out_artists.py); with ¼ fruit is told from vegetables less well."""


def flat_inputs(pixels: NDArray[np.uint8], dtype: DTypeLike) -> FloatArray:
    """Pixels as rows of numbers around zero.

    Parameters
    ----------
    pixels : uint8 (n, size, size, 3)

    Returns
    -------
    dtype (n, size · size · 3), contiguous : between −1 and 1 at 16×16. At 32×32 there are four times as many
        numbers, each halved, so that a learning rate means the same at both sizes.
    """
    count, size = pixels.shape[:2]
    out: FloatArray = np.subtract(pixels, np.array(CENTRE, dtype), dtype=dtype)
    np.multiply(out, 16.0 / (255.0 * size), out=out)
    return out.reshape(count, -1)


def ink_channels(pixels: NDArray[np.uint8], dtype: DTypeLike) -> FloatArray:
    """Pixels as four channels that are zero on blank paper: the silhouette, and the colours faintly.

    An artist never seen is known by the outline sooner than by the colours, so the outline is the strongest:
    with it the network knows eight held-out artists' drawings of ten rightly where it knew seven.

    Parameters
    ----------
    pixels : uint8 (n, size, size, 3)

    Returns
    -------
    dtype (n, size, size, 4) : −d / (d + ``HALF_INK``), where d is the distance from the paper's colour (0 to
        √3);
        then red, green and blue less the paper's, times ``COLOUR``.
    """
    out: FloatArray = np.empty((*pixels.shape[:3], 4), dtype)
    colours = out[..., 1:]
    np.subtract(pixels, np.array(PAPER, dtype), out=colours)
    np.multiply(colours, 1.0 / 255.0, out=colours)
    distance = np.sqrt(np.einsum("...c,...c->...", colours, colours))
    np.divide(distance, -(distance + HALF_INK), out=out[..., 0])
    np.multiply(colours, COLOUR, out=colours)
    return out


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
        how = "convert them first"
        if isinstance(pixels, np.ndarray) and pixels.dtype.kind == "f":
            how = "pass pixels.astype('uint8'), or (255 * pixels).astype('uint8') where they go from 0 to 1"
        raise PictureBookError(f"Pictures must be a NumPy array of uint8 (0 to 255), not {kind}: {how}.")
    if pixels.ndim == 3 and pixels.shape[-1] == 3:
        raise PictureBookError("This is one picture, not a stack: pass pixels[None] to show it alone.")
    if pixels.ndim != 4 or pixels.shape[3] != 3:
        raise PictureBookError(
            f"Pictures must be uint8 of shape (pictures, height, width, 3), not {tuple(pixels.shape)}: "
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
        raise PictureBookError("Labels must be whole numbers counted from 0: pass the position of each label instead.")
    if pictures and (array.min() < 0 or (labels is not None and array.max() >= labels)):
        most = "" if labels is None else f" to {labels - 1}"
        raise PictureBookError(
            f"Labels must be numbers from 0{most}, and one is {array.min() if array.min() < 0 else array.max()}: "
            "pass the position of each label."
        )
    return array
