"""What an experiment has told so far, as lines to draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from rich.cells import cell_len
from textual.content import Content

from picturebook_tui.game.experiments.catalogue import Told
from picturebook_tui.game.lessons import Bet
from picturebook_tui.tui.widgets.curves import Range, Series, Ticks, nice_range

TONES = ("model", "lamp", "ok", "miss")
FULL = ("◆", "●", "▲", "■")
HOLLOW = ("◇", "○", "△", "□")
"""Each learner has a shape and a tone; unseen pages are its hollow shape on a dashed line."""

MOST_COLUMNS = 240
"""Values of one line: as many as the widest window shows, and cheap to draw ten times a second."""

MOST_TICKS = 8
"""Numbers along the bottom: four digits each, they fit sixty columns."""

COUNTED = {
    "chosen_by_unseen": "model",
    "every_picture": "picture",
    "against_the_usual": "epoch",
    "times_table": "epoch",
}
"""Experiments that count something else than a learner's steps."""

ROOM_ABOVE = 1.25
"""A loss that rises further than this beyond its beginning leaves by the top: a diverging one would press the others
flat on the floor."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Ready for ``Curves``."""

    lines: tuple[Series, ...]
    legend: tuple[tuple[str, str, str], ...]
    """Marker, name and tone of each line."""
    heading: str
    """What is measured, where the names don't say it."""
    y_range: Range
    percent: bool
    x_count: int
    x_label: str
    x_ticks: Ticks | None
    """None: every value is counted, from 1."""


def measures_of(bet: Bet) -> tuple[str, ...]:
    """What to draw of an experiment: shares where it looks at unseen pages epoch by epoch, else each step's loss."""
    settings = bet.experiment.settings
    if "unseen" in settings and ("epochs" in settings or "few" in settings):
        # Four learners with two lines each would be a thicket.
        return ("accuracy", "unseen") if len(bet.experiment.series) < 3 else ("unseen",)
    return ("loss", "book_loss", "change")


def draw(bet: Bet, told: Sequence[Told]) -> Drawing | None:
    """Lines for the points told so far; None before the first that is drawn."""
    measures = measures_of(bet)
    # Hollow shapes and dashes only where there is the book's line beside it.
    both = {one.measure for one in told} >= {"accuracy", "unseen"} and len(measures) > 1 and "unseen" in measures
    wanted = [one for one in told if one.measure in measures]
    if not wanted:
        return None
    steps = max(one.steps for one in wanted)
    unit = next(unit for unit in _units() if -(-steps // unit) <= MOST_COLUMNS)
    shares = "unseen" in measures
    lines, legend = [], []
    for number, series in enumerate(bet.experiment.series):
        for measure in measures:
            points = [(one.step, one.value) for one in wanted if (one.series, one.measure) == (series, measure)]
            if not points:
                continue
            unseen = measure == "unseen"
            marker = (HOLLOW if unseen and both else FULL)[number % len(FULL)]
            tone = TONES[number % len(TONES)]
            name = bet.names[series]
            if both:
                name += " · unseen" if unseen else " · book"
            lines.append(Series("", _spread(points, unit), tone, marker, dashed=unseen and both))
            legend.append((marker, name, tone))
    return Drawing(
        tuple(lines),
        tuple(legend),
        _heading(bet, wanted[0].measure, both),
        (0.0, 1.0) if shares else _range(wanted),
        shares,
        -(-steps // unit),
        COUNTED.get(bet.experiment.name, "step"),
        _ticks(steps, unit) if unit > 1 else None,
    )


def _ticks(steps: int, unit: int) -> Ticks:
    """Round numbers of steps, where one value stands for several."""
    every = next(every for every in _units() if steps <= MOST_TICKS * every)
    return {step / unit - 1: f"{step:,}" for step in range(every, steps + 1, every)}


def legend(drawing: Drawing, width: int) -> Content:
    """Names beside their markers, as many to a line as fit whole."""
    said = Content.styled(f"{drawing.heading}:  ", "$foreground-muted") if drawing.heading else Content("")
    room = width - cell_len(said.plain) if said else 0
    for marker, name, tone in drawing.legend:
        wide = cell_len(name) + 5
        if said and wide > room:
            said += "\n"
            room = 0
        room = (room or width) - wide
        said += Content.styled(marker, f"bold ${tone}") + f" {name}   "
    return said


def _heading(bet: Bet, measure: str, both: bool) -> str:
    if both:
        return ""
    if measure == "loss":
        return "" if any("loss" in name for name in bet.names.values()) else "loss, page by page"
    return {"book_loss": "loss on the book", "accuracy": "book", "unseen": "unseen pages"}.get(measure, "")


def _units() -> Iterable[int]:
    """1, 2, 5, 10, 20 … steps to a column."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _range(wanted: Sequence[Told]) -> Range:
    """Room for every learner's first loss and a little more; for all that was told where it is no loss."""
    first: dict[str, float] = {}
    for one in wanted:
        first.setdefault(one.series, one.value)
    values = [ROOM_ABOVE * value for value in first.values()]
    if "loss" not in wanted[0].measure:
        values += [one.value for one in wanted]
    return nice_range([Series("", values, "text", " ")])


def _spread(points: Sequence[tuple[int, float]], unit: int) -> list[float | None]:
    """Values at evenly spaced steps: straight lines between the points, nothing before the first.

    Parameters
    ----------
    points
        Steps from 1, rising, and their values.
    unit
        Steps to a column.
    """
    values: list[float | None] = [None] * max(0, (points[0][0] - 1) // unit)
    before = points[0]
    for point in points:
        (start, low), (end, high) = before, point
        until = (end - 1) // unit
        while len(values) <= until:
            at = len(values) * unit + 1
            part = 1.0 if end == start else min(1.0, max(0.0, (at - start) / (end - start)))
            values.append(low + part * (high - low) if isfinite(low) and isfinite(high) else high)
        before = point
    values = values or [None]
    # The last column says what was told last, not what lay on the way to it.
    values[-1] = points[-1][1]
    return values
