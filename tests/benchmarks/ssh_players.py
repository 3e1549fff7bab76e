"""Scripted players for ``ssh_load.py``: asyncssh clients that play as people do, a key a second, and hold the watch."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import asyncssh

ANSWERED_WITHIN = 3.0
"""Seconds; a key after which nothing was painted for so long is an unanswered key."""

WINDOW = 2 * 1024 * 1024
"""Bytes that a client lets the server send ahead, as OpenSSH does."""

PAGE_SECONDS = 16.0
"""What a page takes: people who came one after another are each somewhere else on theirs. Begun within one second,
everybody would turn the page in the same second, and go on in the same second."""

BURST_OVER = 0.4
"""A join is painted when nothing came for so many seconds; the cards of a first page are turned up 30 ms apart."""

ON_THE_PAGE = b"What is this?"
"""Said when a page lies open for its answers."""


@dataclass
class Log:
    """What the players of one load met."""

    first_paint: list[float] = field(default_factory=list)
    """Seconds from opening the connection to the last byte of the first full page."""
    join_bytes: list[int] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    """Seconds from a key to the first byte painted for it."""
    by_kind: dict[str, list[float]] = field(default_factory=dict)
    """The same, by what the key does."""
    relabel_bytes: list[int] = field(default_factory=list)
    unanswered: int = 0
    refused: int = 0
    dropped: int = 0


class _Screen(asyncssh.SSHClientSession[bytes]):
    """Counts what is painted, keeps nothing but the first page's last bytes."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        """When the first byte came since the last key."""
        self.last_at = 0.0
        self.bytes = 0
        self.on_the_page = False
        self.closed = False
        self._tail = b""

    def data_received(self, data: bytes, datatype: int | None) -> None:
        now = time.perf_counter()
        if self.first_at is None:
            self.first_at = now
        self.last_at = now
        self.bytes += len(data)
        if not self.on_the_page:
            self._tail = (self._tail + data)[-200_000:]
            if ON_THE_PAGE in self._tail:
                self.on_the_page = True
                self._tail = b""

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True


def keys() -> Iterator[tuple[str, str]]:
    """What a player presses, with what kind of key it is: ten cards, three changes of mind, turn, go on.

    Each changes something on the screen.
    """
    while True:
        labels = random.choices("cd", k=10)
        for key in labels:
            yield key, "label"
        same, other = labels[-1], "d" if labels[-1] == "c" else "c"
        for key in (other, same, other):
            yield key, "relabel"
        yield "\r", "turn"
        yield " ", "go on"


class Player:
    """One connection with one terminal of 80×24."""

    def __init__(self, number: int, port: int, log: Log, *, term: str = "xterm-256color", window: int = WINDOW) -> None:
        self.number = number
        self.port = port
        self.log = log
        self.term = term
        self.window = window
        self._connection: asyncssh.SSHClientConnection | None = None
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._screen = _Screen()

    async def join(self) -> bool:
        """Connect, and wait until the first page lies open; False where the server would not."""
        began = time.perf_counter()
        try:
            self._connection = await asyncssh.connect(
                "127.0.0.1", self.port, known_hosts=None, username=f"player{self.number}", client_keys=None,
                agent_path=None, config=None, login_timeout=120, connect_timeout=120,
            )  # fmt: skip
            self._channel, self._screen = await self._connection.create_session(
                _Screen, term_type=self.term, term_size=(80, 24), encoding=None, window=self.window
            )
        except (OSError, asyncssh.Error):
            self.log.refused += 1
            return False
        screen = self._screen
        while not (screen.on_the_page and time.perf_counter() - screen.last_at > BURST_OVER):
            if screen.closed or time.perf_counter() - began > 120:
                self.log.refused += 1
                return False
            await asyncio.sleep(0.05)
        self.log.first_paint.append(screen.last_at - began)
        self.log.join_bytes.append(screen.bytes)
        return True

    async def play(self, seconds: float, within: float = PAGE_SECONDS) -> None:
        """Press a key a second, beginning at a moment of one's own ``within`` so many seconds."""
        screen, channel = self._screen, self._channel
        assert channel is not None
        end = time.perf_counter() + seconds
        await asyncio.sleep(random.random() * within)
        for key, kind in keys():
            if time.perf_counter() >= end:
                return
            if screen.closed:
                self.log.dropped += 1
                return
            screen.first_at, before, pressed = None, screen.bytes, time.perf_counter()
            channel.write(key.encode())
            await asyncio.sleep(1.0)
            if screen.first_at is None:
                await asyncio.sleep(ANSWERED_WITHIN - 1.0)
            if screen.first_at is None:
                self.log.unanswered += 1
            else:
                self.log.latency.append(screen.first_at - pressed)
                self.log.by_kind.setdefault(kind, []).append(screen.first_at - pressed)
                if kind == "relabel":
                    self.log.relabel_bytes.append(screen.bytes - before)
            if kind == "turn":
                # A look at the answers, which are uncovered one after another.
                await asyncio.sleep(1.0)

    def leave(self) -> None:
        if self._connection is not None:
            self._connection.abort()

    def stop_reading(self) -> None:
        """Let what is painted pile up, as a sleeping laptop does."""
        assert self._channel is not None
        self._channel.pause_reading()

    def press(self, key: str) -> None:
        assert self._channel is not None
        self._channel.write(key.encode())

    @property
    def closed(self) -> bool:
        return self._screen.closed
