"""From an SVG icon to 32×32 RGBA.

The ink (what is not transparent) is found on a first rendering and fitted into 28×28 in the middle of 32×32, aspect
kept, so that after the 2×2 mean down to 16×16 one pixel of air is left on every side. The second rendering is eight
times as large and averaged down on premultiplied colours, so edges carry no fringe of a hidden colour.
"""

from __future__ import annotations

import io

import numpy as np
import resvg_py  # type: ignore[import-not-found, unused-ignore]  # a build-time tool, absent from the game's own
from numpy.typing import NDArray
from PIL import Image
from sources import Icon

SIZE = 32
INK = 28
"""Two pixels of air at 32, one at 16."""

OVERSAMPLE = 8
"""Rendered at 256 and averaged: blurs and filters of Fluent 3D need the room."""

LARGEST_ZOOM = 1.5
"""Ink is enlarged at most so much over an icon that fills its own box: ▪ stays smaller than ⬛."""

VISIBLE = 6
"""Alpha (of 255) from which a pixel of the first rendering counts as ink; Fluent 3D's blurs fade out below it."""


def render(icon: Icon, left: float, top: float, width: float, height: float, zoom: float) -> NDArray[np.uint8]:
    """A rectangle of the icon, in its own units, at `zoom` pixels a unit; uint8 (rows, columns, 4), straight alpha.

    The rectangle must lie inside the icon's box: resvg fails on some filters where the canvas is larger than that.
    """
    body = icon.body
    if icon.flip:
        body = f'<g transform="translate({2 * icon.left + icon.width:g} 0) scale(-1 1)">{body}</g>'
    columns, rows = max(1, round(width * zoom)), max(1, round(height * zoom))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{columns}" '
        f'height="{rows}" viewBox="{left:.6f} {top:.6f} {width:.6f} {height:.6f}" preserveAspectRatio="none">'
        f"{body}</svg>"
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGBA"))


def shrink(rgba: NDArray[np.uint8], factor: int) -> NDArray[np.float64]:
    """Mean over factor×factor blocks on premultiplied colours; float64 (h, w, 4), colours straight again, 0–255."""
    alpha = rgba[..., 3:].astype(np.float64)
    weighted = np.concatenate([rgba[..., :3] * (alpha / 255.0), alpha], axis=-1)
    side = rgba.shape[0] // factor
    mean = weighted.reshape(side, factor, side, factor, 4).mean(axis=(1, 3))
    colour = np.divide(mean[..., :3] * 255.0, mean[..., 3:], where=mean[..., 3:] > 0, out=np.zeros_like(mean[..., :3]))
    return np.concatenate([colour, mean[..., 3:]], axis=-1)


def rasterise(icon: Icon) -> NDArray[np.uint8]:
    """uint8 (32, 32, 4), straight alpha; the two outermost pixels on every side are empty.

    Raises
    ------
    ValueError
        Where the icon has no ink at all.
    """
    box = max(icon.width, icon.height)
    fine = SIZE * OVERSAMPLE / box
    ink = render(icon, icon.left, icon.top, icon.width, icon.height, fine)[..., 3] >= VISIBLE
    if not ink.any():
        raise ValueError("an icon without ink")
    ys, xs = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    width, height = (xs[-1] - xs[0] + 1) / fine, (ys[-1] - ys[0] + 1) / fine
    zoom = INK * OVERSAMPLE / max(width, height, box / LARGEST_ZOOM)
    drawn = render(icon, icon.left + xs[0] / fine, icon.top + ys[0] / fine, width, height, zoom)
    large = np.zeros((SIZE * OVERSAMPLE, SIZE * OVERSAMPLE, 4), dtype=np.uint8)
    top, left = (large.shape[0] - drawn.shape[0]) // 2, (large.shape[1] - drawn.shape[1]) // 2
    large[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    small = np.rint(shrink(large, OVERSAMPLE)).astype(np.uint8)
    small[small[..., 3] == 0] = 0
    return small
