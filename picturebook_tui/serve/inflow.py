"""How fast bytes are taken in from one connection, whatever they say.

Nobody types as fast as this. A flood of any kind (keys, sizes, requests, empty packets, new keys) waits at its own end
of the line, and costs this process a few percent of its time instead of all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncssh

from picturebook_tui.serve.asyncssh_internals import read_through, transport_of

BURST = 96 * 1024
"""Bytes that come at once without waiting: several handshakes, or the longest paste twenty times."""

RATE = 16 * 1024
"""Bytes a second after that. A held key is 2,000, a wheel that is spun 6,000."""

AT_ONCE = 4 * 1024
"""Bytes taken from the socket before others have their turn: a hundred of the smallest packets, 4 ms."""

UNREAD = 256 * 1024
"""Bytes a client may leave unread until it is not listened to either: each request has an answer, which waits here."""

READ_AGAIN = 32 * 1024
"""Bytes waiting at which it is listened to again."""


class Inflow:
    """The reading side of one connection.

    Parameters
    ----------
    conn
        A connection that was just made, with its transport.
    """

    def __init__(self, conn: asyncssh.SSHServerConnection) -> None:
        self._loop = asyncio.get_running_loop()
        self._paid = self._loop.time() - BURST / RATE
        """Until when what has come is paid for: each byte takes its time."""
        self._unread = False
        self._waiting: asyncio.TimerHandle | None = None
        self._transport = transport_of(conn)
        self._transport.set_write_buffer_limits(UNREAD, READ_AGAIN)
        read_through(conn, at_once=AT_ONCE, take=self._take, stop=self._stop_reading, go_on=self._read_again)

    def close(self) -> None:
        """The connection is gone."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _take(self, received: Callable[..., None], data: bytes, datatype: Any) -> None:
        now = self._loop.time()
        self._paid = max(self._paid, now - BURST / RATE) + len(data) / RATE
        if self._paid > now and self._waiting is None:
            self._waiting = self._loop.call_at(self._paid, self._waited)
            self._transport.pause_reading()
        received(data, datatype)

    def _waited(self) -> None:
        self._waiting = None
        if not self._unread:
            self._transport.resume_reading()

    def _stop_reading(self) -> None:
        self._unread = True
        self._transport.pause_reading()

    def _read_again(self) -> None:
        self._unread = False
        if self._waiting is None:
            self._transport.resume_reading()
