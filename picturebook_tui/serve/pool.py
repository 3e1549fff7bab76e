"""Apps that are started before anybody comes: joining is then handing over a terminal, and one paint."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from picturebook_tui.serve.app import ServedApp
from picturebook_tui.serve.driver import USUAL

BREATH_SECONDS = 0.05
"""Between two starts while nobody waits, so that those who play feel nothing of them."""


@dataclass(slots=True)
class Started:
    """An app whose screen is laid out, and the task that runs it; whoever holds this keeps both alive."""

    app: ServedApp
    task: asyncio.Task[None]


async def start(make: Callable[[], ServedApp]) -> Started:
    """Start an app without a terminal; returns when its first screen is up."""
    app = make()
    ready = asyncio.Event()

    async def run() -> None:
        app._loop = asyncio.get_running_loop()
        app._thread_id = threading.get_ident()
        with app._context():
            try:
                await app._process_messages(ready_callback=ready.set, terminal_size=USUAL)
            finally:
                ready.set()
                await asyncio.shield(app._shutdown())

    task = asyncio.create_task(run(), name="app")
    await ready.wait()
    return Started(app, task)


class Pool:
    """A few started apps, filled up again in quiet moments.

    Parameters
    ----------
    make
        Makes an app.
    prepare
        Brings a started app to where its visitor will find it.
    size
        How many wait at most; asked again each time, since a full house needs fewer.
    """

    def __init__(
        self, make: Callable[[], ServedApp], prepare: Callable[[Started], Awaitable[None]], size: Callable[[], int]
    ) -> None:
        self._make = make
        self._prepare = prepare
        self._size = size
        self._waiting: deque[Started] = deque()
        self._wanted = 0
        """Visitors for whom no app was ready."""
        self._one_at_a_time = asyncio.Lock()
        self._filling: asyncio.Task[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    async def take(self) -> Started:
        """An app that nobody else gets."""
        while self._waiting:
            found = self._waiting.popleft()
            self.fill()
            if not found.task.done():
                return found
        self._wanted += 1
        try:
            # In the order in which they came, or a crowd at the door would slow everybody's start to the last one's.
            async with self._one_at_a_time:
                return await self._fresh()
        finally:
            self._wanted -= 1
            self.fill()

    def fill(self) -> None:
        """Begin to fill the pool up, where it is not being filled."""
        if not self._closed and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._fill(), name="pool")

    async def _fill(self) -> None:
        while not self._closed and len(self._waiting) < self._size():
            if not self._wanted:
                async with self._one_at_a_time:
                    self._waiting.append(await self._fresh())
            await asyncio.sleep(BREATH_SECONDS)

    async def _fresh(self) -> Started:
        started = await start(self._make)
        await self._prepare(started)
        return started

    async def close(self) -> None:
        """End the apps that nobody came for."""
        self._closed = True
        if self._filling is not None:
            await asyncio.wait([self._filling])
        for started in self._waiting:
            with started.app._context():
                started.app.exit()
        if self._waiting:
            await asyncio.wait([started.task for started in self._waiting], timeout=5)
        self._waiting.clear()
