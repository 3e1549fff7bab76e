"""Whatever takes a while is done in a few processes for all players: who comes first is served first.

The event loop hands work in and looks at what has come; pickling, waiting and reading are a thread's of each process,
and no call here waits but ``close``.
"""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from itertools import count
from typing import Any, Generic, TypeVar

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve.bench_process import Ended, Leave, Some, Work
from picturebook_tui.serve.processes import Gone, Helper, allow_mappings

Result = TypeVar("Result")

TRIES = 2
"""What ended its process twice would end the next one too."""

LEFT_SECONDS = 5.0
"""Work that nobody waits for ends when it next tells, which takes tenths of a second, on a busy machine some more;
after this its process is ended. Starting another takes half a second."""

LOST = "This could not be worked out here just now: try again in a minute."


class Job(Generic[Result]):
    """Work that was handed in; every method may be called from any thread.

    Attributes
    ----------
    future : Future
        What comes of it; None where it was left. PictureBookError where it can't be done.
    """

    def __init__(self, bench: Bench, owner: object, work: Work, hear: Callable[[bytes], None]) -> None:
        self.owner = owner
        self.work = work
        self.known = 0
        """How much of it was told so far."""
        self.future: Future[Result | None] = Future()
        self.left = False
        self._bench = bench
        self._hear = hear

    @property
    def over(self) -> bool:
        """Nothing more is heard of it."""
        return self.future.done()

    def leave(self) -> None:
        """Nobody waits for it any more: it is not begun, or ends the next time that it tells."""
        if not self.left:
            self.left = True
            self._bench.leave(self)

    def heard(self, some: Some) -> None:
        """Pass on what was told."""
        self.known += some.count
        if not self.left:
            self._hear(some.told)

    def end(self, ended: Ended) -> None:
        """Pass on what came of it."""
        if self.left:
            self.future.set_result(None)
        elif ended.sentence is not None:
            self.future.set_exception(PictureBookError(ended.sentence))
        elif ended.trouble is not None:
            self.future.set_exception(RuntimeError(f"the process that works met {ended.trouble}"))
        else:
            self.future.set_result(pickle.loads(ended.value) if ended.value else None)


