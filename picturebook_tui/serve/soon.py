"""Asking another process without a thread: orders go out by a socket, answers come in on the event loop, in order.

A thread that waits for an answer has to get the interpreter back twice from a loop that has a hundred others to serve;
that is longer than the model thinks.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from collections import deque
from typing import Any

from picturebook_tui.serve.processes import Gone

LENGTH = struct.Struct(">I")
"""In front of each message: its bytes."""


def packed(message: object) -> bytes:
    """A message as it goes over the socket."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


class Unpacker:
    """Puts messages together from whatever comes."""

    def __init__(self) -> None:
        self._got = bytearray()

    def take(self, data: bytes) -> list[Any]:
        """The messages that are whole with this."""
        self._got += data
        found: list[Any] = []
        while len(self._got) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._got)[0]
            if len(self._got) < end:
                break
            found.append(pickle.loads(memoryview(self._got)[LENGTH.size : end]))
            del self._got[:end]
        return found


class SoonLine(asyncio.Protocol):
    """The loop's end of such a socket. Whoever asked and waits is told ``Gone`` when the process ends.

    For the loop that it was made on.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._unpacker = Unpacker()
        self._transport: asyncio.WriteTransport | None = None
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def over(cls, end: socket.socket) -> SoonLine:
        """A line over this end, which is its own from now on."""
        _, line = await asyncio.get_running_loop().create_unix_connection(cls, sock=end)
        return line

    async def ask(self, order: object) -> Any:
        """What is answered to an order. Orders are obeyed even where nobody waits any more.

        Raises
        ------
        Gone
            The process has ended.
        """
        if self._transport is None or asyncio.get_running_loop() is not self._loop:
            raise Gone
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append(answer)
        self._transport.write(packed(order))
        return await answer

    def close(self) -> None:
        """Ask nothing more; what was asked is not answered any more."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for message in self._unpacker.take(data):
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_result(message)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(Gone())
