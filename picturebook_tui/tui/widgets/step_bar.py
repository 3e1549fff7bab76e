"""How far the epoch has got."""

from __future__ import annotations

from rich.cells import cell_len
from textual.strip import Strip
from textual.widget import Widget

from picturebook_tui.tui.widgets.drawing import Part, strip_of


def draw_steps(done: int, total: int, width: int, *, under_way: bool = True) -> list[Part]:
    """``● ● ◐ ○ ○`` where every step has room, else ``━━━━╸──── 12/40``, else ``12/40``.

    Parameters
    ----------
    done : steps taken, 0 to ``total``
    under_way : whether the step after those is being taken now.
    """
    total = max(0, total)
    done = min(max(0, done), total)
    current = 1 if under_way and done < total else 0
    if total and 2 * total - 1 <= width:
        groups = [("●", done, "you"), ("◐", current, "lamp"), ("○", total - done - current, "quiet")]
        parts = [(" ".join(sign * number) + " ", tone) for sign, number, tone in groups if number]
        parts[-1] = (parts[-1][0][:-1], parts[-1][1])
        return parts
    count = f"{done + current}/{total}" if current else f"{done}/{total}"
    room = width - cell_len(count) - 1
    if room < 4:
        return [(count, "text")]
    filled = round(room * done / total) if total else 0
    if 0 < done < total:
        filled = min(room - 1, max(1, filled))
    # The heavy half line at the end of the filled part is the step under way.
    head = "╸" if current and filled < room else ""
    return [
        part
        for part in [
            ("━" * filled + head, "you"),
            ("─" * (room - filled - len(head)), "line"),
            (f" {count}", "text"),
        ]
        if part[0]
    ]


class StepBar(Widget, can_focus=False):
    """The steps of an epoch on one line."""

    DEFAULT_CSS = """
    StepBar {
        height: 1;
        width: 1fr;
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._state = (0, 0, True)

    def set_steps(self, done: int, total: int, *, under_way: bool = True) -> None:
        """Show that ``done`` of ``total`` steps are taken, and whether the next is being taken."""
        if self._state != (done, total, under_way):
            self._state = (done, total, under_way)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        done, total, under_way = self._state
        width = self.content_size.width
        return strip_of(self, draw_steps(done, total, width, under_way=under_way) if y == 0 else [], width)
