"""Lines of words that are drawn once for everybody who reads them.

"What is this?" stands under every card of every player, and the key line below it. To lay out and colour a line takes
Textual half a millisecond; to find it here takes a twentieth of that.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from rich.console import Console
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip

from picturebook_tui.tui.textual_internals import Direct

MOST_KEPT = 1024
"""Lines, of about 500 bytes each."""

_kept: LRUCache[tuple[Hashable, ...], list[Strip]] = LRUCache(MOST_KEPT)


class KeptStrip(Strip):
    """A line that remembers what a terminal is sent for it."""

    __slots__ = ("_written",)

    def __init__(self, strip: Strip) -> None:
        super().__init__(strip._segments, strip.cell_length)
        self._written: str | None = None

    def render(self, console: Console) -> str:
        """As ``Strip.render``; for consoles of one colour system."""
        if self._written is None:
            self._written = super().render(console)
        return self._written


class Kept(Direct):
    """A widget whose look follows from what it says, its size and its colours: no borders, no scrolling."""

    def said_here(self) -> Hashable:
        """All that it says; equal for two widgets of a class that look alike in the same place."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """As ``Widget.render_lines``."""
        if self.text_selection is not None:
            return super().render_lines(crop)
        key = (type(self), self.said_here(), *self._worn())
        lines = _kept.get(key)
        if lines is None:
            whole = super().render_lines(Region(0, 0, *self.outer_size))
            _kept[key] = lines = [KeptStrip(line) for line in whole]
        lines = lines[crop.y : crop.bottom]
        if crop.column_span != (0, self.outer_size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def _worn(self) -> tuple[Any, ...]:
        """What else its look follows from."""
        app, styles = self.app, self.styles
        return (
            self.outer_size,
            self.visual_style,
            styles.gutter,
            styles.text_align,
            styles.text_wrap,
            styles.text_overflow,
            app.theme,
            app.console._color_system,
            *[(type(one), getattr(one, "depth", None)) for one in self.get_line_filters()],
        )
