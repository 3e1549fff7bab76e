"""Light augmentation, and laying drawings on the paper: what is made here both players are shown.

A picture can be mirrored and moved by one pixel each way: 18 layings of one drawing that nobody would call by
another name. It is done before anyone has seen the picture, so it is part of the book and not of the training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import PAPER, Atlas, Drawing
from picturebook_tui.book.wugs import ARTIST, wug_pixels


@dataclass(frozen=True, slots=True)
class Laying:
    """How one drawing lies on its paper."""

    flip: bool = False
    """Mirrored left to right, before it is moved."""
    dx: int = 0
    """NDArray[np.uint8] to the right; negative: left."""
    dy: int = 0
    """NDArray[np.uint8] down; negative: up."""


AS_DRAWN = Laying()

# One pixel is the air that every drawing keeps around itself at 16×16, so nothing is ever cut off.
_MOVES = tuple((dx, dy) for dx in (0, -1, 1) for dy in (0, -1, 1))

MOVED = tuple(Laying(False, dx, dy) for dx, dy in _MOVES)
"""The nine that keep left and right; the first is as drawn."""

MIRRORED_TOO = (*MOVED, *(Laying(True, dx, dy) for dx, dy in _MOVES))
"""All eighteen; the first is as drawn."""

_CHUNK = 4096
"""Pictures painted at once: 12.6 MB at 32×32, so the largest book costs little more than itself."""


def layings(augment: bool, mirror: bool) -> tuple[Laying, ...]:
    """The layings a book may use, as drawn first."""
    if not augment:
        return (AS_DRAWN,)
    return MIRRORED_TOO if mirror else MOVED


def laying_orders(
    rng: np.random.Generator, drawings: int, choices: Sequence[Laying], *, as_drawn_first: bool
) -> NDArray[np.intp]:
    """Decide in which order each drawing's layings come, so that none returns before all have been used.

    Parameters
    ----------
    rng
        The only source of chance.
    drawings
        How many drawings.
    choices
        What ``layings`` gave.
    as_drawn_first
        True for unseen pages: a drawing is moved only when it comes back.

    Returns
    -------
    intp (drawings, len(choices)): indices into ``choices``, a permutation in each row.
    """
    skip = 1 if as_drawn_first else 0
    rest = np.tile(np.arange(skip, len(choices), dtype=np.intp), (drawings, 1))
    mixed: NDArray[np.intp] = rng.permuted(rest, axis=1)
    return np.concatenate([np.zeros((drawings, skip), dtype=np.intp), mixed], axis=1)


def paint(atlas: Atlas, drawings: Sequence[Drawing], laid: Sequence[Laying], size: int) -> NDArray[np.uint8]:
    """Lay many drawings on the paper at once.

    The result is ``atlas.pixels(drawing, size, flip=…, dx=…, dy=…)`` for each, but every drawing is unpacked once;
    creatures of our own are painted, as the atlas doesn't have them.

    Parameters
    ----------
    atlas
        Where the drawings are.
    drawings, laid
        One of each per picture.
    size
        NDArray[np.uint8] along one side: 16 or 32.

    Returns
    -------
    uint8 (n, size, size, 3)
    """
    numbers: dict[Drawing, int] = {}
    which = np.array([numbers.setdefault(drawing, len(numbers)) for drawing in drawings], dtype=np.intp)
    plain = np.empty((len(numbers), size, size, 3), dtype=np.uint8)
    for drawing, number in numbers.items():
        own = drawing.artist == ARTIST
        plain[number] = wug_pixels(drawing.name, size) if own else atlas.pixels(drawing, size)
    codes: dict[Laying, int] = {}
    code = np.array([codes.setdefault(laying, len(codes)) for laying in laid], dtype=np.intp)
    pixels = np.empty((len(which), size, size, 3), dtype=np.uint8)
    pixels[:] = PAPER
    for laying, number in codes.items():
        rows = np.flatnonzero(code == number)
        to_y, from_y = _overlap(laying.dy, size)
        to_x, from_x = _overlap(laying.dx, size)
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            picture = plain[which[part]]
            if laying.flip:
                picture = picture[:, :, ::-1]
            pixels[part, to_y, to_x] = picture[:, from_y, from_x]
    return pixels


def _overlap(move: int, size: int) -> tuple[slice, slice]:
    """Where a line of ``size`` pixels moved by ``move`` lands on the paper, and which part of it does."""
    return slice(max(move, 0), size + min(move, 0)), slice(max(-move, 0), size + min(-move, 0))
