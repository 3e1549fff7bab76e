"""Little creatures of this game's own: three shapes, four colours, two sizes, drawn in whole numbers.

They are painted on a sheet of 256 units along each side, eight to a pixel at 32×32, and shrunk by rounded block means,
as the atlas shrinks its drawings. Nothing is a fraction on the way, so that everyone gets the same bytes.

A wug stands on the ground and looks to the right; in a mirror, to the left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import PAPER, Drawing

ARTIST = "picturebook"
"""The artist's key of what this game drew itself; not one of ``atlas.ARTISTS``."""

ARTIST_TITLE = "Picture Book"

SHAPES = ("round", "pointed", "square")
WARM, COOL = ("red", "yellow"), ("blue", "violet")
"""Colours of two creatures are always one of each: they differ for colour-blind eyes too, and in 16 colours."""
SIZES = ("small", "large")

_SHEET = 256
"""Units along one side."""

_SAMPLES = 128
"""Places looked at along one side: four to a pixel at 32×32, so edges are soft."""

Colour = tuple[int, int, int]
_Mask = NDArray[np.bool_]

_BODY: dict[str, tuple[Colour, Colour, Colour]] = {
    # outline and feet, body, belly and the light on the head
    "red": ((143, 36, 41), (229, 83, 73), (252, 152, 128)),
    "yellow": ((158, 103, 14), (246, 194, 56), (255, 230, 138)),
    "blue": ((27, 60, 133), (68, 126, 222), (140, 190, 252)),
    "violet": ((72, 36, 122), (146, 92, 207), (201, 160, 243)),
}
_SHADOW: Colour = (226, 218, 200)
_WHITE: Colour = (255, 255, 255)
_DARK: Colour = (34, 28, 38)
_CHEEK: Colour = (244, 120, 128)


@dataclass(frozen=True, slots=True)
class Wug:
    """One kind of creature."""

    shape: str
    colour: str
    size: str

    @property
    def name(self) -> str:
        """What it is called under its card, and in a saved book: "small red round wug"."""
        return f"{self.size} {self.colour} {self.shape} wug"

    @property
    def drawing(self) -> Drawing:
        """As pictures of the atlas are described; it has no emoji."""
        return Drawing("", ARTIST, self.name, "wugs")


KINDS: dict[str, Wug] = {
    wug.name: wug
    for wug in (Wug(shape, colour, size) for shape in SHAPES for colour in (*WARM, *COOL) for size in SIZES)
}
"""All 24 by name."""

