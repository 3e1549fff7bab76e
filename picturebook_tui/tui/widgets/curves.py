"""Learning curves in braille dots (or half-blocks), each line labelled at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from rich.cells import cell_len
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui import percent as shares
from picturebook_tui.tui.widgets.dots import BlockDots, BrailleDots, Dots
from picturebook_tui.tui.widgets.drawing import Part, fit, padded, strip_of

Range = tuple[float, float]

Ticks = Mapping[float, str]
"""Places along the bottom, counted as values are, from 0, and perhaps between two of them; and what is written there.
One column a character."""

_SMALLEST = 1e-9
"""A loss below this, or above its inverse, is not worth a scale of its own (and would leave float's range)."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line. Its tone, its marker and whether it is dashed tell it apart; any one of them is enough."""

    label: str
    values: Sequence[float | None]
    """One value an epoch or a step; None where there is none, and the line has a gap."""
    tone: str
    marker: str
    """One character of one column, drawn at the values and before the label."""
    dashed: bool = False
    ended: bool = True
    """Its last value is written at its end; not for a lone point that marks something."""

    @property
    def last(self) -> float | None:
        """The last value there is."""
        return next((value for value in reversed(self.values) if _known(value)), None)


def _known(value: float | None) -> bool:
    return value is not None and isfinite(value)


def nice_range(series: Sequence[Series]) -> Range:
    """From 0 to the next of 1, 2, 5 × 10ⁿ at or above everything; 0 to 1 where there is nothing."""
    top = max((value for line in series for value in line.values if value is not None and isfinite(value)), default=0)
    if not _SMALLEST <= top <= 1 / _SMALLEST:
        return (0.0, 1.0 if top < 1 else top)
    power = 10.0 ** floor(log10(top))
    return (0.0, next(step * power for step in (1, 2, 5, 10) if step * power >= top * (1 - 1e-9)))


def draw_curves(
    series: Sequence[Series],
    width: int,
    height: int,
    *,
    y_range: Range | None = (0.0, 1.0),
    percent: bool = True,
    x_label: str = "epoch",
    x_count: int | None = None,
    x_ticks: Ticks | None = None,
    glyphs: str = "braille",
) -> list[list[Part]]:
    """``height`` lines of exactly ``width`` columns; readable from about 24×6 on.

    Parameters
    ----------
    y_range : lowest and highest value; None takes ``nice_range``.
    percent : values are shares, written as percent; else as plain numbers.
    x_label : what is counted from 1 along the bottom.
    x_count : values along the whole width (the epochs of the run); None: as many as the longest line has.
    x_ticks : what is written along the bottom instead of numbers from 1.
    glyphs : "braille", or "blocks" for fonts without it.
    """
    if width <= 0 or height <= 0:
        return []
    low, high = nice_range(series) if y_range is None else y_range
    if high <= low:
        high = low + 1
    count = max([x_count or 0, 1, *(len(line.values) for line in series)])
    frame = 2 if height >= 5 else 0
    rows = height - frame
    make = BlockDots if glyphs == "blocks" else BrailleDots
    scale = _Scale(low, high, rows, make.dots_y)
    ticks = _y_ticks(scale, percent)
    axis = max(cell_len(text) for text in ticks.values()) + 1 if width >= 16 else 0
    ends = _ends(series, percent, width - axis)
    gutter = max((cell_len(text) for text, _, _ in ends), default=0)
    gutter = gutter + 1 if gutter else 0
    columns = max(1, width - axis - gutter)

    dots: Dots = make(columns, rows)
    _plot(dots, series, count, scale)
    # Lines that end on one row keep the order of their values.
    ends.sort(key=lambda end: -end[2])
    labels = _spread([(scale.row(value), text, tone) for text, tone, value in ends], rows)
    lines: list[list[Part]] = []
    for row in range(rows):
        line: list[Part] = []
        if axis:
            text = ticks.get(row, "")
            line.append((text.rjust(axis - 1) + ("┤" if text else "│"), "quiet"))
        line += dots.row(row, background=_grid(row in ticks, columns))
        if gutter:
            text, tone = labels.get(row, ("", "text"))
            line.append((" " + padded(text, gutter - 1), tone))
        lines.append(_exactly(line, width))
    if frame:
        edge = " " * (axis - 1) + "└" if axis else ""
        lines.append(_exactly([(edge + "─" * columns, "quiet")], width))
        # Before the first value there is nothing to count.
        counted = x_count or x_ticks or any(line.last is not None for line in series)
        numbers = _x_numbers(count, columns, dots.wide, x_ticks) if counted else x_label.rjust(columns)[-columns:]
        below = padded(" " * axis + numbers, axis + columns) + " " + x_label
        lines.append(_exactly([(below if cell_len(below) <= width else below[: axis + columns], "quiet")], width))
    return lines


def _exactly(line: list[Part], width: int) -> list[Part]:
    used = sum(cell_len(text) for text, _ in line)
    return line if used >= width else [*line, (" " * (width - used), "text")]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a value lies, from the top: the one rounding for points, ticks and labels, so that they always meet."""

    low: float
    high: float
    rows: int
    dots_y: int
    """Dots in a row."""

    def dot(self, value: float) -> int:
        within = min(self.high, max(self.low, value))
        return floor((self.high - within) / (self.high - self.low) * (self.rows * self.dots_y - 1) + 0.5)

    def row(self, value: float) -> int:
        return self.dot(value) // self.dots_y


def _y_ticks(scale: _Scale, percent: bool) -> dict[int, str]:
    """Rows of the axis that carry a number: both ends, and the middle and quarters where there is room."""
    parts = 4 if scale.rows >= 13 else 2 if scale.rows >= 5 else 1
    ticks: dict[int, str] = {}
    for part in range(parts + 1):
        value = scale.high - (scale.high - scale.low) * part / parts
        ticks[scale.row(value)] = shares.percent(value) if percent else f"{value:.3g}"
    return ticks


def _grid(ticked: bool, columns: int) -> str:
    """A row's background: small dots where the axis carries a number."""
    return "".join("·" if column % 4 == 3 else " " for column in range(columns)) if ticked else " " * columns


def _ends(series: Sequence[Series], percent: bool, room: int) -> list[tuple[str, str, float]]:
    """Label, tone and value of every line that has one; without names, then without anything, where room is short."""
    lines = [(line, value) for line in series if line.ended and (value := line.last) is not None]

    def value_text(value: float) -> str:
        if abs(value) >= 1e9:
            return f"{value:.2g}"
        # As people write them, while that is short enough to be read.
        return shares.percent(value) if percent else f"{value:.2f}" if abs(value) < 1000 else f"{value:,.0f}"

    long = [(f"{line.marker} {line.label} {value_text(value)}", line.tone, value) for line, value in lines]
    if max((cell_len(text) for text, _, _ in long), default=0) <= room // 2:
        return long
    short = [(f"{line.marker} {value_text(value)}", line.tone, value) for line, value in lines]
    if max((cell_len(text) for text, _, _ in short), default=0) <= room // 2:
        return short
    return []


def _spread(wanted: list[tuple[int, str, str]], rows: int) -> dict[int, tuple[str, str]]:
    """Rows of the labels, as near to where they belong as can be with one to a row; the lowest ones go if too many."""
    ordered = sorted(wanted, key=lambda label: label[0])[:rows]
    places: list[int] = []
    for row, _, _ in ordered:
        places.append(max(row, places[-1] + 1 if places else 0))
    # Pushed down beyond the floor: push back up from below.
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], rows - 1 - (len(places) - 1 - i))
    return {place: (text, tone) for place, (_, text, tone) in zip(places, ordered, strict=True)}


