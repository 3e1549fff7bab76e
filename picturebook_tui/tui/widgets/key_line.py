"""One line of keys that can also be clicked; a footer that costs little."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.strip import Strip

from picturebook_tui.tui.kept import Kept
from picturebook_tui.tui.widgets.drawing import Part, parts_length, strip_of

Key = tuple[str, str, str]
"""What to press, what it does, and the action it stands for ("" for words that can't be clicked)."""

_SEPARATORS = ("   ", "  ")
"""Tried in this order until everything fits."""


def lay_out_keys(keys: Sequence[Key], width: int) -> tuple[list[Part], list[tuple[int, int, str]]]:
    """The line's parts, and where each action lies (first column, column after the last, action).

    Where they don't all fit, the last ones are left out whole and "…" says so; a single one that is too long is cut.
    """
    kept = list(keys)
    separator = _SEPARATORS[0]
    for separator in _SEPARATORS:
        if _length(kept, separator) <= width:
            break
    while len(kept) > 1 and _length(kept, separator) + (2 if len(kept) < len(keys) else 0) > width:
        kept.pop()
    parts: list[Part] = []
    places: list[tuple[int, int, str]] = []
    for position, (key, label, action) in enumerate(kept):
        if position:
            parts.append((separator, "text"))
        start = parts_length(parts)
        if key:
            parts.append((key, "lamp"))
        if label:
            parts.append((f" {label}" if key else label, "text"))
        places.append((start, parts_length(parts), action))
    if len(kept) < len(keys):
        parts.append((" …", "quiet"))
    return parts, places


def _length(keys: Sequence[Key], separator: str) -> int:
    words = sum(cell_len(key) + cell_len(label) + (1 if key and label else 0) for key, label, _ in keys)
    return words + cell_len(separator) * (len(keys) - 1)


class KeyLine(Kept, can_focus=False):
    """Keys and what they do."""

    DEFAULT_CSS = """
    KeyLine {
        height: 1;
        width: 1fr;
        padding: 0 1;
    }
    """

    class Pressed(Message):
        """A key's words were clicked."""

        def __init__(self, line: KeyLine, action: str) -> None:
            super().__init__()
            self.line = line
            self.action = action

        @property
        def control(self) -> KeyLine:
            return self.line

    def __init__(
        self, keys: Sequence[Key] = (), *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._keys = tuple(keys)

    @property
    def keys(self) -> tuple[Key, ...]:
        return self._keys

    def set_keys(self, keys: Sequence[Key]) -> None:
        """Show other keys; painted again only where they are others."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    def said_here(self) -> Hashable:
        return self._keys

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        parts = lay_out_keys(self._keys, width)[0] if y == 0 else []
        return strip_of(self, parts, width)

    def action_at(self, x: int) -> str:
        """What a click in that column of the widget does; "" for nothing."""
        column = x - self.styles.gutter.left
        places = lay_out_keys(self._keys, self.content_size.width)[1]
        return next((action for start, end, action in places if start <= column < end), "")

    def on_click(self, event: events.Click) -> None:
        if action := self.action_at(event.x):
            event.stop()
            self.post_message(self.Pressed(self, action))
