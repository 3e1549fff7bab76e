"""Slow work (experiments, the learning-rate test, other learners of a run), done beside the game in a process or two.

A job is a generator function of a module: what it yields is told as it goes, what it returns comes at the end, and it
can be left between any two. Its process, a ``ProcessPoolExecutor`` of one, starts with the first job; it is a guest
that runs in what others leave over, writes nothing to the terminal, and is gone as soon as the game is, however the
game ends. Importing this module loads neither NumPy nor ``multiprocessing``, for Home is waiting.

A process keeps a job's generator and advances it a slice at a time, a tenth of a second each; between two slices it is
decided anew whose turn it is. Nothing here is waited for on the event loop: a thread for each process hands out the
slices and takes in what was told.
"""

from __future__ import annotations

import asyncio
import contextlib
import copyreg
import os
import pickle
import signal
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from picturebook_tui.blas import ONE_THREAD
from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.process import BaseProcess

Told = TypeVar("Told")
Result = TypeVar("Result")

NICENESS = 10
"""Jobs run in what the players' own learners and screens leave over."""

SLICE_SECONDS = 0.1
"""After so long it is decided anew whose turn it is. Screens look ten times a second, and each message costs whoever
serves them a turn."""

TRIES = 2
"""What ended its process twice would end the next one too."""

LEFT_SECONDS = 5.0
"""A job that nobody waits for is dropped after its slice, which takes tenths of a second, on a busy machine some more;
after this its process is ended. Starting another takes half a second."""

LOOK_SECONDS = 0.5
"""Between two looks whether anybody still waits for what a slice comes to."""

MOST_BEGUN = 8
"""Urgent jobs of one process that take turns; each keeps its book and its learners in memory. Of the others, whose
learners are many, one is under way at a time."""

PATIENCE = 2.0
"""Seconds that ``close`` waits for each process to be gone; a killed one takes milliseconds."""

SCHEDULER_SLICE = 100_000
"""Nanoseconds, the shortest that Linux grants."""

LOST = "This could not be worked out here just now: try again in a minute."
STOPPING = "The game is about to end: come again in a minute."

MOST_SECONDS = 40.0
"""Of one core, as estimated, that the other learners of a run may take where one person plays: a longer run gets fewer.
Whoever reads the pages of such a run takes many times as long."""

MOST_SECONDS_SERVED = 1.5
"""The same where many play. A hundred players who begin together, all with the costliest learner, are through in about
three minutes, which is what a Quick run takes to be played. With 64 learners each it would be five; so a CNN gets 25 of
them, while the MLP's 64 take a tenth of that and are through in ten seconds."""


class Job(Generic[Told, Result]):
    """Work that was handed in, and what is heard of it. No method waits; all but ``told`` are for any thread.

    Attributes
    ----------
    urgent : bool
        Somebody looks on.
    left_at : float or None
        On the monotonic clock; None: somebody waits for it.
    """

    def __init__(self, work: Callable[..., Generator[Told, None, Result]], args: tuple[Any, ...], urgent: bool) -> None:
        self.urgent = urgent
        self.left_at: float | None = None
        self._work = work
        self._args = args
        self._heard: deque[bytes] = deque()
        self._told: list[Told] = []
        self._future: Future[Result | None] = Future()
        self._ending = threading.Lock()
        self._when_left: Callable[[], None] | None = None

    @property
    def told(self) -> Sequence[Told]:
        """What was told, in order; only ever grows. For one thread.

        It is kept as it came until somebody looks: unpickled it takes five times the memory, and few look at it.
        """
        while self._heard:
            self._told += pickle.loads(self._heard.popleft())
        return self._told

    @property
    def over(self) -> bool:
        """Nothing more is told: it is done, it can't be done, or it was left."""
        return self._future.done()

    @property
    def error(self) -> Exception | None:
        """Why it could not be done: a PictureBookError with a sentence, or what should not have happened."""
        error = self._future.exception() if self._future.done() else None
        assert error is None or isinstance(error, Exception)
        return error

    def leave(self) -> None:
        """Nobody waits for it any more: it is not begun, or goes no further than its slice."""
        self.left_at = time.monotonic()
        if self.end() and self._when_left is not None:
            self._when_left()

    async def outcome(self) -> Result | None:
        """Wait for the end; returns what the work returned, None where it was left.

        Raises
        ------
        PictureBookError
            Where it can't be done.
        Exception
            Where something went wrong that should not.
        """
        # Shielded: a screen that goes away cancels its own waiting, not the job.
        return await asyncio.shield(asyncio.wrap_future(self._future))

    # -- for whoever does it --------------------------------------------------------------------------------

    def queued(self, when_left: Callable[[], None]) -> None:
        """It waits for its turn; ``when_left`` is called if it is left before it is over."""
        self._when_left = when_left

    def packed(self) -> bytes:
        """The work and what it is called with, pickled. Raises what pickling them raises."""
        return pickle.dumps((self._work, self._args), pickle.HIGHEST_PROTOCOL)

    def hear(self, told: bytes) -> None:
        """Take in what was told: a list, pickled."""
        if not self.over:
            self._heard.append(told)

    def end(self, result: Result | None = None, error: Exception | None = None) -> bool:
        """Say what came of it; returns whether this was the end, which comes once."""
        with self._ending:
            if self._future.done():
                return False
            if error is None:
                self._future.set_result(result)
            else:
                self._future.set_exception(error)
        # There may be a whole book among them.
        self._args = ()
        return True


