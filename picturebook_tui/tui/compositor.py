"""Draws what changed, and asks nobody else.

Textual has every widget of a screen drawn for each partial update and throws away what lies elsewhere: one label on
a page of ten cards cost 3 ms, more than half of them for cards that stayed as they were.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


class LeanCompositor(Compositor):
    """Textual's own, with what lies outside or behind all that changed left out of a partial update."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: tuple[Region, ...] = ()

    def render_partial_update(self) -> ChopsUpdate | None:
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = ()

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._changed:
            yield from super()._get_renders(crop)
            return
        # From front to back; what a widget covers nobody behind it has to draw.
        open_parts = self._changed
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            touched = [part for part in open_parts if seen.overlaps(part)]
            if not touched:
                continue
            top = max(seen.y, min(part.y for part in touched))
            bottom = min(seen.bottom, max(part.bottom for part in touched))
            lines = Region(seen.x, top, seen.width, bottom - top)
            yield lines, lines, widget.render_lines(lines.translate(-region.offset))
            open_parts = tuple(part for part in open_parts if not seen.contains_region(part))
            if not open_parts:
                return
