"""A picture with what mattered marked on it: the rest pale, and digits up to 9 where something depended on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.strip import Strip

from picturebook_tui.tui.depth import ColourDepth
from picturebook_tui.tui.filters import eight_bit, standard
from picturebook_tui.tui.palette import PALETTE_16, RGB, SEEN, far_from, luminance, nearest_256, quantise_16
from picturebook_tui.tui.widgets.pixels import PAPER

HIGHEST = 9
"""One digit."""

LEAST_SHOWN = 3
"""A third of the most; smaller digits all around would hide the picture and say little."""

VEIL = 0.5
"""How far what did not matter at all fades into the room."""

_BRIGHT = 0.18
"""Relative luminance from which black is easier to read than white."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A square to outline, in pixels."""

    top: int
    left: int
    side: int


def levels_of(drops: NDArray[np.float32]) -> NDArray[np.int64]:
    """How much each place mattered: float32 (h, w) to int64 (h, w), 0 for not at all to ``HIGHEST`` for the most.

    What a place gained the label by being covered counts as nothing lost.
    """
    largest = float(drops.max(initial=0.0))
    if largest <= 0:
        return np.zeros(drops.shape, np.int64)
    levels: NDArray[np.int64] = (HIGHEST * drops / largest).round().clip(0, HIGHEST).astype(np.int64)
    return levels


def halved(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of 2×2 blocks: (h, w, …) to (h / 2, w / 2, …)."""
    high, wide = values.shape[0] // 2, values.shape[1] // 2
    means: NDArray[np.float64] = values.reshape(high, 2, wide, 2, *values.shape[2:]).mean(axis=(1, 3))
    return means


def heat_strips(
    pixels: NDArray[np.uint8],
    levels: NDArray[np.int64] | None,
    depth: ColourDepth,
    room: TextualColor,
    *,
    scale: int = 1,
    frame: Frame | None = None,
) -> list[Strip]:
    """Lines of ``2 · scale`` columns and ``scale`` rows a pixel.

    Parameters
    ----------
    pixels : uint8 (h, w, 3)
    levels : int64 (h, w), of ``levels_of``; None: the picture alone.
    room : the background that what did not matter fades into.
    frame : outlined, the scrap that cost most.
    """
    high, wide = pixels.shape[:2]
    texts = [[[" "] * (2 * scale) for _ in range(wide)] for _ in range(high * scale)]
    drawn_on = far_from(pixels, PAPER) > SEEN
    for row in range(high * scale):
        for column in range(wide):
            cell = texts[row][column]
            if depth == "none" and drawn_on[row // scale, column]:
                cell[:] = "░" * len(cell)
            level = 0 if levels is None else int(levels[row // scale, column])
            # One digit a pixel, in its middle.
            if level >= LEAST_SHOWN and row % scale == scale // 2:
                cell[len(cell) // 2] = str(level)
    if frame is not None:
        _outline(texts, frame, scale)
    styles = _styles(pixels, levels, depth, room)
    lines: list[Strip] = []
    for row, cells in enumerate(texts):
        segments = [Segment("".join(cell), styles[row // scale][column]) for column, cell in enumerate(cells)]
        lines.append(Strip(Segment.simplify(segments), 2 * scale * wide))
    return lines


def _outline(texts: list[list[list[str]]], frame: Frame, scale: int) -> None:
    """Draw the frame's border over whatever stands there."""
    top, bottom = frame.top * scale, (frame.top + frame.side) * scale - 1
    left, right = frame.left, frame.left + frame.side - 1
    for row in (top, bottom):
        for column in range(left, right + 1):
            texts[row][column][:] = "─" * len(texts[row][column])
    for row in range(top + 1, bottom):
        texts[row][left][0] = texts[row][right][-1] = "│"
    texts[top][left][0], texts[top][right][-1] = "┌", "┐"
    texts[bottom][left][0], texts[bottom][right][-1] = "└", "┘"


def _styles(
    pixels: NDArray[np.uint8], levels: NDArray[np.int64] | None, depth: ColourDepth, room: TextualColor
) -> list[list[Style]]:
    if depth == "none":
        return [[Style()] * pixels.shape[1] for _ in pixels]
    if depth == "16":
        # Too few colours for paler ones: the digits alone say it.
        numbers = quantise_16(pixels, PAPER).tolist()
        return [[_on(standard(number), PALETTE_16[number]) for number in row] for row in numbers]
    kept = np.ones(pixels.shape[:2]) if levels is None else 1 - VEIL * (1 - levels / HIGHEST)
    mixed = kept[..., None] * pixels + (1 - kept[..., None]) * np.array(room.rgb)
    rows: Sequence[Sequence[RGB]] = mixed.round().astype(int).tolist()
    return [[_style((red, green, blue), depth) for red, green, blue in row] for row in rows]


@lru_cache(8192)
def _style(colour: RGB, depth: ColourDepth) -> Style:
    back = eight_bit(nearest_256(colour)) if depth == "256" else Color.from_triplet(ColorTriplet(*colour))
    return _on(back, colour, depth)


def _on(back: Color, colour: RGB, depth: ColourDepth = "16") -> Style:
    """Black or white on ``back``, whichever is read more easily."""
    bright = luminance(colour) > _BRIGHT
    if depth == "16":
        return Style(color=standard(0 if bright else 15), bgcolor=back)
    ink = (0, 0, 0) if bright else (255, 255, 255)
    front = eight_bit(nearest_256(ink)) if depth == "256" else Color.from_triplet(ColorTriplet(*ink))
    return Style(color=front, bgcolor=back)