class JobQueue(Protocol):
    """Where slow work is handed in."""

    @property
    def most_seconds(self) -> float:
        """Of one core, as estimated, that the other learners of a run may take."""
        ...

    def submit(
        self, work: Callable[..., Generator[Told, None, Result]], *args: Any, urgent: bool = False
    ) -> Job[Told, Result]:
        """Have ``work(*args)`` done.

        Parameters
        ----------
        work
            A generator function of a module, or a method of a frozen value; what it is given, yields and returns can be
            pickled. Called again it must yield and return the same: a process that ends is replaced, and what it was
            doing is begun anew.
        urgent
            Somebody looks on: it comes before all that is not urgent.
        """
        ...


class Owner(Protocol):
    """Whose jobs are done in turn; told apart from others by which it is."""

    last_turn: int
    """The number of its last slice, 0 before the first; the queue writes it."""


@dataclass(slots=True, eq=False)
class _Open:
    """A job that is not over, or that its process still holds."""

    job: Job[Any, Any]
    owner: Owner
    number: int
    lane: _Lane | None = None
    """Whose process has begun it."""
    known: int = 0
    """How much of it was told."""
    broken: int = 0
    """How many processes ended in the middle of it."""


class Jobs:
    """A few processes for slow work, each started when there is something for it to do; a ``JobQueue``.

    Urgent jobs come first, and their owners take turns, slice by slice. Then come the others, one after another, in the
    first process. The next of one owner's begins when the one before is over.

    Parameters
    ----------
    lanes
        How many processes at most; the second is started when two owners first want something urgent at once.
    niceness
        How much each of them leaves to others.
    """

    most_seconds = MOST_SECONDS

    def __init__(self, lanes: int = 1, niceness: int = NICENESS) -> None:
        self.niceness = niceness
        self.last_turn = 0
        self._most_lanes = lanes
        self._numbers = count(1)
        self._turns = count(1)
        self._changed = threading.Condition()
        self._open: list[_Open] = []
        self._lanes: list[_Lane] = []
        self._closed = False

    def submit(
        self, work: Callable[..., Generator[Told, None, Result]], *args: Any, urgent: bool = False
    ) -> Job[Told, Result]:
        job = Job(work, args, urgent)
        self.queue_up(job, self)
        return job

    def queue_up(self, job: Job[Any, Any], owner: Owner) -> None:
        """Have somebody's job done."""
        job.queued(self._forget_left)
        with self._changed:
            if self._closed:
                job.end(error=PictureBookError(STOPPING))
            if job.over:
                return
            self._open.append(_Open(job, owner, next(self._numbers)))
            urgent = {id(one.owner) for one in self._open if one.job.urgent}
            if not self._lanes or len(self._lanes) < min(self._most_lanes, len(urgent)):
                self._lanes.append(_Lane(self, first=not self._lanes))
            self._changed.notify_all()

    def start(self) -> None:
        """Start the first process now instead of with the first job, with everything loaded. Takes some milliseconds,
        and is for a moment when no app is being started: each notes where standard error goes, see below."""
        _start_tracker()
        self.submit(_load_everything)

    @property
    def closed(self) -> bool:
        """Nothing more is done."""
        return self._closed

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that run now."""
        return tuple(pid for lane in self._lanes if (pid := lane.pid) is not None)

    @property
    def under_way(self) -> int:
        """Jobs that a process holds."""
        return sum(one.lane is not None for one in self._open)

    @property
    def waiting(self) -> int:
        """Jobs that are to be begun."""
        return sum(one.lane is None for one in self._open)

    def close(self) -> None:
        """End all processes, whatever they do, and leave all jobs. Waits until they are gone: milliseconds."""
        with self._changed:
            self._closed = True
            for one in self._open:
                one.job.end()
            self._open.clear()
            self._changed.notify_all()
        for lane in self._lanes:
            lane.close()

    def _forget_left(self) -> None:
        with self._changed:
            self._open = [one for one in self._open if one.lane is not None or not one.job.over]
            # Those that were begun are dropped by their processes.
            self._changed.notify_all()

    # -- for the lanes --------------------------------------------------------------------------------------

    def next_for(self, lane: _Lane) -> _Open | None:
        """What a lane does next, once there is something; None at the end of the day."""
        with self._changed:
            while not self._closed:
                found = self._found(lane)
                if found is not None:
                    found.lane = lane
                    found.owner.last_turn = next(self._turns)
                    return found
                self._changed.wait()
            return None

    def _found(self, lane: _Lane) -> _Open | None:
        for one in self._open:
            if one.lane is lane and one.job.over:
                return one
        for urgent, most in ((True, MOST_BEGUN), (False, 1))[: 2 if lane.first else 1]:
            some = [one for one in self._open if one.job.urgent == urgent]
            begun = sum(one.lane is lane for one in some)
            # Later ones are passed over: the dictionary keeps the first of each owner's.
            firsts = {id(one.owner): one for one in reversed(some) if not one.job.over}.values()
            able = [one for one in firsts if one.lane is lane or (one.lane is None and begun < most)]
            if able:
                return min(able, key=lambda one: (one.owner.last_turn if one.job.urgent else 0, one.number))
        return None

    def done(self, one: _Open) -> None:
        """Its process holds a job no more."""
        with self._changed:
            if one in self._open:
                self._open.remove(one)
            self._changed.notify_all()


class PlayerJobs:
    """One player's part of the jobs of many; a ``JobQueue``.

    Nothing is begun before ``begin``: an app may lie open at a page for hours before its player comes, and dozens do.
    """

    most_seconds = MOST_SECONDS_SERVED

    def __init__(self, jobs: Jobs) -> None:
        self.last_turn = 0
        self._jobs = jobs
        self._begun = False
        self._mine: list[Job[Any, Any]] = []

    def submit(
        self, work: Callable[..., Generator[Told, None, Result]], *args: Any, urgent: bool = False
    ) -> Job[Told, Result]:
        job = Job(work, args, urgent)
        self._mine = [one for one in self._mine if not one.over]
        self._mine.append(job)
        if self._begun:
            self._jobs.queue_up(job, self)
        return job

    def begin(self) -> None:
        """Somebody plays from now on."""
        if not self._begun:
            self._begun = True
            for job in self._mine:
                self._jobs.queue_up(job, self)

    def leave(self) -> None:
        """Nobody looks at anything any more."""
        for job in self._mine:
            job.leave()


class _Lane:
    """One process, and the thread that hands it slices."""

    def __init__(self, jobs: Jobs, *, first: bool) -> None:
        self.first = first
        self._jobs = jobs
        self._executor: ProcessPoolExecutor | None = None
        self._process: BaseProcess | None = None
        self._holds: set[int] = set()
        """Numbers of the jobs whose generators the process has."""
        self._thread = threading.Thread(target=self._run, name="picturebook-jobs", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        process = self._process
        return None if process is None else process.pid

    def close(self) -> None:
        """End the process; the thread follows."""
        self._kill()
        self._thread.join(PATIENCE)

    # -- the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._turn():
            pass
        self._lose()

    def _turn(self) -> bool:
        """Do a slice of a job, once there is one; False at the end of the day. Nothing of it is held afterwards."""
        one = self._jobs.next_for(self)
        if one is None:
            return False
        try:
            if not one.job.over:
                self._advance(one)
            if one.job.over and one.number in self._holds:
                self._ask(one, _drop, one.number)
                self._holds.discard(one.number)
        except BrokenExecutor:
            self._lose()
            one.broken += 1
            if one.broken == TRIES:
                one.job.end(error=PictureBookError(LOST))
        except (OSError, ImportError, NotImplementedError):
            # No process can be started just now, or at all.
            self._lose()
            one.job.end(error=PictureBookError(LOST))
        except Exception as error:
            # Not to be sent, or not to be read: this job's own trouble, and nobody else's.
            self._holds.discard(one.number)
            one.job.end(error=error)
        if one.job.over and one.number not in self._holds:
            self._jobs.done(one)
        return True

    def _advance(self, one: _Open) -> None:
        if self._process is not None and not self._process.is_alive():
            # It was ended while nobody wanted anything: nobody's fault.
            self._lose()
        # Only what is new to the process is sent: there may be a whole book in it.
        packed = None if one.number in self._holds else one.job.packed()
        self._holds.add(one.number)
        some: _Some = self._ask(one, _slice, one.number, packed, one.known)
        one.known += some.count
        if some.count:
            one.job.hear(some.told)
        if some.over:
            self._holds.discard(one.number)
            if some.sentence is not None:
                one.job.end(error=PictureBookError(some.sentence))
            elif some.trouble is not None:
                one.job.end(error=RuntimeError(f"the process that works met {some.trouble}"))
            else:
                one.job.end(pickle.loads(some.result))

    def _ask(self, one: _Open, function: Callable[..., Any], *args: Any) -> Any:
        """Have a function called in the process; its process is ended where it takes too long for nobody."""
        future = self._started().submit(function, *args)
        if self._jobs.closed:
            # Whoever closed this may have come too early to end it.
            self._kill()
        while True:
            try:
                return future.result(LOOK_SECONDS)
            except TimeoutError:
                left_at = one.job.left_at
                if left_at is not None and time.monotonic() - left_at > LEFT_SECONDS:
                    self._kill()

    def _started(self) -> ProcessPoolExecutor:
        if self._executor is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing.context import SpawnContext

            _start_tracker()
            lane = self

            class Context(SpawnContext):
                """Lets the lane know its process, so that it can be ended at any moment."""

                def Process(self, *args: Any, **more: Any) -> BaseProcess:  # type: ignore[override]
                    lane._process = super().Process(*args, **more)
                    return lane._process

            self._executor = ProcessPoolExecutor(1, Context(), _be_a_guest, (self._jobs.niceness,))
        return self._executor

    def _kill(self) -> None:
        process = self._process
        # It holds nothing that would need to be put in order. One without a number is not started yet.
        if process is not None and process.pid is not None:
            process.kill()

    def _lose(self) -> None:
        """Nothing of the process stays behind, not even a zombie."""
        self._kill()
        executor, self._executor = self._executor, None
        process, self._process = self._process, None
        self._holds.clear()
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
        if process is not None and process.pid is not None:
            process.join(PATIENCE)


_STARTING = threading.Lock()
_started = False
"""The tracker is."""


def _start_tracker() -> None:
    """Start the process by which ``multiprocessing`` clears up after one that was killed.

    It is handed the file number of standard error; inside a Textual app that is −1, and no process starts (Textual
    issue 3593). And where the game is killed it says on the terminal how much it had to clear up: not this one.
    """
    global _started
    if sys.platform == "win32" or _started:
        return
    from multiprocessing.resource_tracker import ensure_running

    with _STARTING, open(os.devnull, "w") as nowhere:
        if _started:
            return
        before, sys.stderr = sys.stderr, nowhere
        sys.warnoptions.append("ignore")
        try:
            ensure_running()
        finally:
            sys.warnoptions.remove("ignore")
            # The app may have put its own back in the meantime.
            if sys.stderr is nowhere:
                sys.stderr = before
        _started = True


def allow_mappings() -> None:
    """Let read-only mappings, of which chapters and settings are made, be pickled."""
    copyreg.pickle(MappingProxyType, _mapping)


def _mapping(proxy: MappingProxyType[Any, Any]) -> tuple[Any, tuple[dict[Any, Any]]]:
    # The type itself can't be named in a pickle: it stands in no module.
    return read_only, (dict(proxy),)


def read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """A mapping at the other end of the pipe."""
    return MappingProxyType(values)


allow_mappings()

# -- in the process ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Some:
    """What came of a slice."""

    count: int
    told: bytes
    """A list, pickled: whoever passes it on need not look at it."""
    over: bool = False
    result: bytes = b""
    """Pickled."""
    sentence: str | None = None
    """Why it can't be done, for the person."""
    trouble: str | None = None
    """The kind of exception, where it should not have happened."""


