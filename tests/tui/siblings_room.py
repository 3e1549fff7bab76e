"""Somebody who teaches siblings in no time, as far as a test lets them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from picturebook_tui.game.run import Run
from picturebook_tui.learner.sweep import SiblingEpoch, SweepJob, SweepResult, gather, sweep
from picturebook_tui.sweep_worker import SweepDone, SweepFailed, SweepNews, SweepSlice
from picturebook_tui.tui.siblings import MOST_SECONDS, job_of


class Teacher:
    """Siblings for an app.

    Parameters
    ----------
    slices
        How many slices of the first job come at all before ``go_on``; None: all.

    Attributes
    ----------
    jobs : list of SweepJob
        Everything that was submitted.
    cancelled : list of int
        The numbers of jobs that were left.
    """

    def __init__(self, slices: int | None = None) -> None:
        self.trouble: str | None = None
        self.most_seconds = MOST_SECONDS
        self.jobs: list[SweepJob] = []
        self.cancelled: list[int] = []
        self.fails: str | None = None
        self._slices = slices
        self._news: Iterator[tuple[SiblingEpoch, ...]] = iter(())
        self._told = True

    def submit(self, job: SweepJob) -> int:
        self.jobs.append(job)
        self._news = sweep(job)
        self._told = False
        return len(self.jobs)

    def cancel(self) -> None:
        self.cancelled.append(len(self.jobs))
        self._told = True

    def go_on(self) -> None:
        """Teach the rest."""
        self._slices = None

    def poll(self) -> list[SweepNews]:
        if self._told:
            return []
        number = len(self.jobs)
        if self.fails is not None:
            self._told = True
            return [SweepFailed(number, self.fails)]
        if self._slices is not None:
            some, self._slices = islice(self._news, self._slices), 0
            return [SweepSlice(number, rows) for rows in some]
        self._told = True
        return [*(SweepSlice(number, rows) for rows in self._news), SweepDone(number)]


def taught(run: Run) -> SweepResult:
    """What a run's siblings come to."""
    job = job_of(run)
    assert not isinstance(job, str)
    return gather(job, sweep(job))
