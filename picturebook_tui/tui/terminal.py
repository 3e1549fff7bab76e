"""Textual's driver for the terminal that the game was started in; it gives back what it took, whatever happens.

Keys are read on the event loop, and painting is done by a thread, for a terminal may take its time. Whatever would end
the program (a signal, or the terminal's own end) ends the app instead, so that it leaves as after Ctrl+C.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import termios
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import constants, events
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from picturebook_tui.signals import on_ending
from picturebook_tui.tui.keyboard import Keyboard

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from textual.app import App

USUAL = (80, 24)
"""Columns and rows where the terminal doesn't say."""

ESCAPE_SECONDS = 0.12
"""After the last byte: an Esc that nothing followed is the key. Textual's parser waits 0.1 s."""

AT_ONCE = 4096
"""Bytes read in one go."""

OPENING = (
    "\x1b[?1049h"  # the other screen
    "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"  # the mouse, in numbers
    "\x1b[?25l"  # no cursor
    "\x1b[?1004h"  # coming and going of the focus
    "{keys}"
    "\x1b[?2004h"  # pastes are told from keys
    "\x1b[?7l"  # the last column wraps nothing
)

KITTY = "\x1b[>25u"
"""Keys as escape codes (1 + 8), and the text they make (16):
https://sw.kovidgoyal.net/kitty/keyboard-protocol/#progressive-enhancement"""

ASKS_FOR_FRAMES = "\x1b[?2026$p"
"""Whether whole frames are painted at once. Apple's terminal prints the last letter."""