@dataclass(slots=True)
class _Begun:
    work: Generator[Any, None, Any]
    known: int
    """So much of what will be told is known from another process, which has ended: it is not told again."""


_BEGUN: dict[int, _Begun] = {}
"""The jobs that this process holds, by number."""


def _slice(number: int, packed: bytes | None, known: int) -> _Some:
    """Go on with a job; ``packed`` where it is new to this process, ``known`` of what it tells was told before."""
    until = time.monotonic() + SLICE_SECONDS
    told: list[Any] = []
    ended: dict[str, Any] = {}
    try:
        if packed is not None:
            work, args = pickle.loads(packed)
            _BEGUN[number] = _Begun(work(*args), known)
        begun = _BEGUN[number]
        while time.monotonic() < until:
            one = next(begun.work)
            if begun.known:
                begun.known -= 1
            else:
                told.append(one)
        return _Some(len(told), pickle.dumps(told, pickle.HIGHEST_PROTOCOL))
    except StopIteration as end:
        ended = {"result": end.value}
    except PictureBookError as error:
        ended = {"sentence": str(error)}
    except BaseException as error:
        ended = {"trouble": type(error).__name__}
    _drop(number)
    try:
        if "result" in ended:
            ended["result"] = pickle.dumps(ended["result"], pickle.HIGHEST_PROTOCOL)
        return _Some(len(told), pickle.dumps(told, pickle.HIGHEST_PROTOCOL), over=True, **ended)
    except Exception as error:
        return _Some(0, b"", over=True, trouble=type(error).__name__)


