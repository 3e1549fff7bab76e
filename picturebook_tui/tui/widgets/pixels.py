"""Pictures as lines of a terminal: half-blocks in colour, and a silhouette with the emoji where colours are few.

A cell is about twice as high as wide, so ``▀`` with a foreground and a background shows two square pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from picturebook_tui.tui.depth import ColourDepth
from picturebook_tui.tui.filters import eight_bit, standard
from picturebook_tui.tui.palette import RGB, SEEN, far_from, oklab_of, quantise_16, quantise_256

PAPER: RGB = (246, 241, 228)
"""The same as ``book.atlas.PAPER``, which this room needs before the drawings are loaded."""

Number = TypeVar("Number", bound=np.generic)

_UPPER = "▀"
_CACHED = 2048
"""Pictures kept as strips, of all depths and scales, about 5 kB each: two pages of a hundred players."""

_HOLE = 0.16
"""Difference in OKLab lightness from a drawing's middle at which its silhouette is opened: eyes, mouth, muzzle."""

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint16)
"""Bits of the dots of a braille character, four rows of two (Unicode, block 2800)."""

_BRAILLE = 0x2800


class PictureStrip(Strip):
    """A line of a picture: kept as it is written, which is a tenth of the room and of the time that segments take.

    Only colours that change from one cell to the next are written, a fifth fewer bytes than Textual's own strips have.
    Colours go out as they are: they were chosen for one depth.
    """

    __slots__ = ("_depth", "_lower", "_upper", "_written")

    def __init__(self, upper: Sequence[int], lower: Sequence[int], depth: ColourDepth) -> None:
        super().__init__((), len(upper))
        self._upper, self._lower, self._depth = _few(upper), _few(lower), depth
        self._written: str | None = None

    def render(self, console: Console) -> str:
        """As ``Strip.render``."""
        if self._written is None:
            self._written = _written(self._upper, self._lower, self._depth)
        return self._written

    @property
    def _segments(self) -> list[Segment]:
        # For whoever cuts a picture, or looks at it cell by cell; equal neighbours are one segment.
        segments: list[Segment] = []
        for (upper, lower), cells in groupby(zip(self._upper, self._lower, strict=True)):
            glyph, style = _cell(upper, lower, self._depth)
            segments.append(Segment(glyph * len(list(cells)), style))
        return segments

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        """They are made when they are asked for."""


def _few(numbers: Sequence[int]) -> Sequence[int]:
    """The same numbers, in a quarter of the room where they are numbers of a palette."""
    return bytes(numbers) if max(numbers) < 256 else tuple(numbers)


class _Codes(dict[int, str]):
    """What a terminal is sent for a colour of one depth, by its number."""

    def __init__(self, depth: ColourDepth, *, foreground: bool) -> None:
        super().__init__()
        self._depth: ColourDepth = depth
        self._foreground = foreground

    def __missing__(self, number: int) -> str:
        written = ";".join(_colour(number, self._depth).get_ansi_codes(foreground=self._foreground))
        if len(self) < _MOST_CODES:
            self[number] = written
        return written


_MOST_CODES = 8192
"""In true colour; a book's drawings have a few hundred colours."""


@cache
def _codes(depth: ColourDepth) -> tuple[_Codes, _Codes]:
    return _Codes(depth, foreground=True), _Codes(depth, foreground=False)


def _written(uppers: Sequence[int], lowers: Sequence[int], depth: ColourDepth) -> str:
    """Half-blocks in colour, ``upper`` above ``lower``: numbers as ``_colour_numbers`` gives them."""
    fronts, backs = _codes(depth)
    parts: list[str] = []
    front = back = -1
    for upper, lower in zip(uppers, lowers, strict=True):
        glyph = " " if upper == lower else _UPPER
        new_front, new_back = upper != lower and upper != front, lower != back
        if new_front and new_back:
            glyph = f"\x1b[{fronts[upper]};{backs[lower]}m{glyph}"
        elif new_front:
            glyph = f"\x1b[{fronts[upper]}m{glyph}"
        elif new_back:
            glyph = f"\x1b[{backs[lower]}m{glyph}"
        if new_front:
            front = upper
        back = lower
        parts.append(glyph)
    parts.append("\x1b[0m")
    return "".join(parts)


def card_size(size: int, scale: int = 1) -> tuple[int, int]:
    """Columns and rows that a picture of ``size`` × ``size`` pixels fills."""
    return size * scale, (size * scale + 1) // 2


def picture_strips(
    pixels: NDArray[np.uint8],
    depth: ColourDepth = "truecolor",
    scale: int = 1,
    *,
    emoji: str = "",
    letter: str = "",
    hide_artist: bool = False,
) -> list[Strip]:
    """Lines that show one picture, ``card_size`` large; the same objects are returned for the same arguments.

    Parameters
    ----------
    pixels : uint8 (size, size, 3)
    scale : columns a pixel is wide; 1, 2, 3…
    emoji, letter : shown below the picture at "16" and "none", where drawings of one emoji look alike: the
        character (of a joined one its first), and the artist's letter.
    hide_artist : the artist is what is asked for: the picture alone, without them.
    """
    few = depth in ("16", "none") and not hide_artist
    return list(
        _strips(
            pixels.tobytes(),
            pixels.shape[0],
            pixels.shape[1],
            depth,
            scale,
            base_glyph(emoji) if few else "",
            letter if few else "",
        )
    )