def _x_of(index: float, count: int, dots_wide: int) -> int:
    """A single value stands at the right, beside its label; more are spread over the whole width."""
    return dots_wide - 1 if count == 1 else round(index * (dots_wide - 1) / (count - 1))


def _plot(dots: Dots, series: Sequence[Series], count: int, scale: _Scale) -> None:
    points_of = [
        [
            (_x_of(i, count, dots.wide), scale.dot(value)) if value is not None and isfinite(value) else None
            for i, value in enumerate(line.values)
        ]
        for line in series
    ]
    for line, points in zip(series, points_of, strict=True):
        for start, end in pairwise(points):
            if start is not None and end is not None:
                dots.line(start, end, line.tone, dashed=line.dashed)
    # Markers where they stay apart, else only at the end; the first line's lie on top.
    all_marked = count * 3 <= dots.columns
    for line, points in reversed(list(zip(series, points_of, strict=True))):
        known = [point for point in points if point is not None]
        for point in known if all_marked else known[-1:]:
            dots.mark(point, fit(line.marker, 1), line.tone)


def _x_numbers(count: int, columns: int, dots_wide: int, ticks: Ticks | None = None) -> str:
    """1 to ``count``, or the ticks, under their places, as many as have room, the last one always."""
    cells = [" "] * columns
    if ticks is None:
        widest = len(str(count)) + 2
        every = max(1, ceil(count * widest / max(1, columns)))
        ticks = {index: str(index + 1) for index in range(count) if index == count - 1 or not index % every}
    free_until = columns
    for index in sorted(ticks, reverse=True):
        text = ticks[index]
        column = _x_of(index, count, dots_wide) * columns // dots_wide
        start = max(0, min(column - len(text) // 2, columns - len(text)))
        if start + len(text) + (1 if free_until < columns else 0) <= free_until:
            cells[start : start + len(text)] = text
            free_until = start
    return "".join(cells)[:columns]


class Curves(Widget, can_focus=False):
    """Lines that grow by a point; paints only itself, and only when something changed.

    Parameters are those of ``draw_curves``; ``glyphs=None`` asks the app's preferences.
    """

    DEFAULT_CSS = """
    Curves {
        width: 1fr;
        height: 1fr;
    }
    """

    def __init__(
        self,
        series: Sequence[Series] = (),
        *,
        y_range: Range | None = (0.0, 1.0),
        percent: bool = True,
        x_label: str = "epoch",
        x_count: int | None = None,
        x_ticks: Ticks | None = None,
        glyphs: str | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._series = tuple(series)
        self._y_range = y_range
        self._percent = percent
        self._x_label = x_label
        self._x_count = x_count
        self._x_ticks = x_ticks
        self._glyphs = glyphs
        self._drawn: tuple[tuple[int, int, str], list[list[Part]]] | None = None

    @property
    def series(self) -> tuple[Series, ...]:
        return self._series

    def set_series(self, series: Sequence[Series], *, x_count: int | None = None, x_label: str | None = None) -> None:
        """Show other lines; ``x_count`` and ``x_label`` stay where they are not given."""
        count = self._x_count if x_count is None else x_count
        label = self._x_label if x_label is None else x_label
        if (tuple(series), count, label) == (self._series, self._x_count, self._x_label):
            return
        self._series, self._x_count, self._x_label = tuple(series), count, label
        self._drawn = None
        self.refresh()

    def set_ticks(self, ticks: Ticks | None) -> None:
        """Write something else along the bottom."""
        if ticks != self._x_ticks:
            self._x_ticks = ticks
            self._drawn = None
            self.refresh()

    def set_range(self, y_range: Range | None) -> None:
        """Draw between other values."""
        if y_range != self._y_range:
            self._y_range = y_range
            self._drawn = None
            self.refresh()

    @property
    def glyphs(self) -> str:
        """ "braille" or "blocks"."""
        if self._glyphs is not None:
            return self._glyphs
        return str(getattr(getattr(self.app, "preferences", None), "curves", "braille"))

    @glyphs.setter
    def glyphs(self, glyphs: str | None) -> None:
        self._glyphs = glyphs
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.content_size
        key = (width, height, self.glyphs)
        if self._drawn is None or self._drawn[0] != key:
            lines = draw_curves(
                self._series,
                width,
                height,
                y_range=self._y_range,
                percent=self._percent,
                x_label=self._x_label,
                x_count=self._x_count,
                x_ticks=self._x_ticks,
                glyphs=self.glyphs,
            )
            self._drawn = (key, lines)
        lines = self._drawn[1]
        return strip_of(self, lines[y] if y < len(lines) else [], width)


def more_to_draw(drawn: int, told: int, late: int) -> int:
    """How much is drawn after this look: the ``late``-th part of what is still to be drawn, at least one.

    Nine points take a second at ten looks a second and a sixth each time, a thousand under four.
    """
    return min(told, drawn + max(1, (told - drawn) // late))
