"""Weights as pictures on a wall; where there are no colours, as signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from picturebook_tui.game.eye_weights import GREY
from picturebook_tui.tui.widgets.drawing import centred
from picturebook_tui.tui.widgets.painted import Painted, beside
from picturebook_tui.tui.widgets.pixels import card_size, picture_strips

LARGEST = 64
"""Columns of a picture: larger ones are no easier to read."""

SMALLEST = 12
"""Columns of a picture that can still be read; a filter of three pixels is drawn four times as large."""

SIGNS = ((0.5, "++"), (0.2, " +"), (-0.2, " ·"), (-0.5, " -"))
"""Mean weight from which a pixel is drawn so; below the last it is "--"."""


@dataclass(frozen=True, slots=True, eq=False)
class Hung:
    """A picture of weights and what stands below it."""

    pixels: NDArray[np.uint8]
    """uint8 (side, side, 3), grey for 0."""
    captions: tuple[str, ...]


class WeightGallery(Painted):
    """As large as all of them fit the screen, and no smaller than they can be read."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hung: tuple[Hung, ...] = ()

    def show(self, hung: Sequence[Hung]) -> None:
        """Hang other pictures; all have the same side and as many captions."""
        self._hung = tuple(hung)
        self.changed()

    def draw(self, width: int) -> list[Strip]:
        if not self._hung:
            return []
        side, captions = len(self._hung[0].pixels), len(self._hung[0].captions)
        scale = self._scale(width, side, captions)
        across = side * 2 if self.depth == "none" else card_size(side, scale)[0]
        wide = max(across, min(width, self._least_caption(across)))
        fitting = max(1, (width + 1) // (wide + 1))
        lines: list[Strip] = []
        for start in range(0, len(self._hung), fitting):
            blocks: list[tuple[Sequence[Strip], int]] = []
            for one in self._hung[start : start + fitting]:
                picture = self._signs(one) if self.depth == "none" else picture_strips(one.pixels, self.depth, scale)
                margin = (wide - across) // 2
                aside = [(picture, across), ([], wide - across - margin)]
                if margin:
                    aside.insert(0, ([], margin))
                block = beside(self, aside, 0, wide) if wide > across else picture
                words = [self.words([(centred(text, wide), "text")], wide) for text in one.captions]
                blocks.append(([*block, *words], wide))
            lines += beside(self, blocks, 1, width)
        return lines

    def _least_caption(self, across: int) -> int:
        """Small pictures stand further apart than they are wide, so that what is said of them has room."""
        return max(across, 12)

    def _scale(self, width: int, side: int, captions: int) -> int:
        """The largest at which all fit the screen; where none does, the smallest."""
        # A title, tabs, keys and three lines of sentences stand around it.
        room = self.app.size.height - 6
        smallest = max(1, SMALLEST // side)
        for scale in range(max(1, LARGEST // side), smallest, -1):
            across, rows = card_size(side, scale)
            wide = self._least_caption(across)
            fitting = (width + 1) // (wide + 1)
            # Odd rows of an odd picture would share cells and look uneven.
            even = side % 2 == 0 or scale % 2 == 0
            if fitting and even and -(-len(self._hung) // fitting) * (rows + captions) <= room:
                return scale
        return smallest

    def _signs(self, one: Hung) -> list[Strip]:
        weights = (one.pixels.astype(np.float64).mean(axis=2) - GREY) / 127
        lines = []
        for row in weights.tolist():
            text = "".join(next((sign for least, sign in SIGNS if value > least), "--") for value in row)
            lines.append(Strip([Segment(text, Style())], 2 * len(row)))
        return lines
