"""Slow work without processes: done in this one, as far as a test lets it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator
from threading import Thread
from typing import Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.run import Run
from picturebook_tui.jobs import MOST_SECONDS, Job
from picturebook_tui.learner.sweep import SweepJob, SweepResult, gather, sweep
from picturebook_tui.tui.siblings import job_of


def go_on(job: Job[Any, Any], work: Generator[Any, None, Any], most: int | None = None) -> None:
    """Have a job done, or so many of the things that it tells."""
    told = 0
    while most is None or told < most:
        try:
            one = next(work)
        except StopIteration as end:
            job.end(end.value)
            return
        except PictureBookError as error:
            job.end(error=error)
            return
        if job.over:
            work.close()
            return
        job.hear(pickle.dumps([one]))
        told += 1


class Here:
    """A ``JobQueue``: what somebody looks at is done on a thread, and no other learners are taught."""

    most_seconds = 0.0

    def submit(self, work: Callable[..., Generator[Any, None, Any]], *args: Any, urgent: bool = False) -> Job[Any, Any]:
        job: Job[Any, Any] = Job(work, args, urgent)
        if urgent:
            # Begun there too: some fail at once.
            Thread(target=lambda: go_on(job, work(*args)), daemon=True).start()
        return job


class Teacher(Here):
    """Other learners are taught at once.

    Parameters
    ----------
    slices
        How many slices of the first job come at all before ``go_on``; None: all.

    Attributes
    ----------
    asked : list of SweepJob
        Everything that was submitted.
    jobs : list of Job
        What came of it.
    """

    def __init__(self, slices: int | None = None) -> None:
        self.most_seconds = MOST_SECONDS
        self.asked: list[SweepJob] = []
        self.jobs: list[Job[Any, Any]] = []
        self.fails: str | None = None
        self._slices = slices

    def submit(self, work: Callable[..., Generator[Any, None, Any]], *args: Any, urgent: bool = False) -> Job[Any, Any]:
        job = super().submit(work, *args, urgent=urgent)
        if not urgent:
            self.asked.append(args[0])
            self.jobs.append(job)
            self._work = work(*args)
            if self.fails is not None:
                self.lose(self.fails)
            go_on(job, self._work, self._slices)
        return job

    def go_on(self) -> None:
        """Teach the rest."""
        self._slices = None
        go_on(self.jobs[-1], self._work)

    def lose(self, sentence: str) -> None:
        """Nothing more comes, and this is why."""
        self.jobs[-1].end(error=PictureBookError(sentence))


def taught(run: Run) -> SweepResult:
    """What a run's siblings come to."""
    job = job_of(run, MOST_SECONDS)
    assert not isinstance(job, str)
    return gather(job, sweep(job))
