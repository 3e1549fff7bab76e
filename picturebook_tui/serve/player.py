"""One visitor's visit: an app from the pool, their terminal, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picturebook_tui.serve import words
from picturebook_tui.serve.driver import clamp
from picturebook_tui.serve.keeping import PlayerStore
from picturebook_tui.serve.outlet import Outlet
from picturebook_tui.serve.terminals import Terminal

if TYPE_CHECKING:
    from picturebook_tui.serve.pool import Started

LAID_OUT_LOOKS = 100
LOOK_SECONDS = 0.01
"""A new size is laid out within a hundredth of a second; a second is given before the terminal is painted anyway."""


ENDED_SECONDS = 15.0
"""An app that has not ended by then, and jobs that are not done, are left behind."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a visit is over."""

    why: str
    """A word for the log."""
    sentence: str
    """For the person, on their own screen; "" where there is nobody."""
    status: int = 0
    """Exit status of their ssh."""


class Player:
    """Somebody who plays.

    Parameters
    ----------
    number
        Of the visit, for the log.
    code
        Brings them back after a broken line; None where their key does.
    """

    def __init__(self, number: str, terminal: Terminal, started: Started, store: PlayerStore, code: str | None) -> None:
        self.number = number
        self.terminal = terminal
        self.visitor = terminal.visitor
        self.app = started.app
        self.task = started.task
        self.store = store
        self.code = code
        self.joined_at = 0.0
        self.key_at = 0.0
        """When they last pressed something, seconds of the loop's clock."""
        self.watched_at = 0.0
        """When this seat last showed a booth's own demo; whatever is counted of a visit counts from there."""
        self.watching_since: float | None = None
        self.asked_still_there = False
        self.told_unsaved = False
        """The log knows that something of theirs can't be saved."""
        self.broke: BaseException | None = None
        """What the app's own task ended with, where it should not have."""
        self.came_back = False
        self.notices: tuple[str, ...] = ()
        """Sentences for the moment of joining."""
        self.ending: Ending | None = None
        self._ends: asyncio.Future[None] | None = None
        """Done when ``end`` is called, for whoever waits for that."""
        self.outlet: Outlet | None = None

    def attach(self, caught_up: Callable[[], None] | None = None) -> None:
        """Hand the terminal to the app, and have everything painted."""
        loop = asyncio.get_running_loop()
        self.outlet = Outlet(
            self.terminal,
            clock=loop.time,
            later=loop.call_later,
            caught_up=caught_up or (lambda: self.when_free(self.repaint)),
            gave_up=lambda: self.end(Ending(words.STALLED, "")),
        )
        self.joined_at = self.key_at = loop.time()
        self.app.driver.wait = self._wait
        self.app.driver.attach(self.outlet, self.terminal.hold)
        self.app.jobs.begin()
        # Their window may have been dragged since the app was laid out for it.
        self.app.driver.resize(*self.terminal.size)
        self.repaint()

    async def fit(self) -> None:
        """Lay the app out for the terminal's size, before anything is painted."""
        columns, rows = clamp(*self.terminal.size)
        driver = self.app.driver
        if not driver.resize(columns, rows):
            return
        for _ in range(LAID_OUT_LOOKS):
            await asyncio.sleep(LOOK_SECONDS)
            screen = self.app.screen
            if self.app.size == (columns, rows) and screen.outer_size == (columns, rows):
                return

    def when_free(self, job: Callable[[], object]) -> None:
        """Do what costs time: now, or when this visitor may take some again."""
        wait = self._wait()
        if wait:
            asyncio.get_running_loop().call_later(wait, self.when_free, job)
        elif self.ending is None:
            job()

    def _wait(self) -> float:
        return self.app.allowance.wait(asyncio.get_running_loop().time())

    def repaint(self) -> None:
        """Paint the whole screen."""
        with self.app._context():
            self.app.refresh()

    def feed(self, data: bytes) -> None:
        """Bytes from their terminal."""
        if self.outlet is None or self.ending is not None:
            return
        self.key_at = asyncio.get_running_loop().time()
        self.asked_still_there = False
        self.app.driver.feed(data)

    def resize(self, columns: int, rows: int) -> None:
        """Their window has another size."""
        if self.ending is None and self.app.driver.resize(columns, rows):
            self.repaint()

    @property
    def kept(self) -> bool:
        """Something of theirs is on the disk."""
        return self.store.folder is not None

    def greet(self, motd: str) -> None:
        """What there is to say at the beginning."""
        hint = words.come_back(self.visitor.wish, self.code)
        for sentence in (motd, *self.notices, hint):
            if sentence:
                self.say(sentence)

    def say(self, sentence: str, *, seconds: float = 6.0) -> None:
        """Tell them something in a corner of the screen."""
        with self.app._context():
            self.app.notify(sentence, timeout=seconds, markup=False)

    def banner(self, sentence: str) -> None:
        """Write a line across the top, whatever the app does; it stays until the app paints there."""
        if self.outlet is not None:
            columns, _ = self.app.driver.size
            line = f" {sentence} "[:columns].ljust(columns)
            self.outlet.frame(f"\x1b7\x1b[1;1H\x1b[0;7m{line}\x1b[0m\x1b8")

    @property
    def failure(self) -> BaseException | None:
        """What went wrong in the app; None where nothing did."""
        return self.broke or self.app.failure

    def end(self, ending: Ending) -> None:
        """Begin to end the visit; the first reason counts."""
        if self.ending is not None:
            return
        self.ending = ending
        if self._ends is not None and not self._ends.done():
            self._ends.set_result(None)
        # A run that is left open is marked as such, so that they come back to its card.
        self.store.dropped = ending.why != "left"
        self.app.driver.detach(parting=ending.why not in ("dropped", words.STALLED))
        with self.app._context():
            self.app.exit()

    async def over(self) -> None:
        """Wait until the app has ended, whoever ended it."""
        if self.ending is None:
            self._ends = asyncio.get_running_loop().create_future()
            await asyncio.wait([self.task, self._ends], return_when=asyncio.FIRST_COMPLETED)
        if not self.task.done():
            await asyncio.wait([self.task], timeout=ENDED_SECONDS)
            self.task.cancel()
        if self.task.done() and not self.task.cancelled() and (error := self.task.exception()) is not None:
            self.broke = error

    def close(self, seconds: float) -> None:
        """Leave what is not kept, wait until the rest is saved, let go of the records. Never on the event loop."""
        self.app.jobs.leave()
        self.app.saving.wait(seconds)
        self.store.close()

    def farewell(self) -> None:
        """The last words, and the line closed; everything is saved."""
        ending = self.ending
        assert ending is not None
        if self.outlet is not None:
            self.outlet.close()
        if ending.why == words.STALLED:
            self.terminal.abort()
            return
        if ending.why == "dropped":
            self.terminal.close(0)
            return
        sentence = ending.sentence or words.goodbye(self.visitor.wish, self.code, kept=self.kept)
        self.terminal.write(f"{sentence}\r\n".encode())
        self.terminal.close(ending.status)
