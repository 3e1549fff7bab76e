"""Colours for terminals that have few: every style on its way out is given colours that the terminal shows.

Rich rounds each channel by itself, which turns night blue black; here the nearest colour as eyes see it is taken,
and at sixteen colours one that keeps text readable on what lies behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter, Monochrome, NoColor

from picturebook_tui.tui.depth import ColourDepth, console_colour_system
from picturebook_tui.tui.palette import PALETTE_16, RGB, contrast, luminance, nearest_16, nearest_256, rgb_of_256
from picturebook_tui.tui.textual_internals import paint_in

_READABLE = 4.5
"""Contrast that text keeps at sixteen colours where any of them reaches it (WCAG 2.1, level AA)."""

_NIGHT = 0.05
"""A background darker than this is black at sixteen colours: the nearest would be a glaring blue."""


@lru_cache(1024)
def eight_bit(number: int) -> RichColor:
    """The 8-bit colour ``number``, 16 to 255, with its RGB noted, so that Textual's own filters let it pass."""
    triplet = ColorTriplet(*rgb_of_256(number))
    return RichColor(f"color({number})", ColorType.EIGHT_BIT, number=number, triplet=triplet)


@lru_cache(16)
def standard(number: int) -> RichColor:
    """The terminal's own colour ``number``, 0 to 15, with an RGB noted likewise."""
    triplet = ColorTriplet(*PALETTE_16[number])
    return RichColor(f"ansi {number}", ColorType.STANDARD, number=number, triplet=triplet)


def _rgb(colour: RichColor | None) -> RGB | None:
    if colour is None or colour.triplet is None:
        return None
    return (colour.triplet.red, colour.triplet.green, colour.triplet.blue)


def _recoloured(style: Style, front: RichColor | None, back: RichColor | None, reverse: bool = False) -> Style:
    """The same attributes with other colours; unlike adding styles, this can also take a colour away."""
    return Style(
        color=front,
        bgcolor=back,
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=reverse or style.reverse,
        meta=style.meta or None,
        link=style.link,
    )


@lru_cache(4096)
def _to_256(style: Style) -> Style:
    front, back = style.color, style.bgcolor
    changed = False
    if front is not None and front.type == ColorType.TRUECOLOR and (rgb := _rgb(front)) is not None:
        front, changed = eight_bit(nearest_256(rgb)), True
    if back is not None and back.type == ColorType.TRUECOLOR and (rgb := _rgb(back)) is not None:
        back, changed = eight_bit(nearest_256(rgb)), True
    return _recoloured(style, front, back) if changed else style


@lru_cache(4096)
def _to_16(style: Style) -> Style:
    front, back = _rgb(style.color), _rgb(style.bgcolor)
    if front is None and back is None:
        return style
    behind: int | None = None
    if back is not None:
        behind = 0 if luminance(back) < _NIGHT else nearest_16(back)
    before: int | None = None
    if front is not None:
        before = nearest_16(front)
        if behind is not None and back is not None and contrast(front, back) > 2:
            # Something that was meant to be seen stays visible.
            before = _readable_on(front, behind)
    return _recoloured(
        style, None if before is None else standard(before), None if behind is None else standard(behind)
    )


def _readable_on(front: RGB, behind: int) -> int:
    nearest = nearest_16(front)
    if contrast(PALETTE_16[nearest], PALETTE_16[behind]) >= _READABLE:
        return nearest
    fitting = [number for number in range(16) if contrast(PALETTE_16[number], PALETTE_16[behind]) >= _READABLE] or [
        0,
        15,
    ]
    red, green, blue = front
    return min(
        fitting,
        key=lambda number: sum((a - b) ** 2 for a, b in zip(PALETTE_16[number], (red, green, blue), strict=True)),
    )


@lru_cache(4096)
def _to_none(style: Style, dark: bool) -> Style:
    front, back = _rgb(style.color), _rgb(style.bgcolor)
    # A bar of light behind dark text (a cursor, a chosen row) would be lost without its colours: reverse shows it.
    turned = front is not None and back is not None and (luminance(back) > luminance(front)) == dark
    return _recoloured(style, None, None, reverse=turned)


class DepthFilter(LineFilter):
    """Give every style colours of the terminal's own depth; at "none" take them out, keeping bold and reverse."""

    def __init__(self, depth: ColourDepth, dark: Callable[[], bool] = lambda: True) -> None:
        super().__init__(enabled=depth != "truecolor")
        self.depth = depth
        self.dark = dark
        """Whether the theme of the moment is light on dark; only "none" asks."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if self.depth == "256":
            return [Segment(text, style and _to_256(style), control) for text, style, control in segments]
        if self.depth == "16":
            return [Segment(text, style and _to_16(style), control) for text, style, control in segments]
        if self.depth == "none":
            dark = self.dark()
            return [Segment(text, style and _to_none(style, dark), control) for text, style, control in segments]
        return segments


def fit_to_depth(app: App[Any], depth: ColourDepth) -> None:
    """Make an app paint in ``depth``, whatever Textual read from this process's own environment; repaint it after."""
    app.no_color = depth == "none"
    mine = DepthFilter(depth, lambda: app.current_theme.dark)
    paint_in(app, console_colour_system(depth), but=(Monochrome, NoColor, DepthFilter), last=mine)
