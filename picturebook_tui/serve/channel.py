"""One SSH channel: a terminal that the game is painted on, or a word that is answered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import asyncssh

from picturebook_tui.serve import words
from picturebook_tui.serve.asyncssh_internals import bytes_waiting, largest_packet
from picturebook_tui.serve.names import Wish
from picturebook_tui.serve.player import Ending
from picturebook_tui.serve.terminals import Visitor, may_be_told, tidy_term

if TYPE_CHECKING:
    from picturebook_tui.serve.host import Host
    from picturebook_tui.serve.player import Player

LOGIN_SECONDS = 20.0
"""Until somebody has said who they are, and what for."""

LEAST_PACKET = 1024
"""Bytes: a client that claims to take less at a time would have a page cut into ten thousand packets."""

CLOSING_SECONDS = 20.0
"""Until a client that does not take its last words, or does not close its end, is hung up on."""

SETTLED_SECONDS = 0.05
RESIZE_SECONDS = 0.3
"""Between two new sizes. A window that is being dragged sends dozens a second, and each is a layout and a whole paint:
as many as are sent would cost everybody else half of their time."""

TOLD_AT_MOST = 16
"""Environment variables that are looked at."""


class GameSession(asyncssh.SSHServerSession[bytes]):
    """One channel: a terminal, or a word."""

    def __init__(
        self, host: Host, wish: Wish, address: str, fingerprint: str | None, closed: Callable[[], None]
    ) -> None:
        self._host = host
        self._closed = closed
        self._wish = wish
        self._address = address
        self._fingerprint = fingerprint
        self._environ: dict[str, str] = {}
        self._told = 0
        self._term: str | None = None
        self.size = (0, 0)
        self._command: str | None = None
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._resizing: asyncio.TimerHandle | None = None
        self._resized_at = 0.0
        self._hanging_up: asyncio.TimerHandle | None = None
        self.visitor = Visitor(wish, address, fingerprint, {})
        self.player: Player | None = None
        self.lost = False

    # -- asyncssh asks --------------------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan
        if largest_packet(chan) < LEAST_PACKET:
            self._host.refuse("small-packets", self._address)
            self.abort()
            return
        self._hang_up_after(LOGIN_SECONDS)

    def _hang_up_after(self, seconds: float) -> None:
        """Unless the channel is used or closed by then."""
        if self._hanging_up is not None:
            self._hanging_up.cancel()
        self._hanging_up = asyncio.get_running_loop().call_later(seconds, self.abort)

    def environment_told(self, name: bytes, value: bytes) -> bool:
        """A variable of the client's; few are listened to, and the rest are refused."""
        self._told += 1
        if self._told > TOLD_AT_MOST:
            return False
        key, text = name.decode("utf-8", "replace"), value.decode("utf-8", "replace")
        if not may_be_told(key, text):
            return False
        self._environ[key] = text
        return True

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:
        self._term, self.size = tidy_term(term_type), term_size[:2]
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        self._host.refuse("subsystem", self._address)
        return False

    def session_started(self) -> None:
        if self._hanging_up is not None:
            self._hanging_up.cancel()
        if self._command is not None:
            self._answer(self._command)
        elif self._term is None:
            self._say(words.NO_TERMINAL, 1)
        else:
            environ = {"TERM": self._term, **self._environ}
            self.visitor = Visitor(self._wish, self._address, self._fingerprint, environ)
            self._host.welcome(self)

    def data_received(self, data: bytes, datatype: Any) -> None:
        if self.player is not None:
            self.player.feed(data)

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        self.size = (width, height)
        if self._resizing is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time() + SETTLED_SECONDS, self._resized_at + RESIZE_SECONDS)
            self._resizing = loop.call_at(at, self._resize)

    def _resize(self) -> None:
        self._resizing = None
        self._resized_at = asyncio.get_running_loop().time()
        if self.player is not None:
            player = self.player
            # The size that they have by then.
            player.when_free(lambda: player.resize(*self.size))

    def eof_received(self) -> bool:
        self._gone()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._hanging_up is not None:
            self._hanging_up.cancel()
        self._closed()
        self._gone()

    def _gone(self) -> None:
        self.lost = True
        if self._resizing is not None:
            self._resizing.cancel()
        if self.player is not None:
            self.player.end(Ending("dropped", ""))

    # -- a word ---------------------------------------------------------------------------------------------

    def _answer(self, command: str) -> None:
        word = command.strip().lower()
        if word == "help":
            self._say(words.HELP, 0)
        elif word == "score":
            self._say(self._host.score(), 0)
        else:
            self._host.refuse("command", self._address)
            self._say(words.ONLY_A_GAME, 1)

    def _say(self, text: str, status: int) -> None:
        ending = "\r\n" if self._term is not None else "\n"
        self.write(("\n".join(text.splitlines()) + "\n").replace("\n", ending).encode())
        self.close(status)

    # -- the host's terminal --------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing():
            with contextlib.suppress(OSError, asyncssh.Error):
                self._channel.write(data)

    def waiting(self) -> int:
        channel = self._channel
        if channel is None or channel.is_closing():
            return 0
        return bytes_waiting(channel)

    def hold(self, hold: bool) -> None:
        if self._channel is not None and not self._channel.is_closing():
            if hold:
                self._channel.pause_reading()
            else:
                self._channel.resume_reading()

    def close(self, status: int) -> None:
        if self._channel is not None and not self._channel.is_closing():
            with contextlib.suppress(OSError, asyncssh.Error):
                self._channel.exit(status)
            self._hang_up_after(CLOSING_SECONDS)

    def abort(self) -> None:
        if self._channel is not None:
            connection = self._channel.get_extra_info("connection")
            if connection is not None:
                connection.abort()
