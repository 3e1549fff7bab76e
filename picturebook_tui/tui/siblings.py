"""The other learners of a run: what is known of them so far.

They are taught in another process while somebody plays (``jobs.py``); a screen asks at the end what has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run
    from picturebook_tui.jobs import Job, JobQueue
    from picturebook_tui.learner.sweep import SiblingEpoch, SweepJob, SweepResult

NOT_HERE = "No other learners were taught here."
TOO_LONG = "This run is so long that there is no time for other learners to read it too: a shorter one has them."
UNTAUGHT = "The other learners could not be taught."


def job_of(run: Run, most_seconds: float) -> SweepJob | str:
    """The siblings that a run gets in so many seconds of one core; where it gets none, a sentence that says why."""
    from picturebook_tui.game.what_if import affordable_job

    try:
        return affordable_job(run.settings, run.book, most_seconds) or TOO_LONG
    except PictureBookError as error:
        return str(error)


class Sweeping:
    """The siblings of one run, gathered as they come.

    Attributes
    ----------
    run : Run
    job : SweepJob or None
        None: there are none, and ``trouble`` says why.
    """

    def __init__(self, jobs: JobQueue | None, run: Run, job: SweepJob | str) -> None:
        self.run = run
        self.job = None if isinstance(job, str) else job
        self._result: SweepResult | None = None
        self._trouble = job if isinstance(job, str) else None
        self._known = 0
        """Slices that are laid out."""
        self._over = self.job is None
        self._teaching: Job[tuple[SiblingEpoch, ...], None] | None = None
        if self.job is not None and jobs is not None:
            from picturebook_tui.learner.sweep import sweep

            self._teaching = jobs.submit(sweep, self.job)

    @property
    def trouble(self) -> str | None:
        """Why there are no siblings, or no more, as a sentence; None while all is well."""
        return self._trouble

    @property
    def over(self) -> bool:
        """Nothing more will come: all are done, or there is trouble."""
        return self._over

    @property
    def all(self) -> int:
        """How many siblings there are to be."""
        return 0 if self.job is None else self.job.siblings

    @property
    def done(self) -> int:
        """How many have read all their epochs, as of the last ``look``."""
        if self._result is None:
            return 0
        return sum(len(sibling.epochs) == self._result.epochs for sibling in self._result.siblings)

    def look(self) -> SweepResult | None:
        """Take in what has come, and lay it out; None where the run has no siblings."""
        from picturebook_tui.learner.sweep import gather

        if self.job is None or self._teaching is None:
            return None
        # Asked first, or what comes in between would be forgotten.
        over = self._over or self._teaching.over
        slices = self._teaching.told
        if self._result is None or len(slices) > self._known:
            self._known = len(slices)
            self._result = gather(self.job, slices[: self._known])
        if over and (error := self._teaching.error) is not None:
            self._trouble = str(error) if isinstance(error, PictureBookError) else UNTAUGHT
        self._over = over
        return self._result

    def leave(self) -> None:
        """Nobody waits for them any more; what is known of them stays. The next run's are not concerned."""
        self._over = True
        if self._teaching is not None:
            self._teaching.leave()
