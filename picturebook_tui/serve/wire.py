"""What the supervisor and its workers say to each other, and the line they say it on: messages, and open sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from picturebook_tui.serve.metrics import Metrics
from picturebook_tui.serve.options import ServeOptions

STOP_SECONDS = 40.0
"""After the countdown, for all that has to be saved; a worker that is not done by then hangs, and is ended."""

LENGTH = 4
"""Bytes in front of each message that say how long it is."""

CHUNK = 64 * 1024
MOST_SOCKETS = 64
"""Read at a time; each comes with its own message, so that there is one of them as a rule."""


# -- to a worker --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """The first of all: what is to be served. Sent, because anybody may read a process's arguments."""

    options: ServeOptions
    name: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A connection that was let in; its socket comes along."""


@dataclass(frozen=True, slots=True)
class Seat:
    """The answer to ``AskSeat``."""

    number: int
    granted: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Tell everybody, save everything, and end."""


@dataclass(frozen=True, slots=True)
class Hurry:
    """Without counting down any further."""


# -- from a worker ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """It takes connections."""

    fingerprint: str
    """Of the host key."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not start, for a reason that a person can mend."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """It was told to stop by somebody else: no more connections."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many connections it has."""

    received: int
    """Sockets, ever."""
    open: int


@dataclass(frozen=True, slots=True)
class AskSeat:
    """Somebody wants to play."""

    number: int
    """Comes back with the answer."""


@dataclass(frozen=True, slots=True)
class FreeSeat:
    """Somebody plays no more."""


@dataclass(frozen=True, slots=True)
class Report:
    """A sign of life, and what was counted."""

    metrics: Metrics
    resident: int
    """Bytes."""


# -- either way ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WrongGuess:
    """Somebody at this address was wrong about a code or the password; every worker counts it."""

    address: str


@dataclass(slots=True)
class _Parcel:
    data: bytes
    handed: socket.socket | None


class Wire:
    """One end of the line, on the running loop; nothing here waits.

    Parameters
    ----------
    sock
        One of a pair; this closes it.
    heard
        Told each message, with the socket that came along where one did.
    lost
        Told once when nobody is at the other end any more.
    """

    def __init__(
        self,
        sock: socket.socket,
        heard: Callable[[object, socket.socket | None], None],
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._heard = heard
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._read = bytearray()
        self._sockets: deque[socket.socket] = deque()
        self._parcels: deque[_Parcel] = deque()
        self._closed = False
        self._loop.add_reader(sock, self.listen)

    @property
    def is_held_up(self) -> bool:
        """What was sent earlier has not gone out yet."""
        return bool(self._parcels)

    def send(self, message: object, handed: socket.socket | None = None) -> None:
        """Send a message, soon; a socket that goes with it has to stay open here until it is confirmed."""
        if self._closed:
            return
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._parcels.append(_Parcel(len(data).to_bytes(LENGTH, "big") + data, handed))
        if len(self._parcels) == 1:
            self._send()

    def _send(self) -> None:
        while self._parcels:
            parcel = self._parcels[0]
            try:
                if parcel.handed is None:
                    sent = self._sock.send(parcel.data)
                else:
                    sent = socket.send_fds(self._sock, [parcel.data], [parcel.handed.fileno()])
                    # With the first byte; what is left over goes alone.
                    parcel.handed = None
            except (BlockingIOError, InterruptedError):
                self._loop.add_writer(self._sock, self._send)
                return
            except OSError:
                self._end()
                return
            parcel.data = parcel.data[sent:]
            if not parcel.data:
                self._parcels.popleft()
        self._loop.remove_writer(self._sock)

    def listen(self) -> None:
        """Hear what has come."""
        while not self._closed:
            try:
                data, numbers, _, _ = socket.recv_fds(self._sock, CHUNK, MOST_SOCKETS)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                data, numbers = b"", []
            for number in numbers:
                os.set_inheritable(number, False)
                self._sockets.append(socket.socket(fileno=number))
            if not data:
                self._end()
                return
            self._read += data
            self._take_apart()

    def _take_apart(self) -> None:
        while len(self._read) >= LENGTH:
            end = LENGTH + int.from_bytes(self._read[:LENGTH], "big")
            if len(self._read) < end:
                return
            message = pickle.loads(bytes(self._read[LENGTH:end]))
            del self._read[:end]
            # A socket is there as soon as the first byte that it was sent with.
            handed = self._sockets.popleft() if isinstance(message, Handed) and self._sockets else None
            self._heard(message, handed)

    def _end(self) -> None:
        if not self._closed:
            self.close()
            self._lost()

    def close(self) -> None:
        """Neither hear nor say anything any more."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        for sock in (*self._sockets, self._sock):
            with contextlib.suppress(OSError):
                sock.close()
        self._parcels.clear()
        self._sockets.clear()
