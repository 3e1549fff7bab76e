"""Whose time the loop's is: each callback is timed and counted for its visitor, and one that takes long is told.

On the loop it costs two looks at the clock for each callback (0.2 µs), beside it a thread that wakes ten times a
second and only looks closer when a callback is under way for a while.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from picturebook_tui.serve.app import ServedApp
from picturebook_tui.serve.limits import Bucket
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.metrics import Metrics
from picturebook_tui.serve.player import Player
from picturebook_tui.tui.textual_internals import app_in

SLOW_SECONDS = 0.1
"""A callback that takes longer is felt by everybody, and told."""

LOOK_SECONDS = 0.1
"""Between two looks at what is under way, so that whatever is told was looked at on its way as a rule."""

BEAT_SECONDS = 0.25
"""Between two measurements of how late the loop is."""

LINES = (30.0, 0.5)
"""Told at once, and a second after that: on a machine that can't keep up everything is slow, and the log is not to be
one of the reasons."""

FRAMES = 4
"""Innermost places that are told."""


class Watchdog:
    """Times one loop. For the loop's own thread, and one for each process.

    Collections of everything are nobody's fault: their time is taken out.

    Parameters
    ----------
    visit_of
        The visit's number of an app and of a task's name, either of which may be None; None where it is nobody's.
    """

    def __init__(
        self,
        metrics: Metrics,
        log: Log,
        visit_of: Callable[[object, str | None], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._log = log
        self._visit_of = visit_of
        self._clock = clock
        self._bucket = Bucket(*LINES, LINES[0], clock())
        self._began = 0.0
        """When the callback that is under way began; 0: none is."""
        self._seen: tuple[float, str, str | None] = (0.0, "", None)
        """When the callback that was looked at last began, where it was, and with whom."""
        self._collecting = 0.0
        self._collected = 0.0
        """Seconds of collections, ever."""
        self._plain: Callable[[asyncio.Handle], None] | None = None
        self._over = threading.Event()
        self._beat: asyncio.TimerHandle | None = None
        self._loop_thread = 0

    def start(self) -> None:
        """Watch from now on."""
        loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._plain = asyncio.Handle._run
        asyncio.Handle._run = self._timed(self._plain)  # type: ignore[method-assign, assignment]
        gc.callbacks.append(self._on_collection)
        threading.Thread(target=self._look, name="watchdog", daemon=True).start()
        self._beat = loop.call_later(BEAT_SECONDS, self._beaten, loop.time() + BEAT_SECONDS)

    def stop(self) -> None:
        """Watch no more."""
        self._over.set()
        if self._beat is not None:
            self._beat.cancel()
        if self._plain is not None:
            asyncio.Handle._run = self._plain  # type: ignore[method-assign, assignment]
            gc.callbacks.remove(self._on_collection)
            self._plain = None

    # -- on the loop ----------------------------------------------------------------------------------------

    def _timed(self, plain: Callable[[asyncio.Handle], None]) -> Callable[[asyncio.Handle], None]:
        """There is no other place at which asyncio tells of a callback, short of its debug mode."""
        clock = self._clock

        def run(handle: asyncio.Handle) -> None:
            collected = self._collected
            self._began = began = clock()
            app = app_in(handle._context)  # type: ignore[attr-defined]
            # A game that has ended is taken apart, perhaps by this callback; what it had begun may end still later.
            allowance = getattr(app, "allowance", None) if isinstance(app, ServedApp) else None
            if allowance is not None:
                # What this thread did, whoever else the processor served meanwhile.
                worked = time.thread_time()
                plain(handle)
                allowance.spend(time.thread_time() - worked, began)
            else:
                plain(handle)
            took = clock() - began
            if took > SLOW_SECONDS:
                self._slow(handle, began, took - (self._collected - collected))
            self._began = 0.0

        return run

    def _slow(self, handle: asyncio.Handle, began: float, took: float) -> None:
        if took <= SLOW_SECONDS:
            return
        self._metrics.slow_callbacks += 1
        if not self._bucket.take(self._clock()):
            return
        seen, where, session = self._seen
        if seen != began:
            where, session = _name_of(handle), None
        self._log.tell("slow", ms=round(1000 * took), session=self._session_of(handle) or session, where=where)

    def _session_of(self, handle: asyncio.Handle) -> str | None:
        """The visit's number; None where it was nobody's, as with an app that waits for somebody."""
        task = _task_of(handle)
        app = app_in(handle._context)  # type: ignore[attr-defined]
        return self._visit_of(app, None if task is None else task.get_name())

    def _beaten(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._metrics.loop_lag.add(max(0.0, now - due))
        self._beat = loop.call_at(now + BEAT_SECONDS, self._beaten, now + BEAT_SECONDS)

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        # On whatever thread: the loop waits as well.
        if phase == "start":
            self._collecting = self._clock()
        else:
            self._collected += self._clock() - self._collecting

    # -- beside it ------------------------------------------------------------------------------------------

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            began = self._began
            if began and self._clock() - began > LOOK_SECONDS / 4:
                frame = sys._current_frames().get(self._loop_thread)
                # Where it is over meanwhile this is of another one, and is told of none.
                if frame is not None and self._began == began:
                    self._seen = (began, _where(frame), _player_in(frame))


def _where(frame: FrameType | None) -> str:
    """The innermost places: file, line, function, and nothing that was typed."""
    places: list[str] = []
    while frame is not None and len(places) < FRAMES:
        code = frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(places)


def _player_in(frame: FrameType | None) -> str | None:
    """Whose bytes are being read, where it is that: they come in no app's context."""
    while frame is not None:
        thing = frame.f_locals.get("self")
        if isinstance(thing, Player):
            return thing.number
        frame = frame.f_back
    return None


def _task_of(handle: asyncio.Handle) -> asyncio.Task[Any] | None:
    task = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]
    return task if isinstance(task, asyncio.Task) else None


def _name_of(handle: asyncio.Handle) -> str:
    """Of a callback that was not seen on its way."""
    task = _task_of(handle)
    callback = handle._callback if task is None else task.get_coro()  # type: ignore[attr-defined]
    return str(getattr(callback, "__qualname__", type(callback).__name__))
