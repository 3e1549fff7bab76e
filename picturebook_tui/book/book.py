"""What a picture book is: pictures, their labels, and the pages kept unseen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""uint8 (n, size, size, 3): red, green, blue on the paper colour; exactly what is drawn and what is learned."""

Targets = NDArray[np.int64]
"""int64 (n,): the index of each picture's label in ``Book.labels``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One sample's description: which drawing, what it is called here, how it was laid on the paper."""

    emoji: str
    artist: str
    """The artist's key, as in ``atlas.ARTISTS``."""
    name: str
    """What the drawing shows, in words: "cat face with tears of joy"."""
    label: int
    """Index into ``Book.labels``."""
    flip: bool = False
    """Mirrored left to right."""
    dx: int = 0
    """Moved right by this many pixels (left where negative)."""
    dy: int = 0
    """Moved down by this many pixels (up where negative)."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureSet:
    """Pictures with their pixels; the arrays are read-only."""

    pictures: tuple[Picture, ...]
    pixels: Pixels
    targets: Targets

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = False
        self.targets.flags.writeable = False

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A dataset: training pictures, unseen pictures (validation) and the words around them."""

    name: str
    """Shelf name or file stem: "cats-and-dogs"."""
    title: str
    """As shown: "Cats & Dogs"."""
    about: str
    """One sentence: what this book shows."""
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    """One letter per label, to answer with; unique, lower case."""
    emblems: tuple[str, ...]
    """One single-codepoint, two-column emoji per label, for captions: ("🐱", "🐶")."""
    size: int
    """Pixels along one side: 16 or 32."""
    seed: int
    training: PictureSet
    unseen: PictureSet
    """Validation pictures; may be empty."""
    held_out: tuple[str, ...]
    """Artists that drew the unseen pictures and none of the training ones; () where artists are the labels."""

    @property
    def pixels_hash(self) -> str:
        """Sha-256 (hex) of both sets' pixels and targets: what both players are shown."""
        digest = hashlib.sha256()
        for part in (self.training, self.unseen):
            digest.update(np.ascontiguousarray(part.pixels).tobytes())
            digest.update(np.ascontiguousarray(part.targets, dtype="<i8").tobytes())
        return digest.hexdigest()