def base_glyph(emoji: str) -> str:
    """The emoji as one character of two columns; "" where it has none (VS16 and joined ones break columns)."""
    base = emoji[:1]
    return base if base and cell_len(base) == 2 else ""


@lru_cache(_CACHED)
def _strips(
    data: bytes, height: int, width: int, depth: ColourDepth, scale: int, glyph: str, letter: str
) -> tuple[Strip, ...]:
    pixels = np.frombuffer(data, dtype=np.uint8).reshape(height, width, 3)
    signature = f"{glyph} {letter}".strip()
    columns, rows = card_size(height, scale)
    lines = _least_needed(_enlarged(pixels, scale)) if signature else slice(None)
    if depth == "none":
        strips = _silhouette(_enlarged(pixels, scale)[lines], rows - bool(signature))
    else:
        # Colours are chosen before enlarging: 256 decisions instead of 4,096.
        strips = _half_blocks(_enlarged(_colour_numbers(pixels, depth), scale)[lines], depth)
    if signature:
        style = Style(color=standard(0), bgcolor=standard(15)) if depth == "16" else Style(bold=True)
        free = columns - cell_len(signature)
        text = " " * (free // 2) + signature + " " * (free - free // 2)
        strips.append(Strip([Segment(text, style)], columns))
    return tuple(strips)


def _least_needed(pixels: NDArray[np.uint8]) -> slice:
    """All lines of pixels but two, the emptiest at the rim: room for one row of words."""
    drawn_on = (far_from(pixels, PAPER) > SEEN).sum(axis=1)
    height = len(pixels)
    # Half above and half below where it makes no difference.
    above = min((1, 0, 2), key=lambda lines: int(drawn_on[:lines].sum() + drawn_on[height - 2 + lines :].sum()))
    return slice(above, height - 2 + above)


def _enlarged(pixels: NDArray[Number], scale: int) -> NDArray[Number]:
    return pixels if scale == 1 else pixels.repeat(scale, axis=0).repeat(scale, axis=1)


def _colour_numbers(pixels: NDArray[np.uint8], depth: ColourDepth) -> NDArray[np.int64]:
    """int64 (height, width): 0xRRGGBB, or the number in the palette of a depth."""
    if depth == "256":
        return quantise_256(pixels).astype(np.int64)
    if depth == "16":
        return quantise_16(pixels, PAPER).astype(np.int64)
    wide = pixels.astype(np.int64)
    numbers: NDArray[np.int64] = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    return numbers


@lru_cache(8192)
def _colour(number: int, depth: ColourDepth) -> Color:
    if depth == "256":
        return eight_bit(number)
    if depth == "16":
        return standard(number)
    triplet = ColorTriplet(number >> 16, number >> 8 & 255, number & 255)
    return Color(triplet.hex, ColorType.TRUECOLOR, triplet=triplet)


@lru_cache(8192)
def _cell(upper: int, lower: int, depth: ColourDepth) -> tuple[str, Style]:
    back = _colour(lower, depth)
    if upper == lower:
        return " ", Style(bgcolor=back)
    return _UPPER, Style(color=_colour(upper, depth), bgcolor=back)


def _half_blocks(numbers: NDArray[np.int64], depth: ColourDepth) -> list[Strip]:
    if len(numbers) % 2:
        numbers = np.concatenate([numbers, numbers[-1:]])
    rows = numbers.tolist()
    return [PictureStrip(upper, lower, depth) for upper, lower in zip(rows[::2], rows[1::2], strict=True)]


def _silhouette(pixels: NDArray[np.uint8], rows: int) -> list[Strip]:
    """Braille without colours: everything drawn is filled, details of another lightness are left open.

    Of the ways tried (ordered and diffused dither, line art, shade characters) this one is told apart best.
    """
    # The last column stays free: without colours, cards that touch would run into each other.
    columns = pixels.shape[1] - 1
    high, wide = rows * 4, columns * 2
    drawn_on = _sampled(far_from(pixels, PAPER), high, wide) > SEEN
    lightness = _sampled(oklab_of(pixels)[..., 0], high, wide)
    middle = float(np.median(lightness[drawn_on])) if drawn_on.any() else 0.0
    dots = drawn_on & (np.abs(lightness - middle) < _HOLE)
    cells = dots.reshape(rows, 4, columns, 2).transpose(0, 2, 1, 3)
    codes = (cells * _DOTS).sum(axis=(2, 3)) + _BRAILLE
    # An empty braille character is a space in meaning, but some fonts draw eight hollow dots.
    lines = ["".join(map(chr, row)).replace(chr(_BRAILLE), " ") for row in codes.tolist()]
    return [Strip([Segment(line + " ", Style())], columns + 1) for line in lines]


def _sampled(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float64]:
    """Bilinear: float (h, w) to float64 (height, width)."""
    rows = _positions(values.shape[0], height)
    columns = _positions(values.shape[1], width)
    index = np.arange(values.shape[1])
    across = np.stack([np.interp(columns, index, row) for row in values])
    index = np.arange(values.shape[0])
    return np.stack([np.interp(rows, index, column) for column in across.T], axis=1)


def _positions(given: int, wanted: int) -> NDArray[np.float64]:
    """Where the middles of ``wanted`` samples lie among the middles of ``given``."""
    positions: NDArray[np.float64] = (np.arange(wanted) + 0.5) * given / wanted - 0.5
    return positions
