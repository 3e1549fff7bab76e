"""Textual's driver for one SSH channel: many of them in one process, each started before its visitor comes.

It installs no signal handlers, starts no threads, and knows neither files nor browsers: what is asked of it in that
way is refused. Until a terminal is attached everything is laid out and nothing is painted.
"""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.message_pump import MessagePump

from picturebook_tui.serve.outlet import Outlet
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.keyboard import Keyboard

if TYPE_CHECKING:
    from textual.app import App

LARGEST = (240, 80)
"""Columns and rows: a page is drawn as large as the window, and somebody else pays for it."""

USUAL = (80, 24)
"""Where a terminal doesn't say."""

ESCAPE_SECONDS = 0.12
"""After the last byte: an Esc that nothing followed is the key. Textual's parser waits 0.1 s."""

MOST_UNHEARD = 16
"""Messages waiting in the app above which no more keys are parsed: reading from the channel pauses. An app answers
all that wait for it before anybody else's has its turn, 1 ms each."""

UNHEARD_SECONDS = 0.02
"""Until the next look at whether the app has caught up."""

OPENING = (
    "\x1b[?1049h"  # the other screen
    "\x1b[?2026$p"  # whether it paints whole frames; one that prints this is painted over
    "\x1b[?1000h\x1b[?1006h"  # clicks and wheel, in numbers; no movement, which would flood the line
    "\x1b[?2004h"  # pastes are told from keys
    "\x1b[?7l"  # the last column wraps nothing
    "\x1b[?25l"  # no cursor
    "\x1b[2J"
)

PARTING = "\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
"""The terminal as it was, whatever was painted."""


def clamp(columns: int, rows: int) -> tuple[int, int]:
    """The size that is played on, for whatever a client claims."""
    return (
        max(10, min(columns or USUAL[0], LARGEST[0])),
        max(4, min(rows or USUAL[1], LARGEST[1])),
    )


class ChannelDriver(Driver):
    """One app's way to its visitor."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=False, mouse=mouse, size=size or USUAL)
        self._outlet: Outlet | None = None
        self._frame: list[str] = []
        self._flush_asked = False
        self._keyboard = Keyboard()
        self._tick: TimerHandle | None = None
        self._hold: Callable[[bool], None] = lambda hold: None
        self._heard = True
        self.wait: Callable[[], float] = lambda: 0.0
        """Seconds until this visitor may take more of the loop's time."""
        self._key_at: float | None = None
        self.painted: Callable[[float], None] = lambda seconds: None
        """Told how long a key took to its first frame, seconds."""

    # -- the terminal ---------------------------------------------------------------------------------------

    @property
    def is_headless(self) -> bool:
        """Nobody looks, or nobody can: then nothing is rendered either."""
        return self._outlet is None or self._outlet.slow or self._outlet.closed

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows that are played on."""
        return self._size or USUAL

    def attach(self, outlet: Outlet, hold: Callable[[bool], None]) -> None:
        """Paint on this terminal from now on; ``hold(True)`` stops its bytes from coming, ``hold(False)`` lets them."""
        self._outlet, self._hold = outlet, hold
        self._keyboard = Keyboard()
        outlet.send(OPENING.encode())

    def detach(self, *, parting: bool) -> None:
        """Paint no more; ``parting`` gives the terminal back as it was."""
        outlet, self._outlet = self._outlet, None
        if outlet is None:
            return
        self._frame.clear()
        if self._tick is not None:
            self._tick.cancel()
        if parting:
            outlet.send(PARTING.encode())
        outlet.close()

    def resize(self, columns: int, rows: int) -> bool:
        """Play on another size; True where it is another."""
        size = clamp(columns, rows)
        if size == self._size:
            return False
        self._size = size
        self.send_message(events.Resize(Size(*size), Size(*size)))
        return True

    # -- painting -------------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        if self._outlet is None:
            return
        self._frame.append(data)
        if not self._flush_asked:
            # A bell or a copied text comes without a flush behind it.
            self._flush_asked = True
            self._loop.call_soon(self._flush_soon)

    def _flush_soon(self) -> None:
        self._flush_asked = False
        self.flush()

    def flush(self) -> None:
        if not self._frame or self._outlet is None:
            self._frame.clear()
            return
        text = "".join(self._frame)
        self._frame.clear()
        if self._outlet.frame(text) and self._key_at is not None:
            self.painted(self._loop.time() - self._key_at)
            self._key_at = None

    # -- keys -----------------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Bytes from the terminal."""
        self._keyboard.take(data)
        if self._heard:
            self._hear()

    def _hear(self) -> None:
        """Hand the app what it can take; the rest when it has answered that."""
        self._heard = True
        while self._outlet is not None and self._keyboard.waiting:
            wait = self.wait()
            if wait or self._unheard() > MOST_UNHEARD:
                self._heard = False
                self._hold(True)
                self._loop.call_later(max(wait, UNHEARD_SECONDS), self._hear)
                return
            self._tell(self._keyboard.messages(*self.size))
        if self._outlet is None:
            return
        self._hold(False)
        if self._tick is not None:
            self._tick.cancel()
        self._tick = self._loop.call_later(ESCAPE_SECONDS, self._ticked) if self._keyboard.pending else None

    def _ticked(self) -> None:
        self._tick = None
        if self._outlet is not None:
            self._tell(self._keyboard.tick(*self.size))
            if self._keyboard.pending:
                self._tick = self._loop.call_later(ESCAPE_SECONDS, self._ticked)

    def _tell(self, found: list[Message]) -> None:
        for message in found:
            if isinstance(message, events.InputEvent) and self._key_at is None:
                self._key_at = self._loop.time()
            self.process_message(message)

    def _unheard(self) -> int:
        """Messages that the app and the screen in front have not come to yet."""
        pumps: list[MessagePump] = [self._app]
        if self._app._screen_stack:
            pumps.append(self._app.screen)
            if self._app.screen.focused is not None:
                pumps.append(self._app.screen.focused)
        typed = len(self._app.inputs) if isinstance(self._app, PictureBookApp) else 0
        return typed + sum(pump._message_queue.qsize() for pump in pumps)

    def send_message(self, message: Message) -> None:
        """On the app's own loop, so without a detour over a thread."""
        self._app.post_message(message)

    # -- what a driver has to have --------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        self.send_message(events.Resize(Size(*self.size), Size(*self.size)))

    def disable_input(self) -> None:
        self._keyboard = Keyboard()

    def stop_application_mode(self) -> None:
        self.detach(parting=True)

    # -- what is refused ------------------------------------------------------------------------------------

    @property
    def can_suspend(self) -> bool:
        return False

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """A browser would open on the server."""

    def deliver_binary(self, binary: Any, **kwargs: Any) -> None:
        """A file would be written on the server."""
        binary.close()
