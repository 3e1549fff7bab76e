"""Keys one after another: each reaches the screen that the keys before it led to.

Left to Textual, keys that come faster than screens open and close are spread over whatever screen lies in front at
that moment: they act on a screen that is not composed yet, on one that is being removed, or twice on the same one.
Here a key is handed on only when the one before it has been dealt with, and only to the screen in front.

What was typed on a screen that is closed by then is dropped: whoever presses q twice means to leave once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events

if TYPE_CHECKING:
    from textual.worker import Worker

    from picturebook_tui.tui.app import PictureBookApp
    from picturebook_tui.tui.screens.base import BookScreen

Typed = events.Key | events.Paste

MOST_WAITING = 100
"""Keys that are kept while a screen is busy. Nobody means more of them than that; a cat on the keyboard does."""


class InputQueue:
    """What was typed and is not dealt with yet, of one app."""

    def __init__(self, app: PictureBookApp) -> None:
        self._app = app
        self._waiting: deque[tuple[Typed, BookScreen[Any] | None]] = deque()
        """Each with the screen that was in front when it was typed."""
        self._handed: tuple[BookScreen[Any], Typed] | None = None
        """Who was handed the last one and has not said ``done``."""
        self._opening: Worker[Any] | None = None

    def __len__(self) -> int:
        """How much waits."""
        return len(self._waiting)

    @property
    def opening(self) -> Worker[Any] | None:
        """What ``hold_for`` waits for."""
        return None if self._opening is None or self._opening.is_finished else self._opening

    def put(self, event: Typed) -> None:
        """Take in a key or a paste."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append((event, self._app.front))
        self.go_on()

    def hold_for(self, worker: Worker[Any]) -> None:
        """Keep what is typed for the screen that ``worker`` is about to open; it may also fail to, or be cancelled.
        Whoever sees it end calls ``go_on``."""
        self._opening = worker

    def opened(self) -> None:
        """The screen that was waited for is there, whatever else its worker still does."""
        self._opening = None
        self.go_on()

    def takes(self, screen: BookScreen[Any], event: Typed) -> bool:
        """Whether a screen is to deal with what lies in its message queue: not with what was not handed to it here,
        nor with anything once it is closed."""
        return self._handed is not None and self._handed[1] is event and not screen.gone

    def done(self, screen: BookScreen[Any]) -> None:
        """A screen has dealt with what it was handed, or is closed and will not."""
        if self._handed is not None and self._handed[0] is screen:
            self._handed = None
        self.go_on()

    def go_on(self) -> None:
        """Hand the next one to the screen in front, if that has dealt with the one before."""
        while self._waiting and self.opening is None and self._app.is_running:
            screen = self._app.front
            if screen is None or (self._handed is not None and self._handed[0] is screen):
                return
            event, typed_on = self._waiting.popleft()
            if typed_on is None or not typed_on.gone:
                self._handed = screen, event
                screen.post_message(event)