class Bench:
    """A few processes, each started when there is something for it to do.

    A player has one job under way at most; those who wait are served in the order in which they came.

    Parameters
    ----------
    processes
        How many at most.
    niceness
        How much each of them leaves to others.
    """

    def __init__(self, processes: int, niceness: int) -> None:
        allow_mappings()
        self._processes = processes
        self._niceness = niceness
        self._numbers = count(1)
        self._changed = threading.Condition()
        self._waiting: deque[Job[Any]] = deque()
        self._hands: list[_Hand] = []
        self._closed = False

    def submit(
        self, owner: object, hear: Callable[[bytes], None], call: Callable[..., Result], *args: Any
    ) -> Job[Result]:
        """Have ``call(*args, tell)`` done, where it is somebody's turn.

        Parameters
        ----------
        owner
            Whose it is.
        hear
            Is given what was told, a pickled list at a time, on a thread.
        call
            A function of a module, or a method of a frozen value; what it is given and what it returns can be pickled.
            Called again it must tell and return the same: a process that dies is replaced, and the work begun anew.
        """
        job: Job[Result] = Job(self, owner, Work(next(self._numbers), call, args), hear)
        with self._changed:
            if self._closed:
                job.end(Ended(sentence="The server is stopping: come again in a minute."))
                return job
            self._waiting.append(job)
            idle = sum(hand.job is None for hand in self._hands)
            if len(self._waiting) > idle and len(self._hands) < self._processes:
                self._hands.append(_Hand(self, self._niceness))
            self._changed.notify_all()
        return job

    def leave(self, job: Job[Any]) -> None:
        """Nobody waits for a job any more."""
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                job.end(Ended())
                return
            hand = next((hand for hand in self._hands if hand.job is job), None)
        if hand is not None:
            # Telling its process may wait for the job to be sent; and ending it waits a while before.
            threading.Thread(target=hand.leave, args=(job,), name="picturebook-leave", daemon=True).start()

    def take(self, hand: _Hand) -> Job[Any] | None:
        """The next job of somebody who has none under way, once there is one; None at the end of the day."""
        with self._changed:
            hand.job = None
            self._changed.notify_all()
            while not self._closed:
                busy = [hand.job.owner for hand in self._hands if hand.job is not None]
                # Owners are told apart by which they are, whatever they say of being equal.
                found = next((job for job in self._waiting if not any(job.owner is owner for owner in busy)), None)
                if found is not None:
                    self._waiting.remove(found)
                    hand.job = found
                    return found
                self._changed.wait()
            return None

    def start(self) -> None:
        """Start one process now, instead of with the first job. Waits a moment."""
        with self._changed:
            if not self._hands and not self._closed:
                self._hands.append(_Hand(self, self._niceness))
            hands = self._hands[:1]
        for hand in hands:
            hand.start()

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that run now."""
        return tuple(pid for hand in self._hands if (pid := hand.pid) is not None)

    @property
    def under_way(self) -> int:
        """Jobs that are being done."""
        return sum(hand.job is not None for hand in self._hands)

    @property
    def waiting(self) -> int:
        """Jobs that are to be done."""
        return len(self._waiting)

    def close(self) -> None:
        """End all processes, whatever they do; jobs that are open are left. Waits until they are gone."""
        with self._changed:
            self._closed = True
            for job in (*self._waiting, *(hand.job for hand in self._hands if hand.job is not None)):
                job.left = True
            for job in self._waiting:
                job.end(Ended())
            self._waiting.clear()
            self._changed.notify_all()
        for hand in self._hands:
            hand.close()


class _Hand:
    """One process, and the thread that waits for it."""

    def __init__(self, bench: Bench, niceness: int) -> None:
        self.job: Job[Any] | None = None
        """Of this hand's thread, which changes it under the bench's lock."""
        self._bench = bench
        self._niceness = niceness
        self._helper: Helper | None = None
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="picturebook-bench", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        helper = self._helper
        return None if helper is None else helper.pid

    def start(self) -> None:
        """Start the process, where it does not run."""
        with self._sending:
            self._started()

    def _started(self) -> Helper:
        if self._helper is None:
            self._helper = Helper("picturebook_tui.serve.bench_process", self._niceness)
        return self._helper

    def leave(self, job: Job[Any]) -> None:
        """End a job that is under way, and its process where it does not end by itself."""
        helper = self._helper
        with self._sending:
            if self.job is not job or helper is None:
                return
            try:
                helper.send(Leave(job.work.number))
            except Gone:
                # Its thread is just finding out.
                return
        wait([job.future], LEFT_SECONDS)
        if not job.over:
            helper.kill()

    def close(self) -> None:
        """End the process; the thread follows."""
        with self._sending:
            if self._helper is not None:
                self._helper.kill()
        self._thread.join()

    # -- the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._one():
            pass
        self._lose()

    def _one(self) -> bool:
        """Do a job, once there is one; False at the end of the day. Nothing of it is held afterwards."""
        job = self._bench.take(self)
        if job is None:
            return False
        try:
            job.end(self._done(job))
        except Exception as error:
            # Not to be sent, or not to be read: this job's own trouble, and nobody else's.
            self._lose()
            job.future.set_exception(error)
        return True

    def _done(self, job: Job[Any]) -> Ended:
        for _ in range(TRIES):
            try:
                return self._tried(job)
            except Gone:
                self._lose()
            except OSError:
                # No process can be started just now.
                break
        return Ended(sentence=LOST)

    def _tried(self, job: Job[Any]) -> Ended:
        with self._sending:
            if job.left:
                return Ended()
            helper, work = self._started(), job.work
            helper.send(Work(work.number, work.call, work.args, job.known))
        while True:
            news: Some | Ended = helper.receive()
            if isinstance(news, Ended):
                return news
            job.heard(news)

    def _lose(self) -> None:
        with self._sending:
            helper, self._helper = self._helper, None
        if helper is not None:
            helper.close()


def _gather(told: list[Any], some: bytes) -> None:
    told.extend(pickle.loads(some))


class Told(Generic[Result]):
    """Work under way elsewhere, as a screen sees it: what ``tui/task.py`` calls ``Working``."""

    def __init__(self, bench: Bench, owner: object, call: Callable[..., Result], *args: Any) -> None:
        self.told: list[Any] = []
        # Not a method of this: what holds itself is only found by a walk over everything.
        self.job = bench.submit(owner, partial(_gather, self.told), call, *args)

    def leave(self) -> None:
        """End it the next time that it tells."""
        self.job.leave()

    async def outcome(self) -> Result | None:
        """Wait for the end, None where it was left; raises what ended it otherwise."""
        # Shielded: a screen that goes away cancels its own waiting, not the job.
        return await asyncio.shield(asyncio.wrap_future(self.job.future))