PARTING = (
    "\x1b[?2026l\x1b[0m\x1b]22;default\x07\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    # The keyboard's modes belong to the screen that is left.
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""The terminal as it was, whatever was painted."""

HUNG_UP = 1
"""SIGHUP, which not every system has: the terminal is gone."""

MOST_WAITING = 256 * 1024
"""Bytes that may wait for a slow terminal; painting goes on when it has taken some."""

LOOK_SECONDS = 0.05
"""Between two looks whether it has."""

PARTING_SECONDS = 0.5
"""How long a terminal that takes nothing is waited for in the end."""


class Canvas(threading.Thread):
    """What waits to be written to a terminal, and the thread that writes it.

    Parameters
    ----------
    number
        Of the open terminal.
    lost
        Called in this thread when it takes nothing any more.
    """

    def __init__(self, number: int, lost: Callable[[], None]) -> None:
        # It may wait for ever for a terminal that takes nothing; nobody waits for it.
        super().__init__(name="picturebook-canvas", daemon=True)
        self.hurried = False
        """Wait for nothing any more: set by whoever wants to leave."""
        self._number = number
        self._lost = lost
        self._change = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._open = True

    def write(self, text: str) -> None:
        """Have a text written. Waits where too much is waiting already."""
        data = text.encode("utf-8", "replace")
        with self._change:
            while self._bytes > MOST_WAITING and self._open and not self.hurried:
                self._change.wait(LOOK_SECONDS)
            self._waiting.append(data)
            self._bytes += len(data)
            self._change.notify_all()

    def part(self, text: str) -> None:
        """Write a last text; what a terminal has not taken in a moment is left out."""
        if not self._taken():
            with self._change:
                self._bytes -= sum(map(len, self._waiting))
                self._waiting.clear()
        self.hurried = True
        self.write(text)
        self._taken()
        with self._change:
            self._open = False
            self._change.notify_all()

    def _taken(self) -> bool:
        """Wait a moment until everything is written; whether it is."""
        with self._change:
            return self._change.wait_for(lambda: not self._bytes or not self._open, PARTING_SECONDS)

    def run(self) -> None:
        try:
            while data := self._next():
                rest = data
                while rest:
                    rest = rest[os.write(self._number, rest) :]
                with self._change:
                    self._bytes -= len(data)
                    self._change.notify_all()
        except OSError:
            self._lost()
        finally:
            with self._change:
                self._open = False
                self._change.notify_all()

    def _next(self) -> bytes:
        """What is to be written next; nothing at the end."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or not self._open)
            data = b"".join(self._waiting)
            self._waiting.clear()
            return data


class TerminalDriver(Driver):
    """The app on the terminal of this process: keys from standard input, painting on standard error."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=False, mouse=mouse, size=size)
        assert sys.__stdin__ is not None
        assert sys.__stderr__ is not None
        self._keys = sys.__stdin__.fileno()
        self._paper = sys.__stderr__.fileno()
        self._keyboard = Keyboard()
        self._tick: TimerHandle | None = None
        self._canvas: Canvas | None = None
        self._modes: list[Any] | None = None
        """The terminal's, before they were changed."""
        self._ended = False
        """A signal said so, or the terminal is gone."""
        self._at_work = False
        """From the app's start to its end, also while the process is stopped."""
        self._listening = contextlib.ExitStack()
        self._listening.enter_context(on_ending(self._end_by))
        self._hear("SIGWINCH", self._resized)
        self._hear("SIGTSTP", self._sent_away)
        self._hear("SIGCONT", self._back)
        # Looked up now, so that the first layout has the terminal's size.
        self._size = self._measure()

    def _hear(self, name: str, do: Callable[[], None]) -> None:
        number = getattr(signal, name)
        before = signal.signal(number, lambda *_: do())
        self._listening.callback(signal.signal, number, before)

    # -- painting -------------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        if self._canvas is not None:
            self._canvas.write(data)

    def start_application_mode(self) -> None:
        self._at_work = True
        self._take()
        self._loop.add_reader(self._keys, self._readable)

    def stop_application_mode(self) -> None:
        self._at_work = False
        self.disable_input()
        self._give_back()

    def disable_input(self) -> None:
        self._loop.remove_reader(self._keys)
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def close(self) -> None:
        self._give_back()
        self._listening.close()

    def _take(self) -> None:
        """Make the terminal the game's."""
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(self._keys)
            if self._set(_raw(modes)) and self._modes is None:
                self._modes = modes
        if self._is_ending():
            # It never came to the front.
            return
        self._canvas = Canvas(self._paper, self._lost)
        self._canvas.start()
        self.write(OPENING.format(keys="" if constants.DISABLE_KITTY_KEY else KITTY))
        if os.environ.get("TERM_PROGRAM", "") != "Apple_Terminal":
            self.write(ASKS_FOR_FRAMES)

    def _give_back(self) -> None:
        """Make it the person's again."""
        canvas, self._canvas = self._canvas, None
        if canvas is None:
            return
        canvas.part(PARTING)
        with contextlib.suppress(termios.error):
            # What was typed and not heard is not for the shell.
            termios.tcflush(self._keys, termios.TCIFLUSH)
        if self._modes is not None:
            self._set(self._modes)

    def _set(self, modes: list[Any]) -> bool:
        """Set the terminal's modes; whether they are set. In the background this stops the process, until somebody
        brings it to the front, or ends it."""
        while True:
            try:
                termios.tcsetattr(self._keys, termios.TCSANOW, modes)
            except termios.error as error:
                # Interrupted: it was continued, perhaps in front now. Else the terminal is gone.
                if error.args[0] == errno.EINTR and not self._is_ending():
                    continue
                return False
            return True

    # -- size -----------------------------------------------------------------------------------------------

    def _measure(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(self._paper)
        except OSError:
            return USUAL
        return columns or USUAL[0], rows or USUAL[1]

    def _resized(self) -> None:
        self._loop.call_soon_threadsafe(self._tell_size)

    def _tell_size(self) -> None:
        self._size = self._measure()
        self.send_message(events.Resize(Size(*self._size), Size(*self._size)))

    # -- keys -----------------------------------------------------------------------------------------------

    def _readable(self) -> None:
        try:
            data = os.read(self._keys, AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        try:
            self._keyboard.take(data)
            while self._keyboard.waiting:
                self._tell(self._keyboard.messages(*self._now()))
            self._wait_for_more()
        except Exception as error:
            self._fail(error)

    def _wait_for_more(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
        self._tick = self._loop.call_later(ESCAPE_SECONDS, self._ticked) if self._keyboard.pending else None

    def _ticked(self) -> None:
        self._tell(self._keyboard.tick(*self._now()))
        self._wait_for_more()

    def _tell(self, found: list[Message]) -> None:
        for message in found:
            self.process_message(message)

    def _now(self) -> tuple[int, int]:
        return self._size or USUAL

    def send_message(self, message: Message) -> None:
        """On the app's own loop, so without a detour over a thread."""
        self._app.post_message(message)

    # -- the end --------------------------------------------------------------------------------------------

    def _is_ending(self) -> bool:
        return self._ended

    def _end_by(self, number: int) -> None:
        """A signal: leave as after Ctrl+C, and be quick about it."""
        self._ended = True
        if self._canvas is not None:
            self._canvas.hurried = True
        self._loop.call_soon_threadsafe(self._app.exit, 128 + number)

    def _lost(self) -> None:
        with contextlib.suppress(RuntimeError):
            # The loop may be closed by now.
            self._loop.call_soon_threadsafe(self._hang_up)

    def _hang_up(self) -> None:
        """The terminal is gone: nobody will press a key any more."""
        self.disable_input()
        self._end_by(HUNG_UP)

    def _fail(self, error: Exception) -> None:
        """Without keys nobody can play, or leave: end the app with this."""

        def fail() -> None:
            raise error

        self.disable_input()
        self._app.call_later(fail)

    # -- in the background ----------------------------------------------------------------------------------

    def _sent_away(self) -> None:
        """Give the terminal back before the process stops."""
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _back(self) -> None:
        """In front again, and somebody else may have painted meanwhile."""
        self._give_back()
        self._loop.call_soon_threadsafe(self._repaint)

    def _repaint(self) -> None:
        if self._at_work and self._canvas is None and not self._ended:
            self._take()
            self._tell_size()
            self._app.refresh(layout=True)


def _raw(modes: list[Any]) -> list[Any]:
    """Modes in which every key comes at once and as it is, Ctrl with a letter too."""
    raw = [*modes[:6], modes[6].copy()]
    raw[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    raw[6][termios.VMIN] = 1
    raw[6][termios.VTIME] = 0
    return raw
