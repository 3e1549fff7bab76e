"""The other learners of all players' runs: one process teaches them, one run after another, and nobody's key waits."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from picturebook_tui.errors import PictureBookError
from picturebook_tui.sweep_worker import SweepDone, SweepFailed, SweepNews, SweepSlice

if TYPE_CHECKING:
    from picturebook_tui.learner.sweep import SiblingEpoch, SweepJob
    from picturebook_tui.serve.bench import Bench, Job

PROCESSES = 1
"""Of each process that serves: a Quick run's siblings take it a tenth of a second."""

NICENESS = 10
"""They are looked at when a run is over."""

MOST_SECONDS = 1.5
"""Of one core, as estimated, for one run. A hundred players who begin together, all with the costliest learner, are
through in about three minutes, which is what a Quick run takes to be played. With 64 siblings each it would be five; so
a CNN gets 25 of them, while the MLP's 64 take a tenth of that and are through in ten seconds."""

UNTAUGHT = "The other learners could not be taught."


class PlayerSiblings:
    """One player's; a ``Siblings`` of ``tui/siblings.py``. For one thread.

    Until ``begin`` nobody is taught: an app may lie open at a page for hours before its player comes, and dozens do.
    """

    most_seconds = MOST_SECONDS
    trouble = None
    """A process that ends is replaced; what can't be taught is told with its own job."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._me = object()
        self._number = 0
        self._begun = False
        self._kept: SweepJob | None = None
        """What was submitted before ``begin``."""
        self._job: Job[None] | None = None
        self._heard: deque[bytes] = deque()

    def begin(self) -> None:
        """Somebody plays from now on."""
        self._begun = True
        if self._kept is not None:
            self._queue_up(self._kept)

    def submit(self, job: SweepJob) -> int:
        """Queue up with a job, instead of the one before."""
        self.cancel()
        self._number += 1
        if self._begun:
            self._queue_up(job)
        else:
            self._kept = job
        return self._number

    def _queue_up(self, job: SweepJob) -> None:
        self._kept, self._heard = None, deque()
        # What comes is kept as it came: unpickled it would take five times the memory, and few look at it.
        self._job = self._bench.submit(self._me, self._heard.append, teach, job)

    def cancel(self) -> None:
        """Leave the queue, or the process."""
        if self._job is not None:
            self._job.leave()
        self._job = self._kept = None

    def poll(self) -> Sequence[SweepNews]:
        """What has come in since: a millisecond's work where it is everything at once."""
        job = self._job
        if job is None:
            return ()
        # Asked first, or what comes in between would be forgotten.
        over = job.over
        news: list[SweepNews] = []
        while self._heard:
            news += (SweepSlice(self._number, rows) for rows in pickle.loads(self._heard.popleft()))
        if over:
            self._job = None
            error = job.future.exception()
            if error is None:
                news.append(SweepDone(self._number))
            else:
                news.append(SweepFailed(self._number, str(error) if isinstance(error, PictureBookError) else UNTAUGHT))
        return news


def teach(job: SweepJob, tell: Callable[[tuple[SiblingEpoch, ...]], None]) -> None:
    """Teach every sibling of a job, and tell its slices."""
    from picturebook_tui.learner.sweep import sweep

    for rows in sweep(job):
        tell(rows)
