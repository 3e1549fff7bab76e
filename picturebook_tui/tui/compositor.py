"""Draws what changed, and asks nobody else.

Textual has every widget of a screen drawn for each update, cuts every line at the edges of all widgets and throws away
what lies elsewhere: one label on a page of ten cards cost 3 ms, more than half of them for cards that stayed as they
were. Here each line that changed is put together from front to back, and goes out in one piece per widget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

Span = tuple[int, int]
"""Columns from and to (excluded) of a line that nothing has been drawn on yet."""

Piece = tuple[int, int, Strip]
"""Row, first column, and what stands there."""


class LeanUpdate(CompositorUpdate):
    """Pieces of lines, each with its place."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """What a terminal is sent."""
        return "".join([f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for y, x, strip in self.pieces])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for _, _, strip in self.pieces:
            yield from strip


class LeanCompositor(Compositor):
    """Textual's own, with updates that draw nothing but what lies in front of all that changed."""

    def render_partial_update(self) -> ChopsUpdate | None:
        changed = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not changed:
            return None
        screen = self.size.region
        return self._update(region.intersection(screen) for region in changed)  # type: ignore[return-value]

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        if simplify:
            # For a picture of the screen, which no terminal is sent.
            return super().render_full_update(simplify)
        self._dirty_regions.clear()
        return self._update([self.size.region])  # type: ignore[return-value]

    def _update(self, regions: Iterable[Region]) -> LeanUpdate:
        bare: dict[int, list[Span]] = {}
        for y, start, end in self._regions_to_spans(regions):
            bare.setdefault(y, []).append((start, end))
        return LeanUpdate(sorted(self._pieces(bare), key=lambda piece: piece[:2]))

    def _pieces(self, bare: dict[int, list[Span]]) -> Iterator[Piece]:
        """Draw the lines of ``bare``, which is used up."""
        # From front to back; what a widget covers nobody behind it has to draw.
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            left, right = seen.column_span
            rows = [y for y in bare if seen.y <= y < seen.bottom and any(a < right and left < b for a, b in bare[y])]
            if not rows:
                continue
            top, bottom = min(rows), max(rows) + 1
            lines = widget.render_lines(Region(seen.x - region.x, top - region.y, seen.width, bottom - top))
            for y in rows:
                if y - top >= len(lines):
                    continue
                strip, rest = lines[y - top], []
                for a, b in bare[y]:
                    start, end = max(a, left), min(b, right)
                    if start >= end:
                        rest.append((a, b))
                        continue
                    whole = start == left and end == right
                    yield y, start, strip if whole else strip.crop(start - left, end - left)
                    if a < start:
                        rest.append((a, start))
                    if end < b:
                        rest.append((end, b))
                if rest:
                    bare[y] = rest
                else:
                    del bare[y]
            if not bare:
                return
