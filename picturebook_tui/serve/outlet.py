"""Frames to a terminal that may be slow: whole, in order, and dropped where they would pile up.

What a slow terminal missed is not sent later: once it has caught up, everything is painted once, as it is by then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

BUSY = 192 * 1024
"""Bytes waiting from which frames are dropped; a page in full colour has 60,000."""

MOST = 448 * 1024
"""Bytes that may ever wait: a larger frame is dropped, even where nothing waits. 512 KB are promised, of which
encryption and the parting sequences take their part."""

FREE = 16 * 1024
"""Bytes waiting at which a terminal has caught up."""

LOOK_SECONDS = 0.1
"""Between two looks at whether it has."""

PATIENCE = 30.0
"""Seconds without a byte taken, until the line is given up."""


class Line(Protocol):
    """The way to one terminal."""

    def write(self, data: bytes) -> None: ...

    def waiting(self) -> int:
        """Bytes written that are still in this process."""
        ...


class Handle(Protocol):
    def cancel(self) -> None: ...


class Outlet:
    """The writing side of one terminal.

    Parameters
    ----------
    line
        Where bytes go.
    clock
        Seconds, only forward.
    later
        Calls a function after so many seconds, and can be cancelled.
    caught_up
        Called when a terminal that missed frames has room again: paint everything.
    gave_up
        Called when nothing was taken for ``PATIENCE`` seconds.
    """

    def __init__(
        self,
        line: Line,
        *,
        clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], Handle],
        caught_up: Callable[[], None],
        gave_up: Callable[[], None],
    ) -> None:
        self._line = line
        self._clock = clock
        self._later = later
        self._caught_up = caught_up
        self._gave_up = gave_up
        self.slow = False
        """Frames are being dropped."""
        self.closed = False
        self.dropped = 0
        """Frames, so far."""
        self.sent = 0
        """Bytes, so far."""
        self.most_waiting = 0
        """Bytes that waited here at once, so far."""
        self._taken = 0
        """Bytes that had left this process when one last did, and when that was."""
        self._since = 0.0
        self._look: Handle | None = None

    def frame(self, text: str) -> bool:
        """Send one frame, True where it went out."""
        if self.closed:
            return False
        if self.slow:
            self.dropped += 1
            return False
        # A lone surrogate, which a client can type by its number, is no character: "?".
        data = text.encode("utf-8", "replace")
        waiting = self._line.waiting()
        if waiting + len(data) > (BUSY if waiting else MOST):
            self.dropped += 1
            self._watch(waiting, slow=True)
            return False
        self.send(data)
        left = self._line.waiting()
        if left:
            self.most_waiting = max(self.most_waiting, left)
            self._watch(left, slow=False)
        return True

    def send(self, data: bytes) -> None:
        """Write in any case: what is said at the end must not be dropped."""
        if not self.closed:
            self.sent += len(data)
            self._line.write(data)

    def close(self) -> None:
        """Write no more."""
        self.closed = True
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _watch(self, waiting: int, *, slow: bool) -> None:
        self.slow = self.slow or slow
        if self._look is None:
            self._taken, self._since = self.sent - waiting, self._clock()
            self._look = self._later(LOOK_SECONDS, self._looked)

    def _looked(self) -> None:
        self._look = None
        if self.closed:
            return
        waiting, now = self._line.waiting(), self._clock()
        if waiting <= FREE and self.slow:
            self.slow = False
            self._caught_up()
            waiting = self._line.waiting()
        if not waiting:
            return
        if self.sent - waiting > self._taken:
            self._taken, self._since = self.sent - waiting, now
        elif now - self._since >= PATIENCE:
            self._gave_up()
            return
        self._look = self._later(LOOK_SECONDS, self._looked)
