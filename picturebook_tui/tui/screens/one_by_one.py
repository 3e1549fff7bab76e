"""Cards turned up one after another, quickly; the rest at once for whoever is in a hurry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.timer import Timer
from textual.widget import Widget

if TYPE_CHECKING:
    from picturebook_tui.tui.app import PictureBookApp


class OneByOne:
    """Does something to card 0, 1, 2 …, evenly spread over a short time; several at once where frames are dear.

    Parameters
    ----------
    owner
        Whose timers are used; they end with it.
    seconds
        For the whole page, however many cards it has.
    each
        Called with a card's number.
    after
        Called once when the last is done, unless stopped before.
    """

    def __init__(
        self, owner: Widget, seconds: float, each: Callable[[int], None], after: Callable[[], object] = lambda: None
    ) -> None:
        self._owner = owner
        self._seconds = seconds
        self._each = each
        self._after = after
        self._timer: Timer | None = None
        self._next = 0
        self._count = 0
        self._at_a_time = 1

    @property
    def under_way(self) -> bool:
        """Some cards are still to come."""
        return self._next < self._count

    def start(self, count: int, *, still: bool) -> None:
        """Begin with card 0; all at once where nothing may move."""
        self.stop()
        self._next, self._count = 0, count
        if still:
            self.hurry()
            return
        frames = max(1, min(count, cast("PictureBookApp", self._owner.app).most_frames or count))
        self._at_a_time = -(-count // frames)
        self._timer = self._owner.set_interval(self._seconds / frames, self._tick)

    def hurry(self) -> None:
        """Do what is left at once; nothing happens where nothing is."""
        while self.under_way:
            self._step()

    def stop(self) -> None:
        """Leave what is left undone."""
        self._next = self._count = 0
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        for _ in range(self._at_a_time):
            self._step()

    def _step(self) -> None:
        # A timer's last tick may still be on its way when somebody hurried.
        if not self.under_way:
            return
        card, self._next = self._next, self._next + 1
        self._each(card)
        if not self.under_way:
            self.stop()
            self._after()
