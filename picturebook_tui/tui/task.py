"""Something that takes a while, on a thread of its own, and tells how it gets on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Event, Thread
from typing import Any, Generic, Protocol, TypeVar

Told = TypeVar("Told")
Result = TypeVar("Result")
Told_co = TypeVar("Told_co", covariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Left(Exception):
    """Somebody left while it was under way."""


class Working(Protocol[Told_co, Result_co]):
    """Work under way, wherever it is done."""

    @property
    def told(self) -> Sequence[Told_co]:
        """What was told, in order; only ever grows."""
        ...

    def leave(self) -> None:
        """End it the next time that it tells."""
        ...

    async def outcome(self) -> Result_co | None:
        """Wait for the end, None where it was left; raises what ended it otherwise."""
        ...


class Task(Generic[Told, Result]):
    """Work under way here.

    Its thread dies with the game and holds nobody up: whoever leaves is not waited for.

    Parameters
    ----------
    name
        Of its thread.
    work
        Is given ``args`` and a function to tell with, and returns what came of it. What telling raises ends it.
    """

    def __init__(self, name: str, work: Callable[..., Result], *args: Any) -> None:
        self.told: list[Told] = []
        self._left = Event()
        self._future: Future[Result | None] = Future()
        Thread(target=self._run, args=(work, args), name=name, daemon=True).start()

    def _run(self, work: Callable[..., Result], args: tuple[Any, ...]) -> None:
        try:
            self._future.set_result(work(*args, self._tell))
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
        self._left.set()

    async def outcome(self) -> Result | None:
        # Shielded: a screen that goes away cancels its own waiting, not the thread's future.
        return await asyncio.shield(asyncio.wrap_future(self._future))


def more_to_draw(drawn: int, told: int, late: int) -> int:
    """How much is drawn after this look: the ``late``-th part of what is still to be drawn, at least one.

    Nine points take a second at ten looks a second and a sixth each time, a thousand under four.
    """
    return min(told, drawn + max(1, (told - drawn) // late))
