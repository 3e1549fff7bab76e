"""Threads that all players share: each run's jobs one after another, the runs side by side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


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

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("this run is over")
            self._jobs.append((future, lambda: fn(*args, **kwargs)))
            if self._busy:
                return future
            self._busy = True
        self._pool.submit(self._one)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._closed = True

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do, False where it took longer. Never on the event loop."""
        with self._lock:
            return self._idle.wait_for(lambda: not self._busy, seconds)

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
