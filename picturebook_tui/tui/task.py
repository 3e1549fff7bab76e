"""Something that takes a while, on a thread of its own, and tells how it gets on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import Generic, TypeVar

Told = TypeVar("Told")
Result = TypeVar("Result")


class Left(Exception):
    """Somebody left while it was under way."""


class Task(Generic[Told, Result]):
    """Work under way.

    Its thread dies with the game and holds nobody up: whoever leaves is not waited for.

    Parameters
    ----------
    work
        Is given a function to tell with, and returns what came of it. What telling raises ends it.
    name
        Of its thread.
    """

    def __init__(self, work: Callable[[Callable[[Told], None]], Result], name: str) -> None:
        self.told: list[Told] = []
        """What was told, in order; only ever grows."""
        self._left = Event()
        self._future: Future[Result | None] = Future()
        Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def _run(self, work: Callable[[Callable[[Told], None]], Result]) -> None:
        try:
            self._future.set_result(work(self._tell))
        except BaseException as error:
            if self._left.is_set():
                # Nobody is there any more to be told.
                self._future.set_result(None)
            else:
                self._future.set_exception(error)

    def _tell(self, told: Told) -> None:
        if self._left.is_set():
            raise Left
        self.told.append(told)
        # Between two steps whoever waits for the interpreter gets it: a key, first of all.
        time.sleep(0)

    def leave(self) -> None:
        """End it the next time that it tells."""
        self._left.set()

    async def outcome(self) -> Result | None:
        """Wait for the end, None where it was left; raises what ended it otherwise."""
        # Shielded: a screen that goes away cancels its own waiting, not the thread's future.
        return await asyncio.shield(asyncio.wrap_future(self._future))


def more_to_draw(drawn: int, told: int, late: int) -> int:
    """How much is drawn after this look: the ``late``-th part of what is still to be drawn, at least one.

    Nine points take a second at ten looks a second and a sixth each time, a thousand under four.
    """
    return min(told, drawn + max(1, (told - drawn) // late))
