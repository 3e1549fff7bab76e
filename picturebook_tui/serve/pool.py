"""Apps that are started before anybody comes: joining is then handing over a terminal, and one paint."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from picturebook_tui.serve.app import ServedApp
from picturebook_tui.serve.driver import USUAL

BREATH_SECONDS = 0.01
PLAYING_SECONDS = 2.0
SPARE_SECONDS = 10.0
"""Between two starts while nobody waits for one; longer where somebody plays, so that they feel nothing of it, and
longer still where there are enough for a class that comes at once."""

SPARE = 30

AT_ONCE = 3
"""Apps that are started side by side when a crowd waits: a start is half waiting for threads and timers."""


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
    playing
        Whether there is somebody who would feel it.
    """

    def __init__(
        self,
        make: Callable[[], ServedApp],
        prepare: Callable[[Started], Awaitable[None]],
        size: Callable[[], int],
        playing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._make = make
        self._prepare = prepare
        self._size = size
        self._waiting: deque[Started] = deque()
        self._wanted = 0
        """Visitors for whom no app was ready."""
        self._playing = playing
        self._few_at_once = asyncio.Semaphore(AT_ONCE)
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
            # In the order in which they came: a crowd that starts all at once is served all at last.
            async with self._few_at_once:
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
                async with self._few_at_once:
                    self._waiting.append(await self._fresh())
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        if not self._playing():
            return BREATH_SECONDS
        return PLAYING_SECONDS if len(self._waiting) < SPARE else SPARE_SECONDS

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
