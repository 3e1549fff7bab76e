"""A server in this process, on this machine alone, and people who come to it with a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncssh
import pyte

from picturebook_tui.jobs import Jobs
from picturebook_tui.serve.host import Host
from picturebook_tui.serve.hostkey import host_key
from picturebook_tui.serve.limits import Limits, networks
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.run import bound_sockets
from picturebook_tui.serve.server import connection_options, listen
from tests.terminal import lines_of

PATIENCE = 30.0
"""Seconds before something is given up: far longer than it ever takes."""

KEYS = {"left": "\x1b[D", "right": "\x1b[C", "enter": "\r", "esc": "\x1b", "backspace": "\x7f", "space": " "}


JOBS = Jobs(2)
"""A few processes for all tests: starting one takes half a second."""


class House:
    """A server that is up."""

    def __init__(self, host: Host, port: int, log: io.StringIO) -> None:
        self.host = host
        self.port = port
        self._log = log

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What the log says so far."""
        return [json.loads(line) for line in self._log.getvalue().splitlines()]

    def told(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    @contextlib.asynccontextmanager
    async def connection(self, user: str = "mia", **more: Any) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """A client without keys of its own, unless some are given."""
        given = {"client_keys": None, "password": None} | more
        connection = await asyncssh.connect(
            "127.0.0.1", self.port, username=user, known_hosts=None, agent_path=None, config=None, **given
        )
        try:
            yield connection
        finally:
            connection.abort()

    @contextlib.asynccontextmanager
    async def visitor(
        self,
        user: str = "mia",
        *,
        term: str = "xterm-256color",
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        looks: bool = True,
        **more: Any,
    ) -> AsyncIterator[Visitor]:
        """Somebody with a terminal."""
        async with self.connection(user, **more) as connection:
            _, visitor = await connection.create_session(
                lambda: Visitor(self, size, looks), term_type=term, term_size=size, env=dict(env or {}), encoding=None
            )
            visitor.connection = connection
            yield visitor

    async def until(self, true: Callable[[], object], what: str) -> None:
        """Wait for something that is not on a visitor's screen."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{what} never came; the log says {self.lines}") from None


class Visitor(asyncssh.SSHClientSession[bytes]):
    """A terminal emulator at the end of a channel."""

    connection: asyncssh.SSHClientConnection

    def __init__(self, house: House, size: tuple[int, int], looks: bool) -> None:
        self.house = house
        self.looks = looks
        """Whether there is a screen; without one ``said`` is all there is to see."""
        self.screen = pyte.Screen(*(size if looks else (1, 1)))
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.closed = asyncio.Event()
        self.status: int | None = None
        self.channel: asyncssh.SSHClientChannel[bytes]

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self.channel = chan

    def data_received(self, data: bytes, datatype: Any) -> None:
        self.written += data
        if self.looks:
            # pyte takes a private request's dollar for text.
            self._stream.feed(data.replace(b"\x1b[?2026$p", b""))

    def exit_status_received(self, status: int) -> None:
        self.status = status

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()

    @property
    def text(self) -> str:
        return "\n".join(lines_of(self.screen))

    @property
    def said(self) -> str:
        """Everything that was ever written, as text."""
        return self.written.decode("utf-8", "replace")

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        try:
            async with asyncio.timeout(PATIENCE):
                while text not in self.text:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{text!r} never came; the screen says:\n{self.text}") from None

    async def sees_no_more(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text in self.text:
                await asyncio.sleep(0.02)

    async def press(self, *keys: str) -> None:
        """Type keys by name or as they are."""
        for key in keys:
            if key in ("enter", "space"):
                # Sooner after the last one it would count as a held key's repeat.
                await asyncio.sleep(0.12)
            self.channel.write(KEYS.get(key, key).encode())

    async def leaves(self) -> None:
        """Wait until the server has closed the channel."""
        async with asyncio.timeout(PATIENCE):
            await self.closed.wait()


@contextlib.asynccontextmanager
async def serving(folder: Path, *, book: str | None = "cats-and-dogs", pool: int = 1, **more: Any):
    """A server with records in ``folder``."""
    options = ServeOptions(data_dir=folder, port=0, book=book, pool=pool, **{"countdown": 0.2} | more)
    (sock,) = bound_sockets(options.host, 0)
    port = sock.getsockname()[1]
    lines = io.StringIO()
    limits = Limits(options.max_players, networks(options.exempt))
    host = Host(options, limits, Log(lines), jobs=JOBS)
    await host.start()
    acceptor = await listen(sock, connection_options(host, host_key(folder)))
    try:
        yield House(host, port, lines)
    finally:
        acceptor.close()
        await host.stop(0)
