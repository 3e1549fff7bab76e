"""The sweep in a process of its own, so that no key ever waits for it.

It starts with its first job, when the first page of a run is dealt: Home is painted without it. Importing this module
loads neither NumPy nor the screens. The worker is a guest: it runs at nice 10 on one thread in a session of its own,
writes nothing to the terminal, and is gone as soon as the game is, however the game ends.

Not by ``multiprocessing``: that can't spawn inside a running Textual app, whose standard error has no file number, and
started before the app it makes Home a fifth slower. Nothing here waits for the worker either: jobs are sent and news
are read by a thread each.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from picturebook_tui.learner.sweep import SiblingEpoch, SweepJob

NICENESS = 10
"""Runs in what the player's own learner and the screen leave over."""

SLICE = 100_000
"""Nanoseconds, the shortest that Linux grants."""

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Read by the linear algebra behind NumPy when it is first imported; there it must find 1."""

PATIENCE = 1.0
"""Seconds that ``close`` waits for the worker to be gone; a killed one takes milliseconds."""

ENDED = "The other learners' process has ended: the game goes on without them."


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

Order = tuple[int, "SweepJob | None"]
"""What the worker is sent: a job and its number; None: leave the one under way."""


class SweepWorker:
    """One worker process, started by its first job. For one thread; none of its methods waits but ``close``.

    Attributes
    ----------
    trouble : str or None
        Why there is no worker (any more), as a sentence; whatever is submitted then is never answered.
    """

    def __init__(self) -> None:
        self.trouble: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._outbox: SimpleQueue[Order | None] = SimpleQueue()
        self._inbox: SimpleQueue[SweepNews | str] = SimpleQueue()
        self._sender: threading.Thread | None = None
        self._reader: threading.Thread | None = None
        self._starting = threading.Lock()
        self._job = 0
        self._wanted: int | None = None

    @property
    def alive(self) -> bool:
        """Jobs are taken."""
        return self.trouble is None

    @property
    def busy(self) -> bool:
        """A job was submitted, and is neither done nor cancelled."""
        return self.alive and self._wanted is not None

    @property
    def pid(self) -> int | None:
        """None before the first job's process is started, and after the end."""
        return None if self._process is None else self._process.pid

    def submit(self, job: SweepJob) -> int:
        """Take up a job, instead of the one under way if any.

        Returns
        -------
        int : the job's number, which its slices carry.
        """
        self._job += 1
        self._wanted = self._job
        if self.alive:
            self._outbox.put((self._job, job))
            if self._sender is None:
                self._sender = threading.Thread(target=self._send, name="picturebook-sweep-out", daemon=True)
                self._sender.start()
        return self._job

    def cancel(self) -> None:
        """Leave the job under way; nothing more is heard of it."""
        if self.busy:
            self._outbox.put((0, None))
        self._wanted = None

    def poll(self) -> list[SweepNews]:
        """What has come in since. Slices of jobs no longer wanted are passed over."""
        news: list[SweepNews] = []
        with contextlib.suppress(Empty):
            while True:
                message = self._inbox.get_nowait()
                if isinstance(message, str):
                    self._end(message)
                elif message.job == self._wanted:
                    news.append(message)
                    if not isinstance(message, SweepSlice):
                        self._wanted = None
        return news

    def close(self) -> None:
        """End the worker, and wait until it is gone; again and again if you like."""
        self._end("The other learners have been sent home.")

    def __enter__(self) -> SweepWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- inside ----------------------------------------------------------------------------------------

    def _end(self, why: str) -> None:
        """Whatever happened to the worker: nothing of it stays behind, not even a zombie."""
        if self.trouble is None:
            self.trouble = why
        self._wanted = None
        self._outbox.put(None)
        with self._starting:
            process, self._process = self._process, None
        if process is not None:
            # It holds nothing that would need to be put in order.
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        for thread in (self._sender, self._reader):
            if thread is not None:
                thread.join(PATIENCE)
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _send(self) -> None:
        """The sending thread's whole life."""
        try:
            with self._starting:
                if self.trouble is not None:
                    return
                process = self._process = _spawn()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._inbox.put(f"The other learners could not be started ({error}): the game goes on without them.")
            return
        assert process.stdin is not None
        assert process.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(process.stdout,), name="picturebook-sweep-in", daemon=True
        )
        self._reader.start()
        # Where the worker has gone, the reader notices and says so.
        with contextlib.suppress(OSError, ValueError):
            while (order := self._outbox.get()) is not None:
                pickle.dump(order, process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        """The reading thread's whole life."""
        try:
            while True:
                self._inbox.put(pickle.load(pipe))
        except Exception:
            # Its end, or half a message: there is no one at the other side.
            self._inbox.put(ENDED)


def _spawn() -> subprocess.Popen[bytes]:
    """Start the process; it finds its modules where this one does."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from picturebook_tui.sweep_worker import serve; serve()"
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **dict.fromkeys(THREADS, "1")},
        start_new_session=True,
        creationflags=flags,
    )


# -- in the worker -------------------------------------------------------------------------------------


def serve() -> None:
    """The worker's whole life: orders come by standard input, news go out by standard output."""
    # Ctrl+C is the game's to answer; it goes to every process of the terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders, news = _own_streams()
    be_modest(NICENESS)
    inbox: SimpleQueue[Order] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders, inbox), daemon=True).start()
    while True:
        number, job = inbox.get()
        if job is None:
            continue
        with contextlib.closing(_work(number, job)) as some:
            for one in some:
                try:
                    pickle.dump(one, news, pickle.HIGHEST_PROTOCOL)
                    news.flush()
                except OSError:
                    return
                if not inbox.empty():
                    break


def _listen(orders: IO[bytes], inbox: SimpleQueue[Order]) -> None:
    """Take in what the game says at once; and end the worker when the game has ended."""
    while True:
        try:
            inbox.put(pickle.load(orders))
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


def be_modest(more: int) -> None:
    """Run in what others leave over, ``more`` nice than before."""
    niceness = NICENESS
    with contextlib.suppress(OSError, AttributeError):
        niceness = os.nice(more)
    # Linux shares the processors out among sessions first (sched(7), autogroup): there niceness counts within a session
    # alone, and a worker in the game's own would use up the game's share. This one has a session of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness), "ascii")
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError, KeyError, ImportError):
            _ask_for_short_slices(niceness)


def _ask_for_short_slices(niceness: int) -> None:
    """Let others in after a tenth of a millisecond; Linux' scheduler gives three, whatever the niceness.

    By sched_setattr(2), which Python lacks: since Linux 6.12 its runtime is an ordinary process's slice, in
    nanoseconds; earlier ones pass it over. A key that is saved takes 3.9 ms rather than 5.2 (3.4 without a sweep).
    """
    import ctypes

    number = {"x86_64": 314, "aarch64": 274}[os.uname().machine]
    size, other, flags, never, unused = 56, 0, 0, 0, 0
    wish = struct.pack("IIQiIQQQII", size, other, flags, niceness, never, SLICE, unused, unused, unused, unused)
    ctypes.CDLL(None).syscall(number, 0, wish, 0)


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the game; in their places nothing is read and nothing written, whoever prints."""
    kept = [os.dup(number) for number in (0, 1)]
    if sys.platform == "win32":
        import msvcrt

        for number in kept:
            msvcrt.setmode(number, os.O_BINARY)
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        os.close(nowhere)
    return os.fdopen(kept[0], "rb"), os.fdopen(kept[1], "wb")
