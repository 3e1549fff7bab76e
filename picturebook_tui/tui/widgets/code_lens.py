"""The training loop beside the page: its lines, what the running one did, and the one call that does all of it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.game.code_lens import CodeLine, Lens
from picturebook_tui.tui.theme import tone_style
from picturebook_tui.tui.widgets.drawing import Part, cut_parts, parts_length

NARROWEST = 44
"""Columns: the longest line of every listing, indented by two, with its marker."""

WIDEST = 72
"""Columns; with more, a value would stand too far from its line, and large pictures would have no room beside it."""

COMFORTABLE = 60
"""Columns from which lines are indented by four, and nearly every value has room beside its line."""

MARKER = "▸"

LAMPLIGHT = 0.16
"""How much of the lamp's colour lies on the running line: enough to be seen, and text on it stays readable."""

_ROWS_OF_NOW = ((30, 6), (20, 5), (18, 4), (0, 3))
"""From a height on, so many rows for what is happening: always the same number, so that nothing jumps. Six is what the
fullest stage of the small CNN has; the listing can be moved, so it gives way first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the panel."""

    parts: tuple[Part, ...]
    shade: str = ""
    """"running" or "now" where it lies on a ground of its own."""


def draw_lens(lens: Lens, width: int, height: int) -> list[Row]:
    """The panel's rows, ``height`` of them: the listing, what is happening, the one call.

    Where there is little room the listing shows the lines around the running one, and the call its second half.
    """
    if width < 4 or height < 1:
        return []
    indent = 4 if width >= COMFORTABLE else 2
    whole = [row for call in (lens.whole if height >= 16 else lens.whole[-1:]) for row in _wrapped(call, width - 2, 4)]
    now_rows = next(rows for least, rows in _ROWS_OF_NOW if height >= least)
    now = _comments(lens.now, width, now_rows)
    air = 1 if height >= len(lens.lines) + now_rows + len(whole) + 2 else 0
    shown = _around_running(lens.lines, max(1, height - now_rows - len(whole) - 2 * air))
    rows = [_line_row(line, indent, width) for line in shown]
    rows += [Row(())] * air
    rows += [Row((("# ", "quiet"), (text, "text")), "now") for text in now]
    rows += [Row((), "now")] * (now_rows - len(now))
    rows += [Row(())] * air
    rows += [Row((("  ", "text"), (text, "accent"))) for text in whole]
    rows += [Row(())] * (height - len(rows))
    return rows[:height]


def _around_running(lines: tuple[CodeLine, ...], rows: int) -> tuple[CodeLine, ...]:
    """So many lines that all running ones are among them, from the first on where that can be."""
    running = [number for number, line in enumerate(lines) if line.state == "running"] or [0]
    start = max(0, min(len(lines), running[-1] + 2) - rows)
    start = max(0, min(start, len(lines) - rows))
    return lines[start : start + rows]


def _line_row(line: CodeLine, indent: int, width: int) -> Row:
    """Marker and code, and the fullest value that has room at the right edge."""
    running, waiting = line.state == "running", line.state == "waiting"
    tone = "title" if running else "quiet" if waiting else "text"
    code = " " * (indent * line.depth) + line.code
    parts: list[Part] = [(f"{MARKER} " if running else "  ", "cursor"), (code, tone)]
    room = width - parts_length(parts) - 1
    value = next((value for value in line.values if cell_len(value) + 2 <= room), "")
    if value:
        parts += [(" " * (room - cell_len(value)), tone), (value, "quiet" if waiting else line.voice)]
    return Row(tuple(parts), "running" if running else "")


def _comments(told: tuple[str, ...], width: int, rows: int) -> list[str]:
    """As many of the remarks as have room whole; the first is cut rather than left out."""
    kept: list[str] = []
    for number, remark in enumerate(told):
        lines = _wrapped(remark, width - 2, 2)
        if number and len(kept) + len(lines) > rows:
            break
        kept += lines
    return kept[:rows]


def _wrapped(text: str, width: int, hang: int) -> list[str]:
    """A text in lines of ``width`` columns, the later ones set in."""
    return wrap(text, width, subsequent_indent=" " * hang, break_on_hyphens=False) or [""]


class CodeLens(Widget, can_focus=False):
    """The loop as code; a row is painted again only when it says something else."""

    DEFAULT_CSS = """
    CodeLens { display: none; width: 60; height: 1fr; background: $surface; }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._lens = Lens((), (), ())
        self._drawn: tuple[Lens, int, int] | None = None
        self._rows: list[Row] = []

    @property
    def lens(self) -> Lens:
        """What is shown."""
        return self._lens

    def show(self, lens: Lens) -> None:
        """Show another moment."""
        before = self._draw()
        self._lens = lens
        for y, row in enumerate(self._draw()):
            if y >= len(before) or row != before[y]:
                self.refresh(Region(0, y, self.content_size.width, 1))

    def _draw(self) -> list[Row]:
        """The rows for what is shown and the room there is."""
        wanted = (self._lens, *self.content_size)
        if wanted != self._drawn:
            self._drawn, self._rows = wanted, draw_lens(*wanted)
        return self._rows

    def render_line(self, y: int) -> Strip:
        width, rows = self.content_size.width, self._draw()
        row = rows[y] if y < len(rows) else Row(())
        ground = self._ground(row.shade)
        parts = cut_parts(row.parts, width)
        segments = [Segment(text, tone_style(self, tone, background=ground)) for text, tone in parts]
        segments.append(Segment(" " * (width - parts_length(parts)), tone_style(self, "text", background=ground)))
        return Strip(Segment.simplify(segments), width)

    def _ground(self, shade: str) -> Color:
        """What a row lies on; where colours are few its marker alone tells it apart."""
        ground = self.background_colors[1]
        variables = self.app.theme_variables
        if shade == "running":
            return ground.blend(Color.parse(variables["lamp"]), LAMPLIGHT)
        return Color.parse(variables["panel"]) if shade == "now" else ground
