"""The sweep in a process of its own, so that no key ever waits for it.

Start it before the screens take over the terminal: inside a running Textual app no process can be spawned
cleanly.
Importing this module loads neither NumPy nor the screens. The worker is a guest: it runs at nice 10 on one thread,
writes nothing to the terminal, and is gone as soon as the game is, however the game ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from picturebook_tui.learner.sweep import SiblingEpoch, SweepJob

NICENESS = 10
"""Runs in what the player's own learner and the screen leave over."""

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Read by the linear algebra behind NumPy when it is first imported; there it must find 1."""

PATIENCE = 1.0
"""Seconds that ``close`` waits for the worker to go by itself; it takes milliseconds as a rule."""

AT_ONCE = 64
"""Messages that one ``poll`` takes in at most, so that a screen that was away is not held up by what has gathered."""


@dataclass(frozen=True, slots=True)
class SweepSlice:
    """Some epochs of a job."""

    job: int
    rows: tuple[SiblingEpoch, ...]


@dataclass(frozen=True, slots=True)
class SweepDone:
    """A job is complete."""

    job: int


@dataclass(frozen=True, slots=True)
class SweepFailed:
    """A job could not be done; the game goes on without it."""

    job: int
    sentence: str


SweepNews = SweepSlice | SweepDone | SweepFailed


class SweepWorker:
    """One worker process; make it with ``start``. Not for several threads at once.

    Attributes
    ----------
    trouble : str or None
        Why there is no worker (any more), as a sentence; whatever is submitted then is never answered.
    """

    def __init__(self) -> None:
        self.trouble: str | None = None
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._job = 0
        self._wanted: int | None = None

    @classmethod
    def start(cls) -> SweepWorker:
        """Spawn the worker; it loads NumPy while the game starts. Never raises: see ``trouble``."""
        worker = cls()
        before = {name: os.environ.get(name) for name in THREADS}
        theirs: Connection | None = None
        try:
            os.environ.update(dict.fromkeys(THREADS, "1"))
            context = multiprocessing.get_context("spawn")
            worker._pipe, theirs = context.Pipe()
            worker._process = context.Process(target=_serve, args=(theirs,), name="picturebook-sweep", daemon=True)
            worker._process.start()
        except (OSError, RuntimeError, ValueError, ImportError) as error:
            worker._process = None
            worker._lost(f"The other learners could not be started ({error}): the game goes on without them.")
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            if theirs is not None:
                # Kept open here, it would hide from us that the worker has gone.
                theirs.close()
        return worker

    @property
    def alive(self) -> bool:
        return self._pipe is not None

    @property
    def busy(self) -> bool:
        """A job was submitted, and is neither done nor cancelled."""
        return self.alive and self._wanted is not None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def fileno(self) -> int | None:
        """For ``add_reader``; None where there is no worker, or the system has no such numbers for pipes."""
        if self._pipe is None or sys.platform == "win32":
            return None
        return self._pipe.fileno()

    def submit(self, job: SweepJob) -> int:
        """Take up a job, instead of the one under way if any.

        The worker always listens, so this takes as long as copying the pictures does.

        Returns
        -------
        int : the job's number, which its slices carry.
        """
        self._job += 1
        self._wanted = self._job
        self._tell(("job", self._job, job))
        return self._job

    def cancel(self) -> None:
        """Leave the job under way; nothing more is heard of it."""
        self._wanted = None
        self._tell(("cancel", 0, None))

    def poll(self) -> list[SweepNews]:
        """What has come in since; does not wait. Slices of jobs no longer wanted are passed over."""
        news: list[SweepNews] = []
        for _ in range(AT_ONCE):
            try:
                if self._pipe is None or not self._pipe.poll(0):
                    break
                message: SweepNews = self._pipe.recv()
            except (EOFError, OSError):
                self._lost("The other learners' process has ended: the game goes on without them.")
                break
            if message.job == self._wanted:
                news.append(message)
                if not isinstance(message, SweepSlice):
                    self._wanted = None
        return news

    def close(self) -> None:
        """End the worker, and wait until it is gone; again and again if you like."""
        self._lost("The other learners have been sent home.")

    def __enter__(self) -> SweepWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- inside ----------------------------------------------------------------------------------------

    def _tell(self, message: tuple[str, int, Any]) -> None:
        if self._pipe is None:
            return
        try:
            self._pipe.send(message)
        except OSError:
            self._lost("The other learners' process has ended: the game goes on without them.")

    def _lost(self, why: str) -> None:
        """Whatever happened to the worker: nothing of it stays behind, not even a zombie."""
        if self.trouble is None:
            self.trouble = why
        self._wanted = None
        if self._pipe is not None:
            # The worker ends when it finds its pipe closed.
            self._pipe.close()
            self._pipe = None
        process, self._process = self._process, None
        if process is not None:
            process.join(PATIENCE)
            if process.exitcode is None:
                process.kill()
                process.join(PATIENCE)
            if process.exitcode is not None:
                process.close()


# -- in the worker -------------------------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    """The worker's whole life."""
    # Ctrl+C is the game's to answer; it goes to every process of the terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _be_quiet()
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    inbox: SimpleQueue[tuple[str, int, Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, inbox), daemon=True).start()
    # Now, and not when the first job comes.
    import picturebook_tui.learner.sweep

    _ = picturebook_tui.learner.sweep
    message = inbox.get()
    while True:
        kind, number, job = message
        if kind == "job":
            with contextlib.closing(_work(number, job)) as news:
                for some in news:
                    try:
                        pipe.send(some)
                    except OSError:
                        return
                    if not inbox.empty():
                        break
        message = inbox.get()


def _listen(pipe: Connection, inbox: SimpleQueue[tuple[str, int, Any]]) -> None:
    """Take in what the game says at once, so that it never waits; and end the worker when the game has ended."""
    while True:
        try:
            inbox.put(pipe.recv())
        except Exception:
            # The pipe is closed, or what came out of it can't be read: there is no one to work for.
            os._exit(0)


def _work(number: int, job: SweepJob) -> Generator[SweepNews, None, None]:
    from picturebook_tui.errors import PictureBookError
    from picturebook_tui.learner.sweep import sweep

    try:
        for rows in sweep(job):
            yield SweepSlice(number, rows)
    except (PictureBookError, MemoryError, ValueError, ArithmeticError) as error:
        yield SweepFailed(number, f"The other learners could not be taught: {error}")
        return
    yield SweepDone(number)


def _be_quiet() -> None:
    """The terminal belongs to the screens."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
