"""Threads on which records are written: what one player saves is saved in its order, and nobody waits for another.

A disk or a database that is slow holds up the thread that writes there. The event loop goes on, and so do the other
lines, as long as there is a thread that is free.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Writer:
    """The threads.

    Parameters
    ----------
    threads
        How many at most: so many lines may be held up at once before others are.
    """

    def __init__(self, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="picturebook-writer")

    def line(self) -> Line:
        """A line of its own, for one player."""
        return Line(self._pool)

    def close(self) -> None:
        """Wait until everything is written; what is submitted later is written at once, by whoever submits it."""
        self._pool.shutdown()


class Line:
    """One player's jobs: each begins when the one before has ended."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._changed = threading.Condition()
        self._jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._busy = False

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Do this after all that was submitted before. Never waits."""
        future: Future[T] = Future()
        with self._changed:
            self._jobs.append((future, job))
            if self._busy:
                return future
            self._busy = True
        self._go_on()
        return future

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; False where it took longer. Never on an event loop."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def _go_on(self) -> None:
        try:
            self._pool.submit(self._next)
        except RuntimeError:
            # The writer is closed: this is the end of the process, and what was asked for is done all the same.
            self._next()

    def _next(self) -> None:
        """Do one job; the rest of the line queues up again behind the other lines."""
        with self._changed:
            future, job = self._jobs.popleft()
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)
        del future, job
        with self._changed:
            if not self._jobs:
                self._busy = False
                self._changed.notify_all()
                return
        self._go_on()
