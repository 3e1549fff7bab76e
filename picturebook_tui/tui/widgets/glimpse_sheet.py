"""The sheet of paper on which pictures are glimpsed: a mark to look at, a picture, its mask, a blank sheet with a word.

Everything is one picture of the same size, made ready beforehand, so that changing it is one small frame; and when that
frame has been written, whoever asked is told the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.containers import Container
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.tui.depth import DEPTHS, ColourDepth
from picturebook_tui.tui.widgets.drawing import centred
from picturebook_tui.tui.widgets.page_grid import CardView
from picturebook_tui.tui.widgets.page_plan import LARGEST_SCALE
from picturebook_tui.tui.widgets.pixels import PAPER, card_size, picture_strips

Face = Literal["cross", "picture", "mask", "blank"]

INK = (43, 38, 31)
"""Nearly black, as on paper."""

CROSS = ("│", "──┼──", "│")
"""To look at before a picture: small, and in its very middle."""


def largest_scale(width: int, height: int, size: int) -> int:
    """The largest scale at which a picture of ``size`` × ``size`` pixels fits; 1 where none does."""
    for scale in range(LARGEST_SCALE, 1, -1):
        columns, rows = card_size(size, scale)
        if columns <= width and rows <= height:
            return scale
    return 1


class GlimpseSheet(Widget, can_focus=False):
    """Shows one face of one card.

    Parameters
    ----------
    clock
        Seconds that only go forward.
    painted
        Called once for every ``show``, when its frame has been written: face, card, and the clock's time.
    hide_artist
        As for ``PageGrid``.
    """

    DEFAULT_CSS = "GlimpseSheet { width: 16; height: 8; }"

    class Clicked(Message):
        """The sheet was clicked with the mouse."""

    def __init__(
        self,
        clock: Callable[[], float],
        painted: Callable[[Face, int, float], None],
        *,
        hide_artist: bool = False,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._tell_painted = painted
        self._hide_artist = hide_artist
        self._views: tuple[CardView, ...] = ()
        self._masks: tuple[NDArray[np.uint8], ...] = ()
        self._face: Face = "blank"
        self._at = 0
        self._word = ""
        self._asked = False
        self._rendered = False
        self.scale = 1

    @property
    def face(self) -> Face:
        return self._face

    @property
    def word(self) -> str:
        """What stands on the blank sheet."""
        return self._word

    @property
    def pixels_along(self) -> int:
        """Pixels along one side of the page's pictures."""
        return len(self._views[0].pixels) if self._views else 16

    def set_page(self, views: Sequence[CardView], masks: Sequence[NDArray[np.uint8]]) -> None:
        """Take a page's pictures, and the mask that follows each."""
        self._views, self._masks = tuple(views), tuple(masks)

    def fit(self, width: int, height: int) -> None:
        """Take the largest scale for a room, in columns and rows."""
        self.scale = largest_scale(width, height, self.pixels_along)
        columns, rows = card_size(self.pixels_along, self.scale)
        self.styles.width, self.styles.height = columns, rows

    def prepare(self, card: int) -> None:
        """Draw a card's picture and mask now, so that showing them takes no time."""
        for face in ("picture", "mask"):
            for strip in self._strips(face, card):
                strip.render(self.app.console)

    def show(self, face: Face, card: int, word: str = "") -> None:
        """Show a face of a card; ``word`` stands on a blank sheet."""
        self._face, self._at, self._word = face, card, word
        self._asked, self._rendered = True, False
        self.refresh()

    def frame_written(self) -> None:
        """Something was just written to the terminal: was it this sheet, as it was last asked for?"""
        if self._asked and self._rendered:
            self._asked = self._rendered = False
            self._tell_painted(self._face, self._at, self._clock())

    # -- drawing --------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        # As on a card of the page: the strips go out as they are, text and all.
        lines = self._strips(self._face, self._at)[crop.y : crop.bottom]
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        self._rendered = True
        return lines

    @property
    def _depth(self) -> ColourDepth:
        asked = getattr(self.app, "depth", "truecolor")
        return next((depth for depth in DEPTHS if depth == asked), "truecolor")

    def _strips(self, face: Face | str, card: int) -> list[Strip]:
        if face == "picture" and card < len(self._views):
            view = self._views[card]
            return picture_strips(
                view.pixels,
                self._depth,
                self.scale,
                emoji=view.emoji,
                letter=view.letter,
                hide_artist=self._hide_artist,
            )
        if face == "mask" and card < len(self._masks):
            return picture_strips(self._masks[card], self._depth, self.scale)
        size = self.pixels_along
        paper = np.empty((size, size, 3), dtype=np.uint8)
        paper[:] = PAPER
        strips = picture_strips(paper, self._depth, self.scale)
        lines = CROSS if face == "cross" else (self._word,)
        first = (len(strips) - len(lines)) // 2
        strips[first : first + len(lines)] = [_written(line, strips[0]) for line in lines]
        return strips

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked())


def _written(text: str, paper: Strip) -> Strip:
    """A line of the blank sheet with a text on it, on the very paper of the other lines."""
    width = paper.cell_length
    under = next((style.bgcolor for _, style, _ in paper if style is not None), None)
    ink = None if under is None else Color.from_rgb(*INK)
    return Strip([Segment(centred(text, width), Style(color=ink, bgcolor=under, bold=True))], width)


class GlimpseRoom(Container):
    """The room around the sheet, which lies in its middle as large as it fits."""

    DEFAULT_CSS = "GlimpseRoom { align: center middle; background: $background; }"

    def __init__(self, sheet: GlimpseSheet, *, id: str | None = None) -> None:
        super().__init__(sheet, id=id)
        self.sheet = sheet

    def on_resize(self, event: events.Resize) -> None:
        self.sheet.fit(event.size.width, event.size.height)
