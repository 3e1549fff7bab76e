"""Curves as inline SVG: who by shape and colour, the book by a solid line, unseen pages by a dashed one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from picturebook_tui.percent import percent
from picturebook_tui.records.take_home.markup import Html, join, tag

WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 12, 34
"""Room for the axes' words, in the drawing's own units: about a pixel each on a phone, so letters stay readable."""

INSET = 9
"""Between the frame and the first and last points, so that their marks stand clear of the words."""

MOST_MARKS = 24
"""Points that get a mark of their own; beyond that marks would hide the line, and a few tell whose it is."""

FEW_MARKS = 7

MOST_POINTS = 360
"""Points of a line: one a unit is all that can be seen."""

Who = Literal["you", "model"]


@dataclass(frozen=True, slots=True)
class Line:
    """One player's curve: (x, share from 0 to 1), and whether it is of unseen pages."""

    name: str
    who: Who
    points: Sequence[tuple[float, float]]
    unseen: bool = False


def chart(
    lines: Sequence[Line], *, across: str, told: str, first: float, last: float, level: float | None = None
) -> Html:
    """A drawing of shares over ``first`` to ``last``, with a legend.

    Parameters
    ----------
    across
        What is counted from left to right: "epoch".
    told
        The drawing in words, for whoever does not see it.
    level
        A share to draw a fine line at.
    """

    def x(value: float) -> float:
        width = WIDTH - LEFT - RIGHT - 2 * INSET
        return LEFT + INSET + (width / 2 if last <= first else width * (value - first) / (last - first))

    def y(share: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)

    grid = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        height = y(share)
        grid.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(height), y2=_n(height), class_="grid"))
        if share in (0.0, 0.5, 1.0):
            grid.append(tag("text", percent(share), x=LEFT - 6, y=_n(height + 4), text_anchor="end"))
    for value in _ticks(first, last):
        grid.append(tag("text", f"{value:,}", x=_n(x(value)), y=HEIGHT - 17, text_anchor="middle"))
    grid.append(tag("text", across, x=WIDTH - RIGHT, y=HEIGHT - 2, text_anchor="end", class_="axis"))
    if level is not None:
        grid.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(y(level)), y2=_n(y(level)), class_="level"))
        grid.append(tag("text", percent(level), x=LEFT - 6, y=_n(y(level) + 4), text_anchor="end"))
    drawn = [_drawn(line, x, y) for line in lines]
    drawing = tag("svg", *grid, *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=told, class_="chart")
    return join(drawing, tag("ul", *(tag("li", _sample(line), line.name) for line in lines), class_="legend"))


def _drawn(line: Line, x: Callable[[float], float], y: Callable[[float], float]) -> Html:
    points = _thinned(line.points)
    places = [(x(across), y(share)) for across, share in points]
    parts = []
    if len(places) > 1:
        path = " ".join(f"{_n(a)},{_n(b)}" for a, b in places)
        parts.append(tag("polyline", points=path, class_="unseen" if line.unseen else "book"))
    marked = places
    if len(places) > MOST_MARKS:
        # The two players' in different places, so that lines which lie on each other are still told apart.
        begin = 0.25 if line.who == "you" else 0.75
        marked = [places[int((number + begin) * len(places) / FEW_MARKS)] for number in range(FEW_MARKS)]
    parts += [_mark(line.who, a, b, line.unseen) for a, b in marked]
    return tag("g", *parts, class_=line.who)


def _mark(who: Who, a: float, b: float, hollow: bool) -> Html:
    """A disc for you, a diamond for the model."""
    style = "mark hollow" if hollow else "mark"
    if who == "you":
        return tag("circle", cx=_n(a), cy=_n(b), r=4.5, class_=style)
    return tag("path", d=f"M{_n(a)} {_n(b - 6)}l6 6l-6 6l-6 -6z", class_=style)


def _sample(line: Line) -> Html:
    """The line as it is drawn, for the legend."""
    stroke = tag("polyline", points="2,8 32,8", class_="unseen" if line.unseen else "book")
    mark = _mark(line.who, 17, 8, line.unseen)
    return tag("svg", tag("g", stroke, mark, class_=line.who), viewBox="0 0 34 16", aria_hidden="true", class_="sample")


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most ``MOST_POINTS``, evenly chosen, the last among them."""
    if len(points) <= MOST_POINTS:
        return list(points)
    return [points[round(i * (len(points) - 1) / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]


def _ticks(first: float, last: float) -> list[int]:
    """Whole numbers to write below the axis: the ends and a few between."""
    low, high = round(first), round(last)
    span = high - low
    if span <= 6:
        return list(range(low, high + 1))
    step = next(s * 10**e for e in range(9) for s in (1, 2, 5) if span <= 5 * s * 10**e)
    between = [v for v in range(low - low % step + step, high, step) if high - v >= step / 2]
    return [low, *between, high]


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
