"""The line between the supervisor and a worker: nothing is lost on it, and no open socket stays behind."""

from __future__ import annotations

import asyncio
import os
import socket

from picturebook_tui.serve.wire import Handed, Leaving, Wire, WrongGuess

PATIENCE = 30.0
LARGE = WrongGuess("x" * 1_000_000)
"""Many times what the system holds for a reader."""


class End:
    """One end, and what was heard there."""

    def __init__(self, sock: socket.socket) -> None:
        self.heard: list[tuple[object, socket.socket | None]] = []
        self.is_lost = False
        self.wire = Wire(sock, lambda message, handed: self.heard.append((message, handed)), self._lose)

    def _lose(self) -> None:
        self.is_lost = True

    async def hears(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)


def line() -> tuple[End, End]:
    here, there = socket.socketpair()
    return End(here), End(there)


async def test_messages_come_in_order_and_each_socket_with_its_own() -> None:
    here, there = line()
    pairs = [socket.socketpair() for _ in range(100)]
    here.wire.send(LARGE)
    for number, (mine, _) in enumerate(pairs):
        here.wire.send(Handed(), mine)
        here.wire.send(WrongGuess(str(number)))
    assert here.wire.is_held_up
    await there.hears(201)
    assert there.heard[0] == (LARGE, None)
    for number, (mine, others) in enumerate(pairs):
        mine.close()
        message, handed = there.heard[1 + 2 * number]
        assert message == Handed()
        assert handed is not None
        handed.send(str(number).encode())
        assert others.recv(10) == str(number).encode()
        # Whoever plays starts processes of their own.
        assert not os.get_inheritable(handed.fileno())
        assert there.heard[2 + 2 * number] == (WrongGuess(str(number)), None)
        handed.close()
        assert others.recv(10) == b""
        others.close()
    here.wire.close()
    there.wire.close()


async def test_the_end_of_one_is_told_to_the_other_after_its_last_words() -> None:
    here, there = line()
    here.wire.send(Leaving())
    here.wire.close()
    there.wire.listen()
    assert there.heard == [(Leaving(), None)]
    assert there.is_lost
    # Nobody is there to be told this.
    there.wire.send(LARGE)
    assert not here.is_lost
