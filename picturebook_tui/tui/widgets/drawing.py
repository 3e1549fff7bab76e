"""What the small widgets share: text cut to columns, and lines of toned text as strips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.tui.theme import tone_style

Part = tuple[str, str]
"""Text and its tone (see ``theme.tone_style``)."""


def fit(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, ending in "…" where something was cut; never half an emoji."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    if width == 1:
        return "…"
    return chop_cells(text, width - 1)[0].rstrip() + "…"


def centred(text: str, width: int) -> str:
    """``text`` cut to ``width`` columns and filled up on both sides."""
    text = fit(text, width)
    free = width - cell_len(text)
    return " " * (free // 2) + text + " " * (free - free // 2)


def padded(text: str, width: int) -> str:
    """``text`` cut to ``width`` columns and filled up on the right."""
    text = fit(text, width)
    return text + " " * (width - cell_len(text))


def parts_length(parts: Iterable[Part]) -> int:
    """Columns that ``parts`` take."""
    return sum(cell_len(text) for text, _ in parts)


def cut_parts(parts: Sequence[Part], width: int) -> list[Part]:
    """``parts`` in at most ``width`` columns; the last one that fits in part is cut."""
    kept: list[Part] = []
    for text, tone in parts:
        text = fit(text, width)
        if text:
            kept.append((text, tone))
        width -= cell_len(text)
        if width <= 0:
            break
    return kept


def strip_of(widget: Widget, parts: Sequence[Part], width: int) -> Strip:
    """One line on the widget's own background, exactly ``width`` columns."""
    background = widget.background_colors[1]
    parts = cut_parts(parts, width)
    segments = [Segment(text, tone_style(widget, tone, background=background)) for text, tone in parts]
    free = width - parts_length(parts)
    if free > 0:
        # A space has no foreground: in the last part's own style it becomes one run with it.
        style = segments[-1].style if segments else tone_style(widget, "text", background=background)
        segments.append(Segment(" " * free, style))
    return Strip(Segment.simplify(segments), width)
