"""Threads that all players share: each run's jobs one after another, the runs side by side."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
L = TypeVar("L")
P = ParamSpec("P")

LONG_SECONDS = 0.01
"""A job that was to take a tenth of a millisecond and took so long has met a disk that is busy."""

ELSEWHERE_SECONDS = 30.0
"""Such jobs are left to threads then."""


class SerialExecutor(Executor):
    """One run's jobs, in order, on whatever thread of the pool is free.

    ``shutdown`` never waits, because it is called on the event loop: whatever was asked for before is still done.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._busy = False
        self._closed = False
        self._idle = threading.Condition(self._lock)
        self._elsewhere_until = 0.0

    def at_once(self, fn: Callable[[], T]) -> tuple[T] | None:
        """Do something short here and now, where nothing of this run is under way; None where it has to be submitted.

        A thread would do it in a tenth of a millisecond, and ask for the interpreter six times on the way: on a busy
        loop that is 5 ms for whoever waits, and half as much work again for everybody.
        """
        if not self._hold():
            return None
        began = time.monotonic()
        try:
            return (fn(),)
        finally:
            self._let_go(time.monotonic() - began)

    async def soon(self, ask: Callable[[], Awaitable[L | None]], then: Callable[[L], T]) -> tuple[T] | None:
        """Ask for something on the event loop, then do something short with the answer; nothing else of this run is
        done meanwhile. None where nothing came of asking, or it has to be submitted."""
        if not self._hold():
            return None
        took = 0.0
        try:
            answer = await ask()
            if answer is None:
                return None
            began = time.monotonic()
            try:
                return (then(answer),)
            finally:
                took = time.monotonic() - began
        finally:
            self._let_go(took)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("this run is over")
            self._jobs.append((future, lambda: fn(*args, **kwargs)))
            if self._busy:
                return future
            self._busy = True
        self._go_on()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._closed = True

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do, False where it took longer. Never on the event loop."""
        with self._lock:
            return self._idle.wait_for(lambda: not self._busy, seconds)

    def _hold(self) -> bool:
        with self._lock:
            if self._closed or self._busy or time.monotonic() < self._elsewhere_until:
                return False
            self._busy = True
        return True

    def _let_go(self, took: float) -> None:
        if took > LONG_SECONDS:
            self._elsewhere_until = time.monotonic() + ELSEWHERE_SECONDS
        self._next()

    def _next(self) -> None:
        """Go on with what was asked for meanwhile."""
        with self._lock:
            if not self._jobs:
                self._rest()
                return
        self._go_on()

    def _go_on(self) -> None:
        try:
            self._pool.submit(self._one)
        except RuntimeError:
            # The server is stopping and takes nothing new, but what was asked for is done.
            self._one()

    def _rest(self) -> None:
        self._busy = False
        self._idle.notify_all()

    def _one(self) -> None:
        """Do one job, and queue up again behind the other runs."""
        while True:
            with self._lock:
                if not self._jobs:
                    self._rest()
                    return
                future, job = self._jobs.popleft()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(job())
                except BaseException as error:
                    future.set_exception(error)
            del future, job
            with self._lock:
                if not self._jobs:
                    self._rest()
                    return
            try:
                self._pool.submit(self._one)
                return
            except RuntimeError:
                # The server is stopping and takes nothing new, but what was asked for is done.
                continue
