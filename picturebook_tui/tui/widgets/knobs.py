"""A short list of knobs: one widget, one cursor, ◂ value ▸ on every row.

Up and down choose a knob, left and right turn it; the owner says what that means and sets the rows anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

Value = TypeVar("Value")

GUTTER = 3
"""Columns for the cursor's ▸ and air before a label."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One row."""

    id: str
    label: str
    value: str | None = None
    """Shown between ◂ and ▸; None: a thing to do, on Enter or a click."""
    note: str = ""
    """Said after the value, quietly."""
    brief: str = ""
    """The same in fewer words, said where the note has no room."""


def next_value(values: Sequence[Value], now: Value, by: int, *, around: bool = False) -> Value:
    """The value so many places on in a ladder; at its ends it stays, or comes round again."""
    place = values.index(now) + by if now in values else 0
    return values[place % len(values) if around else max(0, min(place, len(values) - 1))]


class KnobList(Widget):
    """Rows of knobs with a cursor; scrolls by itself where there are more rows than room."""

    DEFAULT_CSS = """
    KnobList { height: auto; width: 1fr; color: $foreground; background: $background; }
    KnobList > .knobs--value { color: $foreground; text-style: bold; }
    KnobList > .knobs--arrow { color: $accent; }
    KnobList > .knobs--note { color: $foreground-muted; }
    KnobList > .knobs--cursor { background: $surface; color: $accent; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"knobs--value", "knobs--arrow", "knobs--note", "knobs--cursor"}

    class Turned(Message):
        """A knob was turned: ``direction`` is −1 or +1."""

        def __init__(self, knob: Knob, direction: int) -> None:
            super().__init__()
            self.knob = knob
            self.direction = direction

    class Chosen(Message):
        """Enter, or a click on a row with nothing to turn."""

        def __init__(self, knob: Knob) -> None:
            super().__init__()
            self.knob = knob

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, knob: Knob) -> None:
            super().__init__()
            self.knob = knob

    def __init__(self, rows: Sequence[Knob] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: tuple[Knob, ...] = tuple(rows)
        self.cursor = 0
        self._top = 0

    @property
    def current(self) -> Knob | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def set_rows(self, rows: Sequence[Knob]) -> None:
        """Show other rows; only those that differ are painted again."""
        here = self.current
        old, self.rows = self.rows, tuple(rows)
        # The cursor stays with its knob where rows come or go above it.
        self.cursor = next((i for i, row in enumerate(self.rows) if here and row.id == here.id), self.cursor)
        if len(old) != len(self.rows):
            self.cursor = min(self.cursor, max(0, len(self.rows) - 1))
            self.refresh(layout=True)
            return
        if [len(row.label) for row in old] != [len(row.label) for row in self.rows]:
            self.refresh()
            return
        for index, (before, after) in enumerate(zip(old, self.rows, strict=True)):
            if before != after:
                self._refresh_row(index)

    def move(self, by: int) -> None:
        """Move the cursor; it stays within the rows."""
        self.move_to(max(0, min(len(self.rows) - 1, self.cursor + by)))

    def move_to(self, index: int) -> None:
        """Put the cursor on a row."""
        if index == self.cursor or not 0 <= index < len(self.rows):
            return
        before, self.cursor = self.cursor, index
        if self._keep_in_sight():
            self.refresh()
        else:
            self._refresh_row(before)
            self._refresh_row(index)
        self.post_message(self.Moved(self.rows[index]))

    def turn(self, direction: int) -> None:
        """Turn the knob under the cursor."""
        if (knob := self.current) is not None and knob.value is not None:
            self.post_message(self.Turned(knob, direction))

    def choose(self) -> None:
        """Enter on the row under the cursor."""
        if (knob := self.current) is not None:
            self.post_message(self.Chosen(knob))

    # -- drawing --------------------------------------------------------------------------------------------

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self.rows)

    def on_resize(self) -> None:
        self._keep_in_sight()

    def _keep_in_sight(self) -> bool:
        height = max(1, self.size.height)
        top = min(self._top, self.cursor)
        top = max(top, self.cursor - height + 1)
        moved, self._top = top != self._top, top
        return moved

    def _refresh_row(self, index: int) -> None:
        self.refresh(Region(0, index - self._top, self.size.width, 1))

    @property
    def _value_column(self) -> int:
        return GUTTER + max((cell_len(row.label) for row in self.rows if row.value is not None), default=0) + 2

    def render_line(self, y: int) -> Strip:
        index = y + self._top
        width = self.size.width
        base = self.rich_style
        if index >= len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[index]
        here = index == self.cursor
        style = self.get_component_rich_style("knobs--cursor") if here else base
        value = style if here else base + self.get_component_rich_style("knobs--value", partial=True)
        arrow = style if here else base + self.get_component_rich_style("knobs--arrow", partial=True)
        note = style if here else base + self.get_component_rich_style("knobs--note", partial=True)
        marker = " ▸ " if here else "   "
        if row.value is None:
            segments = [Segment(f"{marker}{row.label}", style), Segment(f"  {row.note}", note)]
        else:
            label = set_cell_size(row.label, self._value_column - GUTTER)
            segments = [
                Segment(f"{marker}{label}", style),
                Segment("◂ ", arrow),
                Segment(row.value, value),
                Segment(" ▸", arrow),
                Segment(f"  {row.note}" if row.note else "", note),
            ]
        line = Strip(segments)
        more = self._more(y)
        room = width - 3 if more else width
        if line.cell_length > room and row.brief:
            line = Strip([*segments[:-1], Segment(f"  {row.brief}", note)])
        if line.cell_length > room:
            line = Strip([*line.crop(0, room - 1), Segment("…", note)])
        if more:
            line = Strip([*line.adjust_cell_length(room, style), Segment(f" {more}", arrow)])
        return line.adjust_cell_length(width, style)

    def _more(self, y: int) -> str:
        """An arrow on the first or last line of the window, where there are rows beyond it."""
        if y == 0 and self._top > 0:
            return "↑"
        return "↓" if y == self.size.height - 1 and self._top + self.size.height < len(self.rows) else ""

    # -- the mouse ------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click on ▸ (or the value) turns on, on ◂ turns back; on anything else it moves the cursor there."""
        index = event.y + self._top
        if not 0 <= index < len(self.rows):
            return
        event.stop()
        self.move_to(index)
        row = self.rows[index]
        column = self._value_column
        if row.value is None:
            self.choose()
        elif column <= event.x < column + 2:
            self.turn(-1)
        elif column + 2 <= event.x < column + 4 + cell_len(row.value) + 1:
            self.turn(+1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(+1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)