def _drop(number: int) -> None:
    """Nobody waits for a job any more."""
    begun = _BEGUN.pop(number, None)
    if begun is not None:
        with contextlib.suppress(Exception):
            begun.work.close()


def _load_everything() -> Generator[None, None, None]:
    """A job that loads what the first one would otherwise wait for."""
    import picturebook_tui.game.speeds
    import picturebook_tui.learner.sweep_stack  # noqa: F401
    from picturebook_tui.book.atlas import open_atlas

    open_atlas()
    yield from ()


def _be_a_guest(niceness: int) -> None:
    """What the process does first."""
    # A session of its own: Ctrl+C goes to every process of the terminal, and is the game's to answer. A server tells
    # its players before it stops, and until then they need this process.
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        os.close(nowhere)
    # NumPy is not imported yet, unless the program's own main module does that, which each process imports first. That
    # would have to see to this itself, as the command line does, or the same work takes ten times as long.
    os.environ.update(ONE_THREAD)
    be_modest(niceness)
    threading.Thread(target=_end_with_the_game, daemon=True).start()


def _end_with_the_game() -> None:
    """However it ends."""
    import multiprocessing

    game = multiprocessing.parent_process()
    assert game is not None
    game.join()
    os._exit(0)


def be_modest(more: int) -> None:
    """Run in what others leave over, ``more`` nice than before."""
    if sys.platform == "win32":
        _be_below_normal()
        return
    niceness = more
    with contextlib.suppress(OSError):
        niceness = os.nice(more)
    # Linux shares the processors out among sessions first (sched(7), autogroup): there niceness counts within a session
    # alone, and a worker in the game's own would use up the game's share. This one has a session of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness), "ascii")
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError, KeyError, ImportError):
            _ask_for_short_slices(niceness)


def _be_below_normal() -> None:
    """By SetPriorityClass of Windows, which Python lacks."""
    import ctypes
    import subprocess

    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009
    kernel.SetPriorityClass(kernel.GetCurrentProcess(), getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS"))  # noqa: B009


def _ask_for_short_slices(niceness: int) -> None:
    """Let others in after a tenth of a millisecond; Linux' scheduler gives three, whatever the niceness.

    By sched_setattr(2), which Python lacks: since Linux 6.12 its runtime is an ordinary process's slice, in
    nanoseconds; earlier ones pass it over. A key that is saved takes 3.9 ms rather than 5.2 (3.4 without a sweep).
    """
    import ctypes

    number = {"x86_64": 314, "aarch64": 274}[os.uname().machine]
    size, other, flags, never, unused = 56, 0, 0, 0, 0
    wish = struct.pack(
        "IIQiIQQQII", size, other, flags, niceness, never, SCHEDULER_SLICE, unused, unused, unused, unused
    )
    ctypes.CDLL(None).syscall(number, 0, wish, 0)