_down, _across = np.mgrid[1 : _SHEET : _SHEET // _SAMPLES, 1 : _SHEET : _SHEET // _SAMPLES].astype(np.int64)


def _ellipse(x: int, y: int, wide: int, high: int) -> _Mask:
    mask: _Mask = (_across - x) ** 2 * high**2 + (_down - y) ** 2 * wide**2 <= (wide * high) ** 2
    return mask


def _box(x: int, y: int, wide: int, high: int) -> _Mask:
    """A square whose corners are a little soft: |x/wide|⁶ + |y/high|⁶ ≤ 1, in thousandths."""
    side, rise = abs(_across - x) * 1000 // wide, abs(_down - y) * 1000 // high
    # Beyond the square itself the sixth powers would leave 64 bits.
    side, rise = np.minimum(side, 1001), np.minimum(rise, 1001)
    mask: _Mask = side**6 + rise**6 <= 1000**6
    return mask


def _oval(x: int, y: int, wide: int, high: int) -> _Mask:
    """Between an ellipse and a square: |x/wide|⁴ + |y/high|⁴ ≤ 1."""
    mask: _Mask = (_across - x) ** 4 * high**4 + (_down - y) ** 4 * wide**4 <= (wide * high) ** 4
    return mask


def _drop(x: int, y: int, wide: int, high: int) -> _Mask:
    """A cone on a soft foot."""
    foot = y + high - high // 3
    inside = (_down >= y - high) & (_down <= foot) & (abs(_across - x) * (foot - y + high) <= wide * (_down - y + high))
    mask: _Mask = inside | _ellipse(x, foot, wide, high // 3)
    return mask


_OUTLINES: dict[str, Callable[[int, int, int, int], _Mask]] = {"round": _ellipse, "square": _box, "pointed": _drop}


@dataclass(frozen=True, slots=True)
class _Build:
    """Where a creature's parts are, in units; 16 of them are one pixel at 16×16, and edges keep to that grid."""

    x: int
    wide: int
    """Half the body's width."""
    top: int
    eyes: int
    """Height of the eyes' middle."""


_LARGE = {
    "round": _Build(128, 96, 48, 120),
    "pointed": _Build(128, 104, 40, 152),
    "square": _Build(128, 96, 64, 120),
}
_SMALL = {
    "round": _Build(136, 56, 112, 160),
    "pointed": _Build(136, 72, 96, 176),
    "square": _Build(136, 56, 128, 160),
}
_BOTTOM = 224
"""Where bodies end and feet begin."""


def _shrunk(sheet: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
    """Rounded block means: uint8 (size, size, 3)."""
    block = len(sheet) // size
    sums = sheet.reshape(size, block, size, block, 3).sum(axis=(1, 3))
    page: NDArray[np.uint8] = ((sums + block * block // 2) // (block * block)).astype(np.uint8)
    return page


def _paint(wug: Wug) -> NDArray[np.uint8]:
    """One creature at 32×32 on the paper, from back to front: uint8 (32, 32, 3)."""
    dark, body, light = _BODY[wug.colour]
    large = wug.size == "large"
    build = (_LARGE if large else _SMALL)[wug.shape]
    x, wide, high = build.x, build.wide, (_BOTTOM - build.top) // 2
    y = _BOTTOM - high
    sheet = np.empty((_SAMPLES, _SAMPLES, 3), dtype=np.int64)
    sheet[:] = PAPER

    def put(mask: _Mask, colour: Colour) -> None:
        sheet[mask] = colour

    put(_ellipse(x, 232, wide, 7), _SHADOW)
    step, foot = (40, 26) if large else (24, 18)
    for side in (-1, 1):
        put(_ellipse(x + side * step + 4, _BOTTOM + 2, foot, 13), dark)
    _put_tuft(put, wug, build, dark)
    line = 14 if large else 10
    outline = _OUTLINES[wug.shape]
    inner = outline(x, y, wide - line, high - line)
    put(outline(x, y, wide, high), dark)
    put(inner, body)
    put(inner & _ellipse(x + 8, _BOTTOM - 8, wide * 5 // 9, high // 2), light)
    if wug.shape != "pointed":
        put(inner & _ellipse(x - wide * 5 // 9, y - high * 5 // 9, wide // 7 + 4, high // 8 + 4), light)
    _put_face(put, wug, build, inner, dark)
    return _shrunk(sheet, 32)


_Put = Callable[[_Mask, Colour], None]


def _put_tuft(put: _Put, wug: Wug, build: _Build, dark: Colour) -> None:
    """A hair with a bobble that leans to the right; on a pointed head the bobble alone."""
    if wug.shape == "pointed":
        put(_ellipse(build.x + 8, build.top - 4, *((17, 17) if wug.size == "large" else (14, 14))), dark)
        return
    middle = build.x + 8 if wug.size == "large" else build.x
    put((abs(_across - middle) <= 7) & (_down >= build.top - 16) & (_down <= build.top + 8), dark)
    put(_ellipse(middle + 14, build.top - 18, *((17, 13) if wug.size == "large" else (14, 12))), dark)


def _put_face(put: _Put, wug: Wug, build: _Build, inner: _Mask, dark: Colour) -> None:
    """Eyes that look to the right, and on large ones a smile and cheeks."""
    x, y = build.x, build.eyes
    if wug.size == "small":
        # Two pixels wide at 16×16, the right one of them dark; large for so small a face, as the young have them.
        for middle in (x - 24, x + 24):
            put(_box(middle, y, 17, 17), _WHITE)
            put(_box(middle + 8, y, 9, 17), _DARK)
        return
    if wug.shape == "pointed":
        for middle in (x - 16, x + 32):
            put(_box(middle, y, 17, 25), _WHITE)
            put(_box(middle + 8, y + 4, 9, 17), _DARK)
    else:
        for middle in (x - 24, x + 40):
            put(_oval(middle, y, 27, 26), _WHITE)
            put(_oval(middle + 8, y + 8, 17, 17), _DARK)
            put(_ellipse(middle + 3, y + 3, 5, 5), _WHITE)
    for middle in (x - 40, x + 56):
        put(inner & _ellipse(middle, y + 40, 13, 9), _CHEEK)
    smile = _ellipse(x + 8, y + 36, 25, 22) & ~_ellipse(x + 8, y + 36, 25, 5) & (_down >= y + 36)
    put(inner & smile, dark)


@lru_cache(maxsize=len(KINDS))
def _drawn(name: str) -> NDArray[np.uint8]:
    page = _paint(KINDS[name])
    page.flags.writeable = False
    return page


def wug_pixels(name: str, size: int = 16) -> NDArray[np.uint8]:
    """A creature on the paper.

    Parameters
    ----------
    name
        One of ``KINDS``.
    size
        8, 16 or 32 pixels along one side: rounded block means of the 32.

    Returns
    -------
    uint8 (size, size, 3), a fresh array; its outermost pixel at 16 is paper on every side, as in the atlas.

    Raises
    ------
    KeyError
        For another name.
    """
    return _shrunk(_drawn(name).astype(np.int64), size)
