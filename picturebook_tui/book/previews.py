"""A row of pictures that shows what a shelf book is about, before a seed has chosen any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import Atlas
from picturebook_tui.book.shelf import ShelfBook
from picturebook_tui.book.wugs import ARTIST, KINDS, wug_pixels

_WUGS = (
    "large red round wug",
    "small blue pointed wug",
    "large yellow square wug",
    "small violet round wug",
    "large blue pointed wug",
    "small red square wug",
)


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """One picture of the row."""

    pixels: NDArray[np.uint8]
    """uint8 (size, size, 3), on the paper."""
    emoji: str
    """"" for a drawing of our own."""
    artist: str
    """The artist's key; ``wugs.ARTIST`` for our own."""
    name: str
    """What it shows, in words."""
    caption: str = ""
    """For a drawing of our own; those of others are captioned with the artist's name."""


def preview_pictures(book: ShelfBook, atlas: Atlas, size: int = 16) -> tuple[Preview, ...]:
    """Six pictures of a shelf book, neighbours by different artists or of different kinds."""
    if book.kinds:
        wugs = (KINDS[name] for name in _WUGS)
        return tuple(Preview(wug_pixels(w.name, size), "", ARTIST, w.name, f"{w.size}, {w.shape}") for w in wugs)
    drawings = (atlas.drawings(emoji=emoji, artist=artist)[0] for emoji, artist in book.preview)
    return tuple(Preview(atlas.pixels(d, size), d.emoji, d.artist, d.name) for d in drawings)
